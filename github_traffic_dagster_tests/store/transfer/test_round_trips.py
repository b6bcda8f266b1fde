"""What is exported comes in again, wherever to, and once only."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from deltalake import DeltaTable
from polars.testing import assert_frame_equal

from github_traffic_dagster.store.appending import append
from github_traffic_dagster.store.layout import stored_period
from github_traffic_dagster.store.merging import merge
from github_traffic_dagster.store.opening import create_table
from github_traffic_dagster.store.periods import LARGE, Period
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.store.transfer.exporting import export
from github_traffic_dagster.store.transfer.importing import Imported, bring_in, compare
from github_traffic_dagster.store.transfer.manifest import Format, Manifest
from github_traffic_dagster.store.transfer.opening import open_export
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.tables import GOLDEN, RAW, TABLES, TRAFFIC_TABLES
from github_traffic_dagster_tests.store.transfer.histories import contents, places_below, versions
from github_traffic_dagster_tests.traffic.rows import raw_frame, raw_row

Places = dict[str, Place]


def write_export(places: Places, target: Place, form: Format = Format.PARQUET) -> Manifest:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    return export(places, target, form=form, now=now, release="the tests")


def imported(source: Place, places: Places) -> dict[str, Imported]:
    export = open_export(source)
    compare(export, places)
    return bring_in(export, places)


def assert_equal(found: dict[str, pl.DataFrame], expected: dict[str, pl.DataFrame]) -> None:
    for name in TABLES:
        assert_frame_equal(found[name], expected[name])


@pytest.mark.parametrize("form", Format)
def test_every_table_comes_in_again_cell_by_cell(
    history: Places, tmp_path: Path, form: Format
) -> None:
    before = contents(history)
    assert all(frame.height for frame in before.values())
    write_export(history, Place(str(tmp_path / "export")), form)
    other = places_below(str(tmp_path / "other"))
    imported(Place(str(tmp_path / "export")), other)
    assert_equal(contents(other), before)
    assert_equal(contents(history), before)


@pytest.mark.parametrize("period", Period)
def test_rows_move_between_stores_of_different_periods(
    history: Places, tmp_path: Path, period: Period
) -> None:
    """Months, years, months: as a store that has outgrown its choice is moved, and back."""
    before = contents(history)
    at = history
    for number, each in enumerate((period, *(one for one in Period if one is not period))):
        target, other = Place(str(tmp_path / f"{number}")), places_below(str(tmp_path / each))
        write_export(at, target)
        assert {file.name for file in (tmp_path / f"{number}" / "repos").iterdir()} == {
            "2026-01.parquet",
            "2026-02.parquet",
        }
        for name, place in other.items():
            create_table(place, TABLES[name], each)
        imported(target, other)
        assert_equal(contents(other), before)
        at = other


@pytest.mark.parametrize(
    ("repositories", "period"), [(LARGE - 1, Period.YEAR), (LARGE, Period.MONTH)]
)
def test_new_tables_are_laid_out_as_the_whole_export_asks_for(
    tmp_path: Path, repositories: int, period: Period
) -> None:
    """A history that began small: the first month alone would ask for years."""
    places = places_below(str(tmp_path / "store"))
    days = [(date(2026, 1, 5), 1), (date(2026, 3, 5), repositories)]
    rows = [raw_row(day, repo_id=repo) for day, number in days for repo in range(number)]
    append(places["raw_views"], TABLES["raw_views"], raw_frame(*rows), run_id="run-1")
    write_export(places, Place(str(tmp_path / "export")))
    other = places_below(str(tmp_path / "other"))
    imported(Place(str(tmp_path / "export")), other)
    for name in ("raw_views", "golden_views"):
        assert stored_period(DeltaTable(other[name].uri)) is period
    assert not Path(other["repos"].uri).exists()


def test_from_disk_to_s3_and_back_nothing_changes(history: Places, tmp_path: Path, s3: str) -> None:
    before = contents(history)
    cloud, home = places_below(f"{s3}/store"), places_below(str(tmp_path / "home"))
    write_export(history, Place(f"{s3}/export"))
    imported(Place(f"{s3}/export"), cloud)
    assert_equal(contents(cloud), before)
    write_export(cloud, Place(str(tmp_path / "export")), Format.CSV)
    imported(Place(str(tmp_path / "export")), home)
    assert_equal(contents(home), before)


def test_an_import_that_stopped_is_completed_by_the_next_and_a_further_one_changes_nothing(
    history: Places, exported: Path, tmp_path: Path
) -> None:
    opened = open_export(Place(str(exported)))
    other = places_below(str(tmp_path / "other"))
    half = opened.manifest.model_copy(
        update={"tables": {name: opened.manifest.tables[name] for name in ("repos", "raw_views")}}
    )
    bring_in(replace(opened, manifest=half), other)
    bring_in(opened, other)
    assert_equal(contents(other), contents(history))
    at = versions(other)
    assert set(bring_in(opened, other).values()) == {Imported(0, 0)}
    assert versions(other) == at


def test_a_comparison_writes_nothing(history: Places, exported: Path, tmp_path: Path) -> None:
    other = places_below(str(tmp_path / "other"))
    found = compare(open_export(Place(str(exported))), other)
    rows = {name: frame.height for name, frame in contents(history).items()}
    assert {name: each.missing for name, each in found.items()} == rows
    assert {name: each.rows for name, each in found.items()} == rows
    assert not (tmp_path / "other").exists()


def test_the_oldest_day_is_told(history: Places, exported: Path, first_day: date) -> None:
    found = compare(open_export(Place(str(exported))), history)
    assert {found[table.name].first_day for table in TRAFFIC_TABLES} == {first_day}
    assert {each.missing for each in found.values()} == {0}


def test_what_only_golden_still_knows_is_not_lost(history: Places, tmp_path: Path) -> None:
    """A raw file was lost once: golden kept its number, and so does the copy."""
    table, place = GOLDEN[Metric.VIEWS], history["golden_views"]
    greater = contents(history)["golden_views"].head(1).with_columns(count=pl.lit(5000))
    merge(place, table, greater, run_id="run-before")
    write_export(history, Place(str(tmp_path / "export")))
    other = places_below(str(tmp_path / "other"))
    imported(Place(str(tmp_path / "export")), other)
    assert contents(other)["golden_views"]["count"].max() == 5000
    assert_equal(contents(other), contents(history))


def test_golden_is_built_from_raw_where_it_was_not_exported(
    history: Places, tmp_path: Path
) -> None:
    export(
        history,
        Place(str(tmp_path / "export")),
        form=Format.CSV,
        names=["raw_views", "raw_clones"],
        now=datetime(2026, 3, 1, tzinfo=UTC),
        release="the tests",
    )
    other = places_below(str(tmp_path / "other"))
    imported(Place(str(tmp_path / "export")), other)
    traffic = {table.name for table in (*RAW.values(), *GOLDEN.values())}
    expected = {
        name: rows if name in traffic else rows.clear() for name, rows in contents(history).items()
    }
    assert_equal(contents(other), expected)


def test_the_manifest_says_what_is_there(history: Places, tmp_path: Path) -> None:
    write_export(history, Place(str(tmp_path / "export")))
    found = json.loads((tmp_path / "export" / "manifest.json").read_text())
    rows = {name: frame.height for name, frame in contents(history).items()}
    assert found["exported_at"] == "2026-03-01T00:00:00Z"
    assert found["exported_by"] == "the tests"
    for name, table in found["tables"].items():
        assert table["columns"]["day"] == "date"
        assert sum(file["rows"] for file in table["files"]) == rows[name]
        for file in table["files"]:
            assert (tmp_path / "export" / file["path"]).stat().st_size == file["size"]
    assert {file["path"] for file in found["tables"]["repos"]["files"]} == {
        "repos/2026-01.parquet",
        "repos/2026-02.parquet",
    }
