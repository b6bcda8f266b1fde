"""Linters of what can't be run here."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest


def findings(program: str, *arguments: str) -> str:
    """What a linter says, nothing if it is content; where there is none the test is skipped."""
    found = shutil.which(program, path=str(Path(sys.executable).parent)) or shutil.which(program)
    if not found:
        pytest.skip(f"{program} is not installed")
    said = subprocess.run([found, *arguments], capture_output=True, text=True, check=False)
    return said.stdout + said.stderr if said.returncode else ""
