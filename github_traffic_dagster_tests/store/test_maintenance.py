"""Maintenance: files stay few, the past stays readable, and nobody else is disturbed."""

import itertools
import os
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import polars as pl
import pytest
from deltalake import CommitProperties, DeltaTable, Transaction
from deltalake.table import TableOptimizer
from polars.testing import assert_frame_equal

from github_traffic_dagster.errors import StoreError, TableMissingError
from github_traffic_dagster.io_manager import write
from github_traffic_dagster.store.appending import append
from github_traffic_dagster.store.layout import configuration, delta_schema
from github_traffic_dagster.store.maintenance import HANDFUL, Maintained, maintain
from github_traffic_dagster.store.merging import merge
from github_traffic_dagster.store.opening import create_table, open_or_create
from github_traffic_dagster.store.periods import Period
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.store.reading import scan
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.tables import GOLDEN, RAW, Table
from github_traffic_dagster_tests.store.disk import fingerprint, version
from github_traffic_dagster_tests.traffic.rows import (
    golden_frame,
    golden_row,
    raw_frame,
    raw_row,
)

RAW_VIEWS, GOLDEN_VIEWS = RAW[Metric.VIEWS], GOLDEN[Metric.VIEWS]
DAY = date(2025, 1, 20)
DURING = datetime(2026, 1, 19, 12, tzinfo=UTC)
"""While 2025 is still written to: the window reaches back into it."""
SETTLED = datetime(2026, 1, 20, 12, tzinfo=UTC)
"""When it can't change any more."""
MONTH_LATER = timedelta(days=31)


def observe(place: Place, times: int, *, day: date = DAY, first: int = 0) -> None:
    """So many runs, each with one observation of `day`."""
    for run in range(first, first + times):
        append(place, RAW_VIEWS, raw_frame(raw_row(day, run_id=f"run-{run}")), run_id=f"run-{run}")


def golden(day: date = DAY, **facts: Any) -> dict[str, Any]:
    return golden_row(day, **facts)


def files(place: Place) -> list[str]:
    return DeltaTable(place.uri).file_uris()


def on_disk(place: Place) -> set[Path]:
    return {file for file in Path(place.uri).rglob("*.parquet*") if "_delta_log" not in file.parts}


def aged(file: Path, days: float) -> Path:
    """`file`, last touched so many days ago."""
    then = time.time() - days * 86_400
    os.utime(file, (then, then))
    return file


def orphan(place: Place, name: str, days: float) -> Path:
    """A file that a killed run left so many days ago."""
    file = Path(place.uri) / "period=2025-01-01" / name
    file.write_bytes(b"PAR1 and then the power went")
    return aged(file, days)


def test_a_handful_of_files_is_left_alone(place: Place) -> None:
    observe(place, HANDFUL)
    assert maintain(place, RAW_VIEWS, now=DURING) == Maintained()
    assert version(place) == HANDFUL


def test_more_than_a_handful_becomes_one_file_and_no_row_changes(place: Place) -> None:
    observe(place, HANDFUL + 1)
    before = scan(place, RAW_VIEWS).collect()
    done = maintain(place, RAW_VIEWS, now=DURING)
    assert str(done) == "compacted 2025 from 9 to 1 files"
    assert len(files(place)) == 1
    assert_frame_equal(scan(place, RAW_VIEWS).collect(), before, check_row_order=False)


@pytest.mark.parametrize(
    ("period", "settled", "shown"),
    [(Period.YEAR, SETTLED, "2025"), (Period.MONTH, datetime(2025, 2, 20, tzinfo=UTC), "2025-01")],
)
def test_a_settled_period_becomes_one_file_as_soon_as_it_has_two(
    place: Place, period: Period, settled: datetime, shown: str
) -> None:
    create_table(place, RAW_VIEWS, period)
    observe(place, 2)
    observe(place, 2, day=settled.date(), first=2)
    assert maintain(place, RAW_VIEWS, now=settled - timedelta(days=1)) == Maintained()
    assert maintain(place, RAW_VIEWS, now=settled).compacted == (shown,)
    assert len(files(place)) == 3
    assert maintain(place, RAW_VIEWS, now=settled) == Maintained()


def test_a_file_greater_than_all_smaller_ones_together_is_left_alone(place: Place) -> None:
    many = raw_frame(*(raw_row(DAY, run_id="run-0", repo_id=repo) for repo in range(5_000)))
    create_table(place, RAW_VIEWS, Period.YEAR)
    append(place, RAW_VIEWS, many, run_id="run-0")
    great = files(place)
    observe(place, HANDFUL, first=1)
    assert str(maintain(place, RAW_VIEWS, now=DURING)) == "compacted 2025 from 9 to 2 files"
    assert set(great) < set(files(place))
    assert str(maintain(place, RAW_VIEWS, now=SETTLED)) == "compacted 2025 from 2 to 1 files"


def window(number: int) -> pl.DataFrame:
    """A run's fourteen days of sixty repositories, numbers at random."""
    day = date(2025, 2, 1) + timedelta(days=number)
    counts = random.Random(number)
    return raw_frame(
        *(
            raw_row(
                day - timedelta(days=age),
                repo_id=repo,
                run_id=f"run-{number}",
                count=counts.randrange(300),
            )
            for age, repo in itertools.product(range(14), range(60))
        )
    )


def test_a_running_year_of_observations_has_few_files_and_is_written_anew_few_times(
    place: Place,
) -> None:
    runs = 120
    for number in range(runs):
        append(place, RAW_VIEWS, window(number), run_id=f"run-{number}")
        maintain(place, RAW_VIEWS, now=DURING)
        assert len(files(place)) <= HANDFUL
    written_anew = sum(
        pl.scan_parquet(file).select(pl.len()).collect().item()
        for file in on_disk(place)
        if ".zstd." in file.name
    )
    rows = scan(place, RAW_VIEWS).select(pl.len()).collect().item()
    assert rows == runs * 14 * 60
    # 7.1 times, were every file taken each time.
    assert written_anew < 5 * rows


def test_a_settled_golden_year_is_sorted_once_by_repository(place: Place) -> None:
    rows = [golden(DAY + timedelta(days=n), repo_id=repo) for n in range(5) for repo in (3, 1, 2)]
    merge(place, GOLDEN_VIEWS, golden_frame(*rows), run_id="run-1")
    before = scan(place, GOLDEN_VIEWS).collect()
    assert not before["repo_id"].is_sorted()
    assert maintain(place, GOLDEN_VIEWS, now=DURING) == Maintained()
    assert str(maintain(place, GOLDEN_VIEWS, now=SETTLED)) == "sorted 2025"
    after = scan(place, GOLDEN_VIEWS).collect()
    assert after["repo_id"].is_sorted()
    assert_frame_equal(after, before, check_row_order=False)
    assert maintain(place, GOLDEN_VIEWS, now=SETTLED) == Maintained()


def test_a_settled_year_that_is_written_to_once_more_is_put_in_order_again(place: Place) -> None:
    for count in (1, 2):
        merge(place, GOLDEN_VIEWS, golden_frame(golden(count=count)), run_id=f"run-{count}")
        assert maintain(place, GOLDEN_VIEWS, now=SETTLED).compacted == ("2025",)
    assert len(files(place)) == 1


def test_an_ordinary_day_writes_nothing(place: Place) -> None:
    observe(place, 3)
    merge(
        place_of_golden := Place(f"{place.uri}-golden"),
        GOLDEN_VIEWS,
        golden_frame(golden()),
        run_id="1",
    )
    before = fingerprint(Path(place.uri).parent)
    assert str(maintain(place, RAW_VIEWS, now=DURING)) == "nothing was due"
    assert str(maintain(place_of_golden, GOLDEN_VIEWS, now=DURING)) == "nothing was due"
    assert fingerprint(Path(place.uri).parent) == before


def test_an_empty_table_needs_nothing_and_a_missing_one_is_not_made(place: Place) -> None:
    with pytest.raises(TableMissingError):
        maintain(place, RAW_VIEWS, now=DURING)
    assert not Path(place.uri).exists()
    open_or_create(place, RAW_VIEWS, Period.YEAR)
    assert maintain(place, RAW_VIEWS, now=DURING) == Maintained()


def merge_once(place: Place, number: int) -> None:
    merge(place, GOLDEN_VIEWS, golden_frame(golden(count=number)), run_id=f"run-{number}")


def append_once(place: Place, number: int) -> None:
    observe(place, 1, first=number)


@pytest.mark.parametrize("write_once", [merge_once, append_once])
def test_every_tenth_commit_brings_a_checkpoint_and_old_entries_of_the_log_go(
    place: Place, write_once: Callable[[Place, int], None]
) -> None:
    for number in range(1, 25):
        write_once(place, number)
    log = Path(place.uri) / "_delta_log"
    assert sorted(int(file.name[:20]) for file in log.glob("*.checkpoint.parquet")) == [9, 19]
    for file in log.iterdir():
        aged(file, 32)
    write_once(place, 25)
    assert min(int(file.name[:20]) for file in log.glob("*.json")) == 19


def test_what_killed_runs_left_is_removed_when_time_travel_is_over(place: Place) -> None:
    observe(place, 2)
    old = {orphan(place, "part-1.parquet", 31), orphan(place, "part-2.parquet#1", 62)}
    staged = Path(place.uri) / "_delta_log" / "00000000000000000003.json#1"
    staged.write_text('{"commitInfo":')
    aged(staged, 62)
    young = {orphan(place, "part-3.parquet", 29), orphan(place, "part-4.parquet#1", -30)}
    rows = scan(place, RAW_VIEWS).collect()
    done = maintain(place, RAW_VIEWS, now=datetime.now(UTC) + MONTH_LATER)
    assert done.removed == 3
    assert not old & on_disk(place)
    assert not staged.exists()
    assert young < on_disk(place)
    assert_frame_equal(scan(place, RAW_VIEWS).collect(), rows, check_row_order=False)


def test_unused_files_are_looked_for_once_a_month(place: Place) -> None:
    observe(place, 1)
    now = datetime.now(UTC)
    orphan(place, "part-1.parquet", 40)
    assert maintain(place, RAW_VIEWS, now=now).removed is None
    cleaned = now + MONTH_LATER
    assert maintain(place, RAW_VIEWS, now=cleaned).removed == 1
    assert maintain(place, RAW_VIEWS, now=cleaned + timedelta(days=29)).removed is None
    assert maintain(place, RAW_VIEWS, now=cleaned + timedelta(days=30)).removed == 0


def test_a_reader_and_a_look_into_the_past_find_their_files_after_maintenance(place: Place) -> None:
    observe(place, HANDFUL + 1)
    reader = scan(place, RAW_VIEWS)
    before = reader.collect()
    orphan(place, "part-1.parquet", 40)
    done = maintain(place, RAW_VIEWS, now=datetime.now(UTC) + MONTH_LATER)
    assert done.compacted
    assert done.removed == 1
    assert_frame_equal(reader.collect(), before)
    for number in range(HANDFUL + 2):
        then = pl.scan_delta(DeltaTable(place.uri, version=number)).collect()
        assert then.height == number


def properties(place: Place) -> dict[str, str]:
    return DeltaTable(place.uri).metadata().configuration


def test_another_number_of_days_is_brought_to_a_table_once(place: Place) -> None:
    observe(place, 1)
    assert properties(place)["delta.logRetentionDuration"] == "interval 31 days"
    longer = replace(place, time_travel_days=90)
    assert maintain(longer, RAW_VIEWS, now=DURING).properties == (
        "delta.logRetentionDuration",
        "delta.deletedFileRetentionDuration",
    )
    assert properties(place)["delta.logRetentionDuration"] == "interval 91 days"
    assert properties(place)["delta.deletedFileRetentionDuration"] == "interval 90 days"
    then = version(place)
    assert maintain(longer, RAW_VIEWS, now=DURING) == Maintained()
    assert maintain(place, RAW_VIEWS, now=DURING) == Maintained()
    assert version(place) == then


def test_a_new_table_is_made_with_the_days_that_are_set(place: Place) -> None:
    open_or_create(replace(place, time_travel_days=7), RAW_VIEWS, Period.YEAR)
    assert properties(place)["delta.deletedFileRetentionDuration"] == "interval 7 days"
    assert maintain(place, RAW_VIEWS, now=DURING) == Maintained()


def test_a_property_that_an_older_release_did_not_know_is_added(place: Place) -> None:
    known = configuration(RAW_VIEWS, Period.YEAR)
    del known["delta.setTransactionRetentionDuration"]
    known["delta.checkpointInterval"] = "5"
    DeltaTable.create(
        place.uri,
        delta_schema(RAW_VIEWS),
        partition_by=["period"],
        configuration=known,
        raise_if_key_not_exists=False,
    )
    done = maintain(place, RAW_VIEWS, now=DURING)
    assert done.properties == ("delta.setTransactionRetentionDuration",)
    assert properties(place)["delta.checkpointInterval"] == "5"


def test_the_name_of_a_run_is_forgotten_after_sixty_days_and_not_before(place: Place) -> None:
    observe(place, 1)
    now = int(time.time() * 1000)
    names = [Transaction(f"{days}", 1, now - days * 86_400_000) for days in (59, 61)]
    opened = DeltaTable(place.uri)
    opened.alter.set_table_properties(
        {"any": "thing"},
        raise_if_not_exists=False,
        commit_properties=CommitProperties(app_transactions=names),
    )
    known = DeltaTable(place.uri)
    assert [known.transaction_version(name) for name in ("run-0", "59", "61")] == [1, 1, None]


def test_maintenance_beside_writers_loses_nothing(place: Place) -> None:
    """Two writers merge growing numbers while a third thread keeps putting files in order."""
    open_or_create(place, GOLDEN_VIEWS, Period.YEAR)

    def grow(writer: int) -> None:
        for count in range(12):
            rows = [golden(repo_id=repo, count=count) for repo in (0, writer)]
            merge(place, GOLDEN_VIEWS, golden_frame(*rows), run_id=f"{writer}-{count}")

    def tidy() -> list[Maintained]:
        return [maintain(place, GOLDEN_VIEWS, now=SETTLED) for _ in range(12)]

    with ThreadPoolExecutor(3) as pool:
        tidied = pool.submit(tidy)
        list(pool.map(grow, (1, 2)))
    assert any(done.compacted or done.postponed for done in tidied.result())
    counts = scan(place, GOLDEN_VIEWS).select("repo_id", "count").sort("repo_id").collect()
    assert counts.rows() == [(0, 11), (1, 11), (2, 11)]


def test_runs_that_maintain_a_table_at_once_do_not_fail(place: Place) -> None:
    observe(place, 20)
    before = scan(place, RAW_VIEWS).collect()
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: maintain(place, RAW_VIEWS, now=DURING), range(4)))
    assert sum(bool(one.compacted) for one in done) >= 1
    assert len(files(place)) == 1
    assert_frame_equal(scan(place, RAW_VIEWS).collect(), before, check_row_order=False)


def test_two_that_compact_several_periods_in_turns_double_no_row(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One is between two periods when the other claims the second of them; both go on with it."""
    for day in (DAY.replace(year=DAY.year - 1), DAY):
        observe(place, 10, day=day, first=10 * day.year)
    before = scan(place, RAW_VIEWS).collect()
    between_periods, claimed, ended = Event(), Event(), Event()
    compact = TableOptimizer.compact

    def compact_in_turns(optimizer: TableOptimizer, *arguments: Any, **named: Any) -> Any:
        others_turn = between_periods.is_set() and not claimed.is_set()
        if others_turn:
            claimed.set()
            assert ended.wait(30)
        done = compact(optimizer, *arguments, **named)
        if not between_periods.is_set():
            between_periods.set()
            assert claimed.wait(30)
            # As delta-rs does after a compaction: here after one that took so long.
            optimizer.table.update_incremental()
        return done

    def maintain_first() -> Maintained:
        try:
            return maintain(place, RAW_VIEWS, now=DURING)
        finally:
            ended.set()

    monkeypatch.setattr(TableOptimizer, "compact", compact_in_turns)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(maintain_first)
        assert between_periods.wait(30)
        second = maintain(place, RAW_VIEWS, now=DURING)
    assert (first.result().postponed, second.postponed) == (False, True)
    assert_frame_equal(scan(place, RAW_VIEWS).collect(), before, check_row_order=False)


@pytest.mark.parametrize("table", [RAW_VIEWS, GOLDEN_VIEWS], ids=lambda table: table.name)
def test_a_write_tells_what_maintenance_did(place: Place, table: Table) -> None:
    frame = (
        raw_frame(raw_row())
        if table.merge is None
        else golden_frame(golden(datetime.now(UTC).date()))
    )
    assert write(place, table, frame, run_id="run-1")["maintenance"] == "nothing was due"


def test_a_failed_maintenance_is_told_and_what_was_written_stays(place: Place) -> None:
    observe(place, 2)
    broken = files(place)[0]
    Path(broken.removeprefix("file://")).unlink()
    with pytest.raises(StoreError, match="Could not maintain"):
        maintain(place, RAW_VIEWS, now=SETTLED)
    written = write(place, RAW_VIEWS, raw_frame(raw_row(run_id="run-9")), run_id="run-9")
    assert (written["rows_added"], DeltaTable(place.uri).count()) == (1, 3)
    assert "Maintenance failed and is tried again by the next run" in written["maintenance"]
