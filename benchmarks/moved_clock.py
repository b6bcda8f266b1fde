"""A clock that the process moves itself, for delta-rs and the files' retention as well.

libfaketime stands between the process and the system: the package `libfaketime` of the development
dependencies, or Debian's `faketime`.
"""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import click

_MOVED: Final = "GITHUB_TRAFFIC_BENCHMARK_CLOCK"


def move_clock(*, days_back: int) -> None:
    """Let it be so many days ago."""
    os.environ["FAKETIME"] = f"-{days_back * 86_400}s"


def _library() -> str:
    """The libfaketime of this machine."""
    found = importlib.util.find_spec("libfaketime")
    folders = [Path(found.origin).parent] if found and found.origin else []
    for folder in (*folders, Path("/usr/lib")):
        for name in ("libfaketime.so.1", "libfaketimeMT.so.1"):
            for file in folder.rglob(name):
                return str(file)
    raise click.ClickException("There is no libfaketime: pip install libfaketime (on Linux).")


def under_a_moved_clock() -> None:
    """Start this command once more with libfaketime, unless that has happened already."""
    if _MOVED in os.environ:
        return
    moved = {
        "LD_PRELOAD": _library(),
        "FAKETIME": "+0s",
        # The day changes while the process runs; its stopwatch and the files' times stay real.
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
        # Else threads that wait by the stopwatch never wait, but spin: three times the time.
        "FAKETIME_FORCE_MONOTONIC_FIX": "0",
        "TZ": "UTC",
        # More threads than a busy machine has time for would measure the others on it.
        "POLARS_MAX_THREADS": "1",
        _MOVED: "1",
    }
    again = subprocess.run([sys.executable, *sys.argv], env=os.environ | moved, check=False)  # noqa: S603 - this very command
    sys.exit(again.returncode)
