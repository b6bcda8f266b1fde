"""A table that an older release wrote: read as it is, completed by the next write."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from deltalake import DeltaTable, Schema, write_deltalake
from polars.testing import assert_frame_equal

from github_traffic_dagster.io_manager import write
from github_traffic_dagster.store.layout import configuration, delta_schema, with_period
from github_traffic_dagster.store.maintenance import maintain
from github_traffic_dagster.store.opening import open_or_create, open_table
from github_traffic_dagster.store.periods import Period
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.store.reading import scan
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.tables import GOLDEN, RAW, REPOS, Table
from github_traffic_dagster_tests.store.disk import fingerprint, version
from github_traffic_dagster_tests.traffic.rows import (
    golden_frame,
    golden_row,
    raw_frame,
    raw_row,
    repos_frame,
    repos_row,
)

RAW_VIEWS, GOLDEN_VIEWS = RAW[Metric.VIEWS], GOLDEN[Metric.VIEWS]
OLD = {
    REPOS.name: (repos_frame(repos_row()), ["open_issues", "archived"]),
    RAW_VIEWS.name: (raw_frame(raw_row()), ["source"]),
    GOLDEN_VIEWS.name: (golden_frame(golden_row()), ["observations"]),
}
NEW = {
    REPOS.name: repos_frame(repos_row(repo_id=9)),
    RAW_VIEWS.name: raw_frame(raw_row(repo_id=9, run_id="run-2")),
    GOLDEN_VIEWS.name: golden_frame(golden_row(repo_id=9)),
}
every_table = pytest.mark.parametrize(
    "table", [REPOS, RAW_VIEWS, GOLDEN_VIEWS], ids=lambda table: table.name
)


def of_an_older_release(place: Place, table: Table) -> list[str]:
    """Make the table as a release that lacked some columns would have; returns which."""
    frame, lacking = OLD[table.name]
    DeltaTable.create(
        place.uri,
        Schema([field for field in delta_schema(table).fields if field.name not in lacking]),
        partition_by=["period"],
        configuration=configuration(table, Period.YEAR),
        raise_if_key_not_exists=False,
    )
    write_deltalake(place.uri, with_period(frame.drop(lacking), Period.YEAR), mode="append")
    return lacking


def with_nulls(table: Table) -> pl.DataFrame:
    """The old rows as this release sees them."""
    frame, lacking = OLD[table.name]
    return frame.with_columns(pl.lit(None, frame.schema[name]).alias(name) for name in lacking)


@every_table
def test_an_older_table_is_read_with_nulls_and_left_byte_for_byte(
    place: Place, table: Table
) -> None:
    of_an_older_release(place, table)
    before = fingerprint(Path(place.uri))
    assert_frame_equal(scan(place, table).collect(), with_nulls(table))
    assert fingerprint(Path(place.uri)) == before


@every_table
def test_the_next_write_adds_the_columns_without_rewriting_a_file(
    place: Place, table: Table
) -> None:
    lacking = of_an_older_release(place, table)
    before = fingerprint(Path(place.uri) / "period=2026-01-01")
    open_or_create(place, table, Period.YEAR)
    added = DeltaTable(place.uri)
    assert [entry["operation"] for entry in added.history()][:2] == ["ADD COLUMN", "WRITE"]
    assert fingerprint(Path(place.uri) / "period=2026-01-01") == before
    comments = {field.name: field.metadata["comment"] for field in added.schema().fields}
    expected = {column.name: column.comment for column in table.columns}
    assert {name: comments[name] for name in lacking} == {name: expected[name] for name in lacking}
    assert open_or_create(place, table, Period.YEAR).version() == 2


@every_table
def test_old_rows_stay_null_beside_new_ones_through_writes_and_maintenance(
    place: Place, table: Table
) -> None:
    of_an_older_release(place, table)
    write(place, table, NEW[table.name], run_id="run-2")
    maintain(place, table, now=datetime(2026, 6, 1, tzinfo=UTC))
    expected = pl.concat([with_nulls(table), NEW[table.name]])
    assert_frame_equal(scan(place, table).collect().sort("repo_id"), expected)


def test_a_merge_fills_the_new_column_of_rows_it_meets_again(place: Place) -> None:
    of_an_older_release(place, GOLDEN_VIEWS)
    seen_again = golden_row(count=8, observations=3)
    write(place, GOLDEN_VIEWS, golden_frame(seen_again), run_id="run-2")
    assert scan(place, GOLDEN_VIEWS).collect().rows(named=True) == [seen_again]


def test_runs_that_add_a_column_at_once_all_succeed(tmp_path: Path) -> None:
    for number in range(5):
        place = Place(str(tmp_path / f"table-{number}"))
        of_an_older_release(place, RAW_VIEWS)
        with ThreadPoolExecutor(4) as pool:
            opened = list(
                pool.map(lambda _, at=place: open_or_create(at, RAW_VIEWS, Period.YEAR), range(4))
            )
        assert {len(table.schema().fields) for table in opened} == {9}
        assert version(place) == 2
        assert_frame_equal(scan(place, RAW_VIEWS).collect(), with_nulls(RAW_VIEWS))


def test_an_older_table_can_be_opened_at_any_version(place: Place) -> None:
    of_an_older_release(place, RAW_VIEWS)
    write(place, RAW_VIEWS, NEW[RAW_VIEWS.name], run_id="run-2")
    assert open_table(place, RAW_VIEWS).version() > 1
    old = pl.scan_delta(DeltaTable(place.uri, version=1)).collect()
    assert "source" not in old.columns
