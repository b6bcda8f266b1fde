from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from deltalake import DeltaTable
from polars.testing import assert_frame_equal

from github_traffic_dagster.errors import StoreError
from github_traffic_dagster.store.merging import Merged, merge
from github_traffic_dagster.store.opening import create_table
from github_traffic_dagster.store.periods import Period
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.store.reading import collect, scan
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.tables import GOLDEN, RAW, REPOS
from github_traffic_dagster_tests.store.disk import break_period, version
from github_traffic_dagster_tests.traffic.rows import (
    DAY,
    golden_frame,
    golden_row,
    noon,
    raw_frame,
    repos_frame,
    repos_row,
)

VIEWS = GOLDEN[Metric.VIEWS]
NEXT_MONTH = date(2026, 2, 3)
NEXT_YEAR = date(2027, 2, 3)


def stored(place: Place) -> pl.DataFrame:
    return scan(place, VIEWS).collect().sort("repo_id", "day")


@pytest.mark.parametrize(
    ("period", "first_days"),
    [
        (Period.YEAR, {"2026-01-01", "2027-01-01"}),
        (Period.MONTH, {"2026-01-01", "2026-02-01", "2027-02-01"}),
    ],
)
def test_new_rows_are_inserted_into_the_periods_of_their_days(
    place: Place, period: Period, first_days: set[str]
) -> None:
    create_table(place, VIEWS, period)
    frame = golden_frame(golden_row(), golden_row(NEXT_MONTH), golden_row(NEXT_YEAR))
    assert merge(place, VIEWS, frame, run_id="run-1") == Merged(3, 0, 1)
    assert_frame_equal(stored(place), frame)
    folders = {path.name for path in Path(place.uri).glob("period=*")}
    assert folders == {f"period={first_day}" for first_day in first_days}


def test_greater_numbers_grow_a_row_and_lesser_ones_change_nothing_of_it(place: Place) -> None:
    known = golden_row(count=7, uniques=3, observations=2)
    merge(place, VIEWS, golden_frame(known), run_id="run-1")
    later = noon(DAY + timedelta(days=4))
    seen = golden_row(count=4, uniques=4, status="complete", last_observed_at=later)
    assert merge(place, VIEWS, golden_frame(seen), run_id="run-2") == Merged(0, 1, 2)
    grown = known | {"uniques": 4, "status": "complete", "last_observed_at": later}
    assert stored(place).rows(named=True) == [grown]


def test_rows_that_know_less_in_every_column_write_no_version(place: Place) -> None:
    later = noon(DAY + timedelta(days=4))
    known = golden_row(status="complete", last_observed_at=later, observations=2)
    merge(place, VIEWS, golden_frame(known), run_id="run-1")
    lesser = golden_row(count=1, uniques=1, first_observed_at=noon(DAY + timedelta(days=1)))
    assert merge(place, VIEWS, golden_frame(lesser), run_id="run-2") == Merged(0, 0, 1)
    assert merge(place, VIEWS, golden_frame(known), run_id="run-3") == Merged(0, 0, 1)
    assert stored(place).rows(named=True) == [known]


def test_rows_that_the_frame_does_not_speak_of_stay(place: Place) -> None:
    frame = golden_frame(golden_row(), golden_row(repo_id=8), golden_row(NEXT_MONTH))
    merge(place, VIEWS, frame, run_id="run-1")
    merge(place, VIEWS, golden_frame(golden_row(count=50)), run_id="run-2")
    assert stored(place)["count"].to_list() == [50, 5, 5]


def test_nothing_to_merge_creates_the_table_and_writes_no_version(place: Place) -> None:
    assert merge(place, VIEWS, golden_frame(), run_id="run-1") == Merged(0, 0, 0)


@pytest.mark.parametrize(
    ("period", "other"), [(Period.YEAR, NEXT_YEAR), (Period.MONTH, NEXT_MONTH)]
)
def test_a_broken_file_of_another_period_is_not_even_opened(
    place: Place, period: Period, other: date
) -> None:
    create_table(place, VIEWS, period)
    both = golden_frame(golden_row(), golden_row(other))
    merge(place, VIEWS, both, run_id="run-1")
    break_period(place, "2026-01-01")
    grown = golden_frame(golden_row(other, count=9))
    assert merge(place, VIEWS, grown, run_id="run-2").updated == 1
    found = collect(place, scan(place, VIEWS, first_day=other))
    assert found["count"].to_list() == [9]


def test_years_between_those_of_the_frame_are_not_opened_either(place: Place) -> None:
    later = date(2028, 3, 3)
    every = golden_frame(golden_row(), golden_row(NEXT_YEAR), golden_row(later))
    merge(place, VIEWS, every, run_id="run-1")
    break_period(place, "2027-01-01")
    grown = golden_frame(golden_row(count=9), golden_row(later, count=9))
    assert merge(place, VIEWS, grown, run_id="run-2").updated == 2


def test_a_broken_file_of_the_same_year_is_an_error_that_names_the_table(place: Place) -> None:
    merge(place, VIEWS, golden_frame(golden_row()), run_id="run-1")
    break_period(place, "2026-01-01")
    with pytest.raises(StoreError) as raised:
        merge(place, VIEWS, golden_frame(golden_row(count=9)), run_id="run-2")
    assert place.uri in str(raised.value)
    assert version(place) == 1


def test_a_frame_with_a_key_twice_is_refused_before_anything_is_created(place: Place) -> None:
    frame = golden_frame(golden_row(), golden_row(count=9))
    with pytest.raises(StoreError, match="repo_id, day twice"):
        merge(place, VIEWS, frame, run_id="run-1")
    assert not Path(place.uri).exists()


def test_rows_cant_be_merged_into_an_append_only_table(place: Place) -> None:
    with pytest.raises(StoreError, match="raw_views is append-only"):
        merge(place, RAW[Metric.VIEWS], raw_frame(), run_id="run-1")
    assert not Path(place.uri).exists()


def test_the_history_names_the_run_and_the_protocol_stays_the_first_one(place: Place) -> None:
    merge(place, VIEWS, golden_frame(golden_row()), run_id="run-1")
    merge(place, VIEWS, golden_frame(golden_row(count=9)), run_id="run-2")
    opened = DeltaTable(place.uri)
    assert [entry.get("run_id") for entry in opened.history(2)] == ["run-2", "run-1"]
    protocol = opened.protocol()
    assert (protocol.min_reader_version, protocol.min_writer_version) == (1, 2)


def test_a_listing_of_the_day_itself_is_kept_over_a_later_look_in_either_order(
    tmp_path: Path,
) -> None:
    of_the_day = repos_frame(repos_row(full_name="octo/then"))
    next_day = noon(DAY + timedelta(days=1))
    later = repos_frame(repos_row(full_name="octo/now", observed_at=next_day, stargazers=None))
    for name, frames in (("a", [of_the_day, later]), ("b", [later, of_the_day])):
        place = Place(str(tmp_path / name))
        for frame in frames:
            merge(place, REPOS, frame, run_id="run-1")
        assert_frame_equal(scan(place, REPOS).collect(), of_the_day)


def test_among_looks_on_the_day_the_later_one_stands_and_so_among_those_after_it(
    place: Place,
) -> None:
    other_day = DAY + timedelta(days=1)
    early = repos_frame(
        repos_row(DAY, stargazers=1), repos_row(other_day, observed_at=noon(NEXT_MONTH))
    )
    later = repos_frame(
        repos_row(DAY, stargazers=2, observed_at=noon(DAY) + timedelta(hours=11)),
        repos_row(other_day, full_name="octo/b", observed_at=noon(NEXT_MONTH + timedelta(days=1))),
    )
    merge(place, REPOS, later, run_id="run-1")
    assert merge(place, REPOS, early, run_id="run-2").updated == 0
    assert_frame_equal(scan(place, REPOS).collect().sort("day"), later)
