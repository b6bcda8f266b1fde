"""A disk that is full or read-only: the table stays what it was, and heals afterwards."""

import os
import subprocess
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from github_traffic_dagster.errors import StoreError
from github_traffic_dagster.store.appending import append
from github_traffic_dagster.store.merging import merge
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.store.reading import scan
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.tables import GOLDEN, RAW, Table
from github_traffic_dagster_tests.store.disk import fingerprint
from github_traffic_dagster_tests.traffic.rows import (
    golden_frame,
    golden_row,
    raw_frame,
    raw_row,
)

DAYS = [date(2026, 1, 1) + timedelta(days=n) for n in range(80)]
PAGE = 4096


def merge_run(place: Place, run: int) -> None:
    rows = [golden_row(day, count=5 + run * n) for n, day in enumerate(DAYS)]
    merge(place, GOLDEN[Metric.VIEWS], golden_frame(*rows), run_id=f"run-{run}")


def append_run(place: Place, run: int) -> None:
    run_id = f"run-{run}"
    rows = raw_frame(*(raw_row(day, run_id=run_id) for day in DAYS))
    append(place, RAW[Metric.VIEWS], rows, run_id=run_id)


both = pytest.mark.parametrize(
    ("table", "write"),
    [(GOLDEN[Metric.VIEWS], merge_run), (RAW[Metric.VIEWS], append_run)],
    ids=["merge", "append"],
)


def stored(place: Place, table: Table) -> pl.DataFrame:
    return scan(place, table).collect().sort(table.key)


def fill_up(disk: Path, *, free_pages: int) -> Path:
    """Take all but some pages of the disk away."""
    ballast = disk / "ballast"
    space = os.statvfs(disk)
    ballast.write_bytes(b"x" * max(0, space.f_bavail * space.f_frsize - free_pages * PAGE))
    return ballast


def refusal(write: Callable[[Place, int], None], place: Place) -> str:
    """What the write said when it failed, nothing when it did not."""
    try:
        write(place, 1)
    except StoreError as error:
        return str(error)
    return ""


@both
@pytest.mark.parametrize("free_pages", [0, 1, 2, 3, 4, 5, 7, 9, 12])
def test_a_full_disk_leaves_the_table_before_or_after_and_heals_when_there_is_space(
    small_disk: Path,
    tmp_path: Path,
    table: Table,
    write: Callable[[Place, int], None],
    free_pages: int,
) -> None:
    ample, place = Place(str(tmp_path / "ample")), Place(str(small_disk / "table"))
    for run in (0, 1):
        write(ample, run)
    after = stored(ample, table)
    write(place, 0)
    before = stored(place, table)
    ballast = fill_up(small_disk, free_pages=free_pages)
    refused = refusal(write, place)
    if refused:
        assert "The disk is full" in refused
    assert_frame_equal(stored(place, table), before if refused else after)
    ballast.unlink()
    write(place, 1)
    assert_frame_equal(stored(place, table), after)


@both
def test_a_disk_without_any_space_fails_each_write_and_does_not_hide_it(
    small_disk: Path, table: Table, write: Callable[[Place, int], None]
) -> None:
    place = Place(str(small_disk / "table"))
    write(place, 0)
    fill_up(small_disk, free_pages=0)
    for _ in range(2):
        with pytest.raises(StoreError, match="The disk is full: free some space"):
            write(place, 1)


@both
def test_a_table_that_could_not_be_created_for_want_of_space_is_created_later(
    small_disk: Path, table: Table, write: Callable[[Place, int], None]
) -> None:
    place = Place(str(small_disk / "table"))
    ballast = fill_up(small_disk, free_pages=0)
    with pytest.raises(StoreError, match="The disk is full"):
        write(place, 0)
    ballast.unlink()
    write(place, 0)
    assert stored(place, table).height == len(DAYS)


@both
def test_a_read_only_disk_is_named_and_what_is_on_it_can_be_read(
    small_disk: Path, table: Table, write: Callable[[Place, int], None]
) -> None:
    place = Place(str(small_disk / "table"))
    write(place, 0)
    before = fingerprint(small_disk)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(StoreError, match="The file system is read-only"):
        write(place, 1)
    assert stored(place, table).height == len(DAYS)
    assert fingerprint(small_disk) == before


def test_a_new_table_on_a_read_only_disk_is_no_missing_table_to_the_writer(
    small_disk: Path,
) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(StoreError, match="The file system is read-only"):
        merge_run(Place(str(small_disk / "table")), 0)
