"""Eight processes at once on one table: nothing is lost, nothing doubled, the greatest stays."""

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Final

import pytest
from deltalake import DeltaTable
from polars.testing import assert_frame_equal

from github_traffic_dagster.store.appending import append
from github_traffic_dagster.store.merging import merge
from github_traffic_dagster.store.opening import open_or_create
from github_traffic_dagster.store.periods import Period
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.store.reading import scan
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.tables import GOLDEN, RAW
from github_traffic_dagster_tests.traffic.rows import (
    DAY,
    golden_frame,
    golden_row,
    raw_frame,
    raw_row,
)

WRITERS: Final = 8
DAYS: Final = [DAY + timedelta(days=n) for n in range(20)]
VIEWS: Final = RAW[Metric.VIEWS]
GOLDEN_VIEWS: Final = GOLDEN[Metric.VIEWS]

_starting_line: list[Barrier] = []


def line_up(barrier: Barrier) -> None:
    _starting_line.append(barrier)


def merge_at_once(uri: str, writer: int) -> int:
    """Each writer knows the most of every eighth day, and one day that no other knows."""
    rows = [
        golden_row(day, count=100 + (n + writer) % WRITERS, uniques=20 + (n * writer) % WRITERS)
        for n, day in enumerate(DAYS)
    ]
    rows.append(golden_row(DAY, repo_id=100 + writer))
    _starting_line[0].wait(60)
    return merge(Place(uri), GOLDEN_VIEWS, golden_frame(*rows), run_id=f"run-{writer}").version


def create_at_once(uri: str, writer: int) -> int:
    """One of a few repositories beside one of very many: each wants a layout of its own."""
    _starting_line[0].wait(60)
    period = Period.MONTH if writer % 2 else Period.YEAR
    return open_or_create(Place(uri), GOLDEN_VIEWS, period).version()


def append_at_once(uri: str, writer: int) -> int:
    run_id = f"run-{writer}"
    rows = raw_frame(*(raw_row(day, run_id=run_id) for day in DAYS))
    _starting_line[0].wait(60)
    return append(Place(uri), VIEWS, rows, run_id=run_id).rows


def append_the_same_run_at_once(uri: str, writer: int) -> int:
    rows = raw_frame(*(raw_row(day) for day in DAYS))
    _starting_line[0].wait(60)
    return append(Place(uri), VIEWS, rows, run_id="run-1").rows


@pytest.fixture(scope="module")
def writers() -> Iterator[ProcessPoolExecutor]:
    # A forked child of a process that used deltalake panics.
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        WRITERS, mp_context=spawn, initializer=line_up, initargs=(spawn.Barrier(WRITERS),)
    ) as pool:
        yield pool


def race(pool: ProcessPoolExecutor, write: Callable[[str, int], int], place: Place) -> list[int]:
    """The barrier gives each process exactly one of the writes."""
    return list(pool.map(write, [place.uri] * WRITERS, range(WRITERS), timeout=120))


def test_a_table_that_is_just_being_created_is_never_taken_for_a_broken_one(
    writers: ProcessPoolExecutor, tmp_path: Path
) -> None:
    # Before opening looked twice, one of eight processes failed: seen in every such series.
    for attempt in range(15):
        place = Place(str(tmp_path / str(attempt)))
        race(writers, create_at_once, place)
        assert scan(place, GOLDEN_VIEWS).collect().is_empty()


def test_a_table_that_many_create_at_once_is_created_once(
    writers: ProcessPoolExecutor, tmp_path: Path
) -> None:
    # delta-rs' own retry of a creation would make it another table, in a second version, above
    # rows that are laid out by the first.
    for attempt in range(5):
        place = Place(str(tmp_path / str(attempt)))
        assert race(writers, create_at_once, place) == [0] * WRITERS


def test_eight_merges_at_once_create_one_table_with_the_greatest_of_all(
    writers: ProcessPoolExecutor, place: Place
) -> None:
    race(writers, merge_at_once, place)
    found = scan(place, GOLDEN_VIEWS).collect().sort("repo_id", "day")
    expected = [
        golden_row(
            day,
            count=100 + WRITERS - 1,
            uniques=20 + max((n * writer) % WRITERS for writer in range(WRITERS)),
        )
        for n, day in enumerate(DAYS)
    ]
    own = [golden_row(DAY, repo_id=100 + writer) for writer in range(WRITERS)]
    assert_frame_equal(found, golden_frame(*expected, *own))
    history = DeltaTable(place.uri).history()
    assert {entry["run_id"] for entry in history if "run_id" in entry} == {
        f"run-{writer}" for writer in range(WRITERS)
    }


def test_eight_runs_appending_at_once_create_one_table_with_the_rows_of_all(
    writers: ProcessPoolExecutor, place: Place
) -> None:
    assert race(writers, append_at_once, place) == [len(DAYS)] * WRITERS
    found = scan(place, VIEWS).collect()
    assert found.height == len(DAYS) * WRITERS
    assert not found.select(VIEWS.key).is_duplicated().any()


def test_eight_processes_appending_for_the_same_run_add_its_rows_once(
    writers: ProcessPoolExecutor, place: Place
) -> None:
    added = race(writers, append_the_same_run_at_once, place)
    assert sorted(added) == [0] * (WRITERS - 1) + [len(DAYS)]
    assert scan(place, VIEWS).collect().height == len(DAYS)
