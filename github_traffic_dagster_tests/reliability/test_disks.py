"""Disks that are full, read-only or somebody else's, under a whole run."""

from pathlib import Path

import pytest

from reliability.disks import (
    DiskRefusedError,
    full_disk,
    no_permission,
    read_only_disk,
    small_disk,
)
from reliability.folders import Bench


def test_a_run_on_a_full_or_read_only_disk_says_so_and_the_next_one_heals(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "bench")
    try:
        with small_disk(tmp_path / "disk") as disk:
            trials = [full_disk(bench, disk, free_pages=9), read_only_disk(bench, disk)]
    except DiskRefusedError as error:
        pytest.skip(f"no disk of our own here: {error}")
    for trial in trials:
        assert not trial.outcome.succeeded
        assert trial.sound, trial


def test_a_run_by_a_user_without_permission_says_so_and_the_next_one_heals(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "bench")
    try:
        trial = no_permission(bench, readable=True)
    except DiskRefusedError as error:
        pytest.skip(str(error))
    assert not trial.outcome.succeeded
    assert trial.sound, trial
