from datetime import date, timedelta
from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

from github_traffic_dagster.errors import StoreError, TableMissingError
from github_traffic_dagster.store.merging import merge
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.store.reading import collect, days_present, scan
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.tables import GOLDEN
from github_traffic_dagster_tests.store.disk import break_month
from github_traffic_dagster_tests.traffic.rows import golden_frame, golden_row

VIEWS = GOLDEN[Metric.VIEWS]
DAYS = [date(2026, 1, 1) + timedelta(days=n) for n in range(0, 90, 2)]
FRAME = golden_frame(*(golden_row(day) for day in DAYS))


@pytest.fixture
def stored(place: Place) -> Place:
    merge(place, VIEWS, FRAME, run_id="run-1")
    return place


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


def test_only_the_months_of_the_range_are_opened(stored: Place) -> None:
    break_month(stored, "2026-01")
    break_month(stored, "2026-03")
    february = scan(stored, VIEWS, first_day=date(2026, 2, 1), last_day=date(2026, 2, 28))
    assert collect(stored, february).height == 14
    assert days_present(stored, VIEWS, date(2026, 2, 2), date(2026, 2, 4)) == {
        date(2026, 2, 2),
        date(2026, 2, 4),
    }


@pytest.mark.parametrize("damage", ["replaced", "cut", "gone"])
def test_a_damaged_file_is_an_error_that_names_the_table_never_fewer_rows(
    stored: Place, damage: str
) -> None:
    (file,) = (Path(stored.uri) / "month=2026-01-01").glob("*.parquet")
    if damage == "replaced":
        break_month(stored, "2026-01")
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
