"""The SQL over tables that the pipeline itself wrote, laid out in Delta as it lays them out."""

from datetime import timedelta

import time_machine
from polars.testing import assert_frame_equal

from github_traffic_dagster.databricks.sql_library import queries, views
from github_traffic_dagster_tests.databricks.sql import figures
from github_traffic_dagster_tests.databricks.sql.conftest import Opened
from github_traffic_dagster_tests.databricks.sql.world import World, utc_today
from github_traffic_dagster_tests.pipeline import Pipeline
from github_traffic_dagster_tests.traffic.rows import noon


def test_views_over_a_store_of_the_pipeline_give_the_figures_of_its_tables(
    pipeline: Pipeline, open_warehouse: Opened
) -> None:
    today = utc_today()
    traffic = {today - timedelta(days=n): (n + 3, n % 3 + 1) for n in range(60) if n % 4}
    pipeline.add_repository("me/busy", traffic, traffic)
    renamed = pipeline.add_repository("me/before", traffic)
    # A run, an outage that loses days, and two runs in a row.
    for days_ago in (40, 2, 0):
        if days_ago == 0:
            pipeline.world.rename(renamed, "after")
        with time_machine.travel(noon(today - timedelta(days=days_ago)), tick=True):
            assert pipeline.run().success

    world = World(
        *(
            pipeline.table(name).drop("period")
            for name in ("repos", "golden_views", "golden_clones")
        )
    )
    warehouse = open_warehouse(pipeline.home / "store" / "github_traffic")
    for view in views():
        expected = getattr(figures, view.name)(world)
        found = warehouse.view(view.name)
        assert found.height, view.name
        assert_frame_equal(found, expected, check_row_order=False, check_dtypes=False)
    for query in queries():
        assert warehouse.frame(query.text).height or query.name == "growth_of_last_week"
    kinds = warehouse.frame("SELECT DISTINCT kind FROM gaps ORDER BY 1")["kind"].to_list()
    assert "lost" in kinds
    assert "partial" in kinds
