"""Each view over real tables, against the same figures worked out without SQL."""

from datetime import date

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from github_traffic_dagster.databricks.sql_library import VIEW_NAMES
from github_traffic_dagster_tests.databricks.sql import figures
from github_traffic_dagster_tests.databricks.sql.warehouse import Warehouse
from github_traffic_dagster_tests.databricks.sql.world import (
    BUSY,
    LISTED,
    MOVED,
    NO_ACCESS,
    ONLY_VIEWS,
    PREDECESSOR,
    SPLIT,
    World,
)


def assert_same(found: pl.DataFrame, expected: pl.DataFrame) -> None:
    # Spark counts years and weeks in 32 bits, polars in 8; the numbers are what matters.
    assert_frame_equal(found, expected, check_row_order=False, check_dtypes=False)


@pytest.mark.parametrize("name", VIEW_NAMES)
def test_a_view_gives_the_figures_that_polars_gives(
    name: str, warehouse: Warehouse, world: World
) -> None:
    found = warehouse.view(name)
    assert found.height
    assert_same(found, getattr(figures, name)(world))


@pytest.mark.parametrize("name", VIEW_NAMES)
def test_a_view_over_a_store_without_traffic_is_empty(name: str, new_warehouse: Warehouse) -> None:
    assert new_warehouse.view(name).is_empty()


def rows(warehouse: Warehouse, sql: str) -> list[tuple[object, ...]]:
    return warehouse.frame(sql).rows()


def test_a_renamed_repository_has_one_name_on_all_of_its_days(warehouse: Warehouse) -> None:
    for name in ("repositories", "stars_and_forks", "coverage", "daily_traffic", "gaps"):
        shown = rows(warehouse, f"SELECT DISTINCT full_name FROM {name} WHERE repo_id = {MOVED}")
        assert shown == [("lab/new-name",)], name


def test_two_repositories_that_had_the_same_name_one_after_the_other_stay_two(
    warehouse: Warehouse,
) -> None:
    totals = rows(
        warehouse, "SELECT repo_id FROM repository_totals WHERE full_name = 'me/busy' ORDER BY 1"
    )
    assert totals == [(BUSY,), (PREDECESSOR,)]


def test_a_repository_without_clones_has_none_instead_of_zeros(warehouse: Warehouse) -> None:
    found = rows(
        warehouse,
        "SELECT clones, clones_known_days, clones_partial_days, clones_missing_days "
        f"FROM repository_totals WHERE repo_id = {ONLY_VIEWS}",
    )
    assert found == [(None, 0, 0, 0)]


def test_a_repository_that_was_only_listed_is_missing_days_from_its_first_real_listing(
    warehouse: Warehouse,
) -> None:
    found = rows(
        warehouse,
        "SELECT first_day, views, views_missing_days, clones_missing_days "
        f"FROM repository_totals WHERE repo_id = {LISTED}",
    )
    assert found == [(None, None, 4, 4)]


def test_no_traffic_is_expected_of_a_repository_without_access(warehouse: Warehouse) -> None:
    assert rows(warehouse, f"SELECT * FROM coverage WHERE repo_id = {NO_ACCESS}") == []
    known = f"SELECT traffic_access FROM repositories WHERE repo_id = {NO_ACCESS}"
    assert rows(warehouse, known) == [(False,)]


def test_a_week_of_outage_is_one_gap_and_leaves_no_zeros(
    warehouse: Warehouse, world: World
) -> None:
    lost = f"FROM gaps WHERE repo_id = {BUSY} AND metric = 'views' AND kind = 'lost'"
    ((first, last, days),) = rows(warehouse, f"SELECT first_day, last_day, days {lost}")
    assert days == 7
    during = f"FROM daily_traffic WHERE repo_id = {BUSY} AND day BETWEEN '{first}' AND '{last}'"
    assert rows(warehouse, f"SELECT DISTINCT views, views_coverage {during}") == [(None, "lost")]
    means = (
        "SELECT views_7_days, views_7_days_known FROM moving_averages "
        f"WHERE repo_id = {BUSY} AND day = '{last}'"
    )
    assert rows(warehouse, means) == [(None, 0)]


def test_the_first_of_january_may_belong_to_week_53_of_the_year_before(
    warehouse: Warehouse,
) -> None:
    found = rows(
        warehouse,
        f"SELECT week_start, iso_year, iso_week FROM weekly_traffic WHERE repo_id = {SPLIT} "
        "AND week_start BETWEEN '2020-12-21' AND '2021-01-04' ORDER BY 1",
    )
    assert found == [
        (date(2020, 12, 21), 2020, 52),
        (date(2020, 12, 28), 2020, 53),
        (date(2021, 1, 4), 2021, 1),
    ]


def test_growth_needs_every_day_of_both_periods(warehouse: Warehouse) -> None:
    for period, days in (("week", 7), ("28 days", 28)):
        for metric in ("views", "clones"):
            known = f"{metric}_known_days = {days} AND previous_{metric}_known_days = {days}"
            found = rows(
                warehouse,
                f"SELECT count_if({metric}_growth IS NOT NULL), "
                f"count_if({metric}_growth IS NOT NULL AND NOT ({known})), "
                f"count_if({metric}_growth IS NULL AND {known} AND previous_{metric} > 0) "
                f"FROM growth WHERE period = '{period}'",
            )
            (grown, unfounded, withheld) = found[0]
            assert (unfounded, withheld) == (0, 0)
            assert grown, f"no {metric} growth over {period} to be wrong"
