"""Years for ordinary stores, months for large ones; chosen once, by the first rows."""

from datetime import date, timedelta

import polars as pl
import pytest
from deltalake import DeltaTable

from github_traffic_dagster.io_manager import write
from github_traffic_dagster.store.appending import append
from github_traffic_dagster.store.layout import stored_months, stored_period
from github_traffic_dagster.store.periods import (
    LARGE,
    Period,
    period_by_folders,
    suitable_period,
)
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.tables import GOLDEN, RAW, REPOS, Table
from github_traffic_dagster_tests.traffic.rows import (
    golden_frame,
    golden_row,
    raw_frame,
    raw_row,
    repos_frame,
    repos_row,
)

RAW_VIEWS = RAW[Metric.VIEWS]
LEAP_DAY = date(2028, 2, 29)


def rows(table: Table, repositories: int) -> pl.DataFrame:
    """Two days of so many repositories."""
    frame, row = {
        REPOS.name: (repos_frame, repos_row),
        RAW_VIEWS.name: (raw_frame, raw_row),
        GOLDEN[Metric.VIEWS].name: (golden_frame, golden_row),
    }[table.name]
    days = (date(2026, 1, 31), date(2026, 2, 1))
    return frame(*(row(day, repo_id=repo) for day in days for repo in range(repositories)))


def period_at(place: Place) -> Period:
    return stored_period(DeltaTable(place.uri))


@pytest.mark.parametrize(
    "table", [REPOS, RAW_VIEWS, GOLDEN[Metric.VIEWS]], ids=lambda one: one.name
)
@pytest.mark.parametrize(
    ("repositories", "period"), [(LARGE - 1, Period.YEAR), (LARGE, Period.MONTH)]
)
def test_a_new_table_is_laid_out_as_its_first_repositories_ask_for(
    place: Place, table: Table, repositories: int, period: Period
) -> None:
    write(place, table, rows(table, repositories), run_id="run-1")
    assert period_at(place) is period
    folders = DeltaTable(place.uri).partitions()
    assert len(folders) == (1 if period is Period.YEAR else 2)


def test_a_table_keeps_its_period_whatever_is_written_later(place: Place) -> None:
    append(place, RAW_VIEWS, rows(RAW_VIEWS, 1), run_id="run-1")
    append(place, RAW_VIEWS, rows(RAW_VIEWS, LARGE), run_id="run-2")
    assert period_at(place) is Period.YEAR


def test_nothing_is_laid_out_by_years() -> None:
    assert suitable_period(0) is Period.YEAR


@pytest.mark.parametrize(
    ("period", "first_day", "last_day", "shown"),
    [
        (Period.YEAR, date(2028, 1, 1), date(2028, 12, 31), "2028"),
        (Period.MONTH, date(2028, 2, 1), date(2028, 2, 29), "2028-02"),
    ],
)
def test_a_period_is_from_its_first_day_to_its_last(
    period: Period, first_day: date, last_day: date, shown: str
) -> None:
    assert period.first_day(LEAP_DAY) == first_day
    assert period.last_day(first_day) == last_day
    assert period.shown(first_day) == shown
    assert period.first_days([last_day, LEAP_DAY]) == [first_day]


@pytest.mark.parametrize("period", Period)
def test_its_months_cover_it_without_a_gap(period: Period) -> None:
    for year in (2027, 2028):
        first_day = period.first_day(date(year, 2, 1))
        months = period.months(first_day)
        days = [day for month in months for day in (month, Period.MONTH.last_day(month))]
        assert (days[0], days[-1]) == (first_day, period.last_day(first_day))
        assert all(
            after - before == timedelta(days=1)
            for before, after in zip(days[1::2], days[2::2], strict=False)
        )


@pytest.mark.parametrize("period", Period)
def test_rows_and_days_fall_into_the_same_period(period: Period) -> None:
    days = pl.date_range(date(2027, 12, 1), date(2029, 1, 31), eager=True)
    frame = pl.DataFrame({"day": days})
    by_rows = frame.select(period.of_day()).to_series().to_list()
    assert by_rows == [period.first_day(day) for day in days]


def test_folders_tell_the_period_and_januaries_alone_count_as_years() -> None:
    january, march = date(2026, 1, 1), date(2026, 3, 1)
    assert period_by_folders([january, march]) is Period.MONTH
    assert period_by_folders([january, date(2027, 1, 1)]) is Period.YEAR
    assert period_by_folders([january]) is Period.YEAR
    assert period_by_folders([]) is Period.YEAR


@pytest.mark.parametrize(("repositories", "months"), [(1, 12), (LARGE, 2)])
def test_the_months_of_a_table_are_those_of_its_folders(
    place: Place, repositories: int, months: int
) -> None:
    append(place, RAW_VIEWS, rows(RAW_VIEWS, repositories), run_id="run-1")
    found = stored_months(DeltaTable(place.uri))
    assert found == [date(2026, month, 1) for month in range(1, months + 1)]
