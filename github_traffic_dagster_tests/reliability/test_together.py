"""Runs over the same days at once, creation of the tables and compaction of files included."""

from collections.abc import Callable
from pathlib import Path

import pytest
from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError

from github_traffic_dagster.store.appending import append
from github_traffic_dagster.store.maintenance import HANDFUL, maintain
from github_traffic_dagster.store.merging import merge
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.tables import GOLDEN, RAW, Table
from github_traffic_dagster_tests.traffic.rows import (
    DAY,
    golden_frame,
    golden_row,
    noon,
    raw_frame,
    raw_row,
)
from reliability.concurrency import compete
from reliability.emulators import EmulatorMissingError, ObjectStore, azurite
from reliability.folders import local_places
from reliability.sides import places
from reliability.states import duplicate_keys, read_tables


def test_four_processes_on_a_disk_lose_nothing_double_nothing_and_keep_the_greatest(
    tmp_path: Path,
) -> None:
    for found in compete(local_places(tmp_path), writers=4, rounds=3):
        assert found.sound, found


def test_four_processes_on_s3_lose_nothing_double_nothing_and_keep_the_greatest(
    s3: ObjectStore,
) -> None:
    for found in compete(places(s3, "together"), writers=4, rounds=1):
        assert found.sound, found


def test_two_processes_on_azure_lose_nothing_double_nothing_and_keep_the_greatest() -> None:
    try:
        with azurite() as store:
            for found in compete(places(store, "together"), writers=2, rounds=1):
                assert found.sound, found
    except EmulatorMissingError as error:
        pytest.skip(f"not installed: {error}")


def grow_raw(place: Place, run: int) -> None:
    append(place, RAW[Metric.VIEWS], raw_frame(raw_row(run_id=f"run-{run}")), run_id=f"run-{run}")


def grow_golden(place: Place, run: int) -> None:
    row = golden_row(repo_id=run, day=DAY)
    merge(place, GOLDEN[Metric.VIEWS], golden_frame(row), run_id=f"run-{run}")


@pytest.mark.parametrize(
    ("table", "grow"),
    [(RAW[Metric.VIEWS], grow_raw), (GOLDEN[Metric.VIEWS], grow_golden)],
    ids=["raw", "golden"],
)
def test_a_compaction_that_began_before_another_one_is_refused_and_no_row_is_doubled(
    tmp_path: Path, table: Table, grow: Callable[[Place, int], None]
) -> None:
    """delta-rs itself lets both commit, and then each row is there twice."""
    place = local_places(tmp_path)[table.name]
    for run in range(HANDFUL + 2):
        grow(place, run)
    slow = DeltaTable(place.uri)
    assert maintain(place, table, now=noon(DAY)).compacted
    with pytest.raises(CommitFailedError):
        slow.optimize.compact()
    now = read_tables({table.name: place})
    assert now[table.name].height == HANDFUL + 2
    assert duplicate_keys(now) == 0


def test_delta_itself_still_lets_two_compactions_commit_so_that_the_claim_is_needed(
    tmp_path: Path,
) -> None:
    place = local_places(tmp_path)[RAW[Metric.VIEWS].name]
    for run in range(3):
        grow_raw(place, run)
    slow, fast = DeltaTable(place.uri), DeltaTable(place.uri)
    fast.optimize.compact()
    slow.optimize.compact()
    assert duplicate_keys(read_tables({RAW[Metric.VIEWS].name: place})) == 6
