from datetime import date, timedelta
from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

from github_traffic_dagster.errors import StoreError, TableMissingError
from github_traffic_dagster.store.merging import merge
from github_traffic_dagster.store.opening import create_table
from github_traffic_dagster.store.periods import Period
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.store.reading import collect, days_present, scan
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.tables import GOLDEN
from github_traffic_dagster_tests.store.disk import break_period
from github_traffic_dagster_tests.traffic.rows import golden_frame, golden_row

VIEWS = GOLDEN[Metric.VIEWS]
DAYS = [date(2026, 1, 1) + timedelta(days=n) for n in range(0, 90, 2)]
FRAME = golden_frame(*(golden_row(day) for day in DAYS))


@pytest.fixture
def by_years(place: Place) -> Place:
    merge(place, VIEWS, FRAME, run_id="run-1")
    return place


@pytest.fixture
def by_months(tmp_path: Path) -> Place:
    place = Place(str(tmp_path / "by_months"))
    create_table(place, VIEWS, Period.MONTH)
    merge(place, VIEWS, FRAME, run_id="run-1")
    return place


@pytest.fixture(params=["by_years", "by_months"])
def stored(request: pytest.FixtureRequest) -> Place:
    found: Place = request.getfixturevalue(request.param)
    return found


@pytest.mark.parametrize(
    ("first_day", "last_day"),
    [
        (None, None),
        (date(2026, 1, 15), None),
        (None, date(2026, 2, 28)),
        (date(2026, 1, 31), date(2026, 2, 2)),
        (date(2026, 2, 1), date(2026, 2, 28)),
        (date(2026, 1, 5), date(2026, 1, 5)),
        (date(2026, 1, 6), date(2026, 1, 6)),
        (date(2027, 1, 1), date(2027, 2, 1)),
    ],
)
def test_a_range_holds_both_its_ends_and_the_tables_own_columns(
    stored: Place, first_day: date | None, last_day: date | None
) -> None:
    found = collect(stored, scan(stored, VIEWS, first_day=first_day, last_day=last_day))
    asked = [day for day in DAYS if (first_day or day) <= day <= (last_day or day)]
    assert_frame_equal(found.sort("day"), golden_frame(*(golden_row(day) for day in asked)))


def test_only_the_months_of_the_range_are_opened(by_months: Place) -> None:
    stored = by_months
    break_period(stored, "2026-01-01")
    break_period(stored, "2026-03-01")
    february = scan(stored, VIEWS, first_day=date(2026, 2, 1), last_day=date(2026, 2, 28))
    assert collect(stored, february).height == 14
    assert days_present(stored, VIEWS, date(2026, 2, 2), date(2026, 2, 4)) == {
        date(2026, 2, 2),
        date(2026, 2, 4),
    }


def test_only_the_years_of_the_range_are_opened(by_years: Place) -> None:
    for year in (2025, 2027):
        merge(by_years, VIEWS, golden_frame(golden_row(date(year, 7, 1))), run_id=f"run-{year}")
        break_period(by_years, f"{year}-01-01")
    of_2026 = scan(by_years, VIEWS, first_day=DAYS[0], last_day=date(2026, 12, 31))
    assert_frame_equal(collect(by_years, of_2026).sort("day"), FRAME)


def test_of_a_year_only_the_files_of_the_days_are_opened(by_years: Place) -> None:
    (january,) = (Path(by_years.uri) / "period=2026-01-01").glob("*.parquet")
    merge(by_years, VIEWS, golden_frame(golden_row(date(2026, 7, 1))), run_id="run-2")
    january.write_bytes(b"this is no parquet" * 20)
    assert collect(by_years, scan(by_years, VIEWS, first_day=date(2026, 6, 1))).height == 1


@pytest.mark.parametrize("damage", ["replaced", "cut", "gone"])
def test_a_damaged_file_is_an_error_that_names_the_table_never_fewer_rows(
    stored: Place, damage: str
) -> None:
    (file,) = (Path(stored.uri) / "period=2026-01-01").glob("*.parquet")
    if damage == "replaced":
        break_period(stored, "2026-01-01")
    elif damage == "cut":
        file.write_bytes(file.read_bytes()[:-100])
    else:
        file.unlink()
    with pytest.raises(StoreError, match="Could not read") as raised:
        collect(stored, scan(stored, VIEWS))
    assert stored.uri in str(raised.value)


def test_the_days_present_are_those_with_rows(stored: Place) -> None:
    found = days_present(stored, VIEWS, date(2026, 1, 30), date(2026, 2, 3))
    assert found == {date(2026, 1, 31), date(2026, 2, 2)}
    assert days_present(stored, VIEWS, date(2025, 1, 1), date(2025, 12, 31)) == set()


def test_reading_a_table_that_is_not_there_says_so_and_creates_nothing(place: Place) -> None:
    with pytest.raises(TableMissingError):
        days_present(place, VIEWS, date(2026, 1, 1), date(2026, 1, 2))
    assert not Path(place.uri).exists()
