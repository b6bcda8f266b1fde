"""Places for tables, and disks small enough to be filled."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from github_traffic_dagster.store.place import Place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Where a table may lie; nothing is there yet."""
    return Place(str(tmp_path / "store" / "table"))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 600 kB of its own."""
    folder = tmp_path / "small_disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount command here")
    if mounted.returncode:
        pytest.skip(f"mounting a small disk is refused here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)
