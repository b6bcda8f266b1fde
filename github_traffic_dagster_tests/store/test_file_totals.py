"""All-time totals: the same as adding up every row, whatever is kept, missing, stale or broken."""

from datetime import UTC, date, datetime
from pathlib import Path
from random import Random

import polars as pl
import pytest
from deltalake import DeltaTable
from polars.testing import assert_frame_equal

from github_traffic_dagster.errors import StoreError, TableMissingError
from github_traffic_dagster.store.doctor.examination import examine
from github_traffic_dagster.store.file_totals import FOLDER, SCHEMA, totals_by_repository
from github_traffic_dagster.store.maintenance import maintain
from github_traffic_dagster.store.merging import merge
from github_traffic_dagster.store.objects import names_below
from github_traffic_dagster.store.opening import open_or_create
from github_traffic_dagster.store.periods import Period
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.store.reading import scan
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.tables import GOLDEN
from github_traffic_dagster_tests.docs.pages import DOCS, fences
from github_traffic_dagster_tests.traffic.rows import golden_frame, golden_row
from reliability.emulators import ObjectStore

VIEWS = GOLDEN[Metric.VIEWS]
PERFORMANCE = DOCS / "performance.md"
MONTHS = [date(2026, month, 1) for month in range(1, 5)]
NOW = datetime(2026, 4, 10, 12, tzinfo=UTC)
"""January and February are settled; March and April still change."""


def fill(place: Place, *, seed: int = 1, months: list[date] = MONTHS) -> None:
    """Some days of some repositories, one merge a month, and maintenance after it."""
    random = Random(seed)
    open_or_create(place, VIEWS, Period.MONTH)
    for number, month in enumerate(months):
        rows = [
            golden_row(
                month.replace(day=day),
                repo_id=repo_id,
                count=random.randrange(50),
                uniques=random.choice([None, *range(9)]),
            )
            for repo_id in random.sample(range(1, 9), 5)
            for day in sorted(random.sample(range(1, 29), 6))
        ]
        merge(place, VIEWS, golden_frame(*rows), run_id=f"run-{seed}-{number}")
        maintain(place, VIEWS, now=NOW)


def added_up(place: Place) -> pl.DataFrame:
    """From every row, without anything that is kept."""
    return (
        scan(place, VIEWS)
        .group_by("repo_id")
        .agg(
            pl.col("count").sum(),
            peak_uniques=pl.col("uniques").max(),
            days=pl.len().cast(pl.Int64),
            first_day=pl.col("day").min(),
            last_day=pl.col("day").max(),
        )
        .select(SCHEMA.names())
        .sort("repo_id")
        .collect()
    )


def kept(place: Place) -> list[Path]:
    return sorted((Path(place.uri) / FOLDER).glob("*.parquet"))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(str(tmp_path / VIEWS.name))


def test_totals_are_those_of_every_row_and_settled_files_are_kept(place: Place) -> None:
    fill(place)
    assert len(kept(place)) == 2
    assert_frame_equal(totals_by_repository(place, VIEWS), added_up(place))


def test_what_is_kept_is_read_in_place_of_the_rows(place: Place) -> None:
    fill(place)
    for uri in DeltaTable(place.uri).file_uris():
        if (Path(place.uri) / FOLDER / Path(uri).name).exists():
            Path(uri).write_bytes(b"not a Parquet file any more")
    assert totals_by_repository(place, VIEWS).height == 8


def test_a_past_that_changes_afterwards_is_added_up_anew(place: Place) -> None:
    """The file is another one then: what was kept of the old one is not asked, and dropped."""
    fill(place)
    before = kept(place)
    late = golden_frame(golden_row(MONTHS[0], repo_id=77, count=5_000))
    merge(place, VIEWS, late, run_id="import")
    assert_frame_equal(totals_by_repository(place, VIEWS), added_up(place))
    maintain(place, VIEWS, now=NOW)
    assert len(kept(place)) == 2
    assert kept(place) != before
    assert_frame_equal(totals_by_repository(place, VIEWS), added_up(place))


def test_a_restored_table_has_the_totals_of_what_it_holds(place: Place) -> None:
    fill(place, months=MONTHS[:2])
    version = DeltaTable(place.uri).version()
    merge(place, VIEWS, golden_frame(golden_row(MONTHS[0], count=9_999)), run_id="later")
    maintain(place, VIEWS, now=NOW)
    DeltaTable(place.uri).restore(version)
    assert_frame_equal(totals_by_repository(place, VIEWS), added_up(place))


@pytest.mark.parametrize("broken", [b"", b"PAR1", b"nonsense" * 100])
def test_a_broken_total_is_done_without(place: Place, broken: bytes) -> None:
    fill(place)
    kept(place)[0].write_bytes(broken)
    assert_frame_equal(totals_by_repository(place, VIEWS), added_up(place))


def test_totals_may_be_deleted_and_come_back(place: Place) -> None:
    fill(place)
    for file in kept(place):
        file.unlink()
    assert_frame_equal(totals_by_repository(place, VIEWS), added_up(place))
    maintain(place, VIEWS, now=NOW)
    assert len(kept(place)) == 2


def test_a_small_store_keeps_none(place: Place) -> None:
    open_or_create(place, VIEWS, Period.YEAR)
    merge(place, VIEWS, golden_frame(golden_row(date(2024, 5, 1))), run_id="run")
    maintain(place, VIEWS, now=NOW)
    assert not kept(place)
    assert_frame_equal(totals_by_repository(place, VIEWS), added_up(place))


def test_an_empty_table_has_no_totals_and_a_missing_one_is_an_error(place: Place) -> None:
    with pytest.raises(TableMissingError):
        totals_by_repository(place, VIEWS)
    open_or_create(place, VIEWS, Period.MONTH)
    assert totals_by_repository(place, VIEWS).schema == SCHEMA


def test_a_broken_data_file_is_an_error_that_names_the_table(place: Place) -> None:
    fill(place)
    for uri in DeltaTable(place.uri).file_uris():
        Path(uri).write_bytes(b"nonsense")
    with pytest.raises(StoreError, match=VIEWS.name):
        totals_by_repository(place, VIEWS)


def test_the_doctor_and_a_vacuum_leave_totals_alone(place: Place) -> None:
    fill(place)
    before = kept(place)
    DeltaTable(place.uri).vacuum(0, dry_run=False, enforce_retention_duration=False, full=True)
    assert kept(place) == before
    assert not [finding for finding in examine(place, VIEWS) if FOLDER in finding.what]


def test_the_page_on_performance_asks_as_one_does(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(place)
    (code,) = fences(PERFORMANCE, "python")
    exec(code.replace("s3://BUCKET/PATH/github_traffic/golden_views", place.uri), {})
    assert capsys.readouterr().out == f"{added_up(place)}\n"


def test_an_object_store_keeps_totals_as_a_disk_does(s3_server: ObjectStore) -> None:
    place = Place(f"{s3_server.root}/totals/{VIEWS.name}", s3_server.options())
    fill(place, months=MONTHS[:3])
    assert len(names_below(Place(f"{place.uri}/{FOLDER}", place.options))) == 2
    assert_frame_equal(totals_by_repository(place, VIEWS), added_up(place))
