"""`io_manager.write`: every frame goes into its table by the table's own rule."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from github_traffic_dagster.errors import StoreError
from github_traffic_dagster.io_manager import table_places, write
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.store.reading import scan
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.tables import GOLDEN, RAW, REPOS, TABLES, Table
from github_traffic_dagster_tests.traffic.rows import (
    golden_frame,
    golden_row,
    raw_frame,
    raw_row,
    repos_frame,
    repos_row,
)


def counted(metadata: dict[str, object]) -> dict[str, object]:
    return {key: metadata[key] for key in metadata if key not in {"table_uri", "maintenance"}}


def test_raw_rows_are_appended_once_per_run(place: Place) -> None:
    frame = raw_frame(raw_row())
    table = RAW[Metric.CLONES]
    added = counted(write(place, table, frame, run_id="run-1"))
    assert added == {"rows": 1, "rows_added": 1, "table_version": 1}
    again = counted(write(place, table, frame, run_id="run-1"))
    assert again == {"rows": 1, "rows_added": 0, "table_version": 1}


def test_golden_rows_are_renamed_and_merged(place: Place) -> None:
    table = GOLDEN[Metric.CLONES]
    long_ago = golden_row(date(2025, 1, 20))
    first = write(place, table, golden_frame(long_ago), run_id="run-1")
    assert first["maintenance"] == "sorted 2025"
    renamed = long_ago | {
        "full_name": "octo/new",
        "count": 9,
        "observations": 2,
        "last_observed_at": long_ago["last_observed_at"].replace(hour=23),
    }
    grown = counted(write(place, table, golden_frame(renamed), run_id="run-2"))
    assert grown == {"rows": 1, "rows_added": 0, "rows_changed": 1, "table_version": 5}
    assert scan(place, table).collect().rows(named=True) == [renamed]


def test_a_listing_is_merged_without_touching_names_of_other_days(place: Place) -> None:
    first = repos_row(repos_row()["day"].replace(day=19), full_name="octo/old")
    write(place, REPOS, repos_frame(first), run_id="run-1")
    write(place, REPOS, repos_frame(repos_row()), run_id="run-2")
    assert_frame_equal(scan(place, REPOS).collect().sort("day"), repos_frame(first, repos_row()))


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_a_frame_that_does_not_fit_its_table_is_refused_before_anything_is_created(
    place: Place, table: Table
) -> None:
    empty = pl.DataFrame(schema=table.schema)
    unfitting = [
        empty.drop("day"),
        empty.with_columns(mood=pl.lit("good")),
        empty.with_columns(pl.col("repo_id").cast(pl.Int32)),
        empty.select(reversed(empty.columns)),
    ]
    for frame in unfitting:
        with pytest.raises(StoreError, match=f"A frame for {table.name} has"):
            write(place, table, frame, run_id="run-1")
    assert not Path(place.uri).exists()


def test_every_table_has_a_place_below_the_stores_root() -> None:
    places = table_places("/data/store")
    assert {name: place.uri for name, place in places.items()} == {
        name: f"/data/store/github_traffic/{name}" for name in TABLES
    }
