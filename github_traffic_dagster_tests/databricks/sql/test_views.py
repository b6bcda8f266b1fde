"""Each view over real tables, against the same figures worked out without SQL."""

from datetime import date
from types import ModuleType

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
def test_a_view_over_a_store_without_traffic_is_empty(
    name: str, new_warehouse: Warehouse
) -> None:
    assert new_warehouse.view(name).is_empty()
