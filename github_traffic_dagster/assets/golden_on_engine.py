"""The golden assets where a distributed engine computes them: the same tables, checks and pages."""

from typing import Any

import dagster as dg
import polars as pl

from github_traffic_dagster.assets.days import requested_days
from github_traffic_dagster.assets.golden import golden_definition, golden_figures, shown
from github_traffic_dagster.assets.ui_metadata import add_partition_metadata
from github_traffic_dagster.io_manager import TrafficStore, maintained
from github_traffic_dagster.spark_engine.carriers import Carrier
from github_traffic_dagster.spark_engine.golden_step import Ends, advance_golden
from github_traffic_dagster.step_failures import clear_failures
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.tables import GOLDEN, RAW


def golden_asset_on(
    carrier: Carrier, metric: Metric, partitions: dg.PartitionsDefinition[str]
) -> dg.AssetsDefinition:
    """The asset `golden_<metric>`, computed where the carrier brings its statements."""
    table = GOLDEN[metric]

    @golden_definition(metric, partitions, "spark")
    def golden(
        context: dg.AssetExecutionContext,
        # Loaded lazily and not read: so days that were never collected are refused here too.
        observations: pl.LazyFrame,  # noqa: ARG001
        store: TrafficStore,
    ) -> dg.MaterializeResult[Any]:
        days = requested_days(context)
        ends = Ends(store.place(RAW[metric]), RAW[metric], store.place(table), table)
        with clear_failures():
            advanced, carried = advance_golden(ends, days.first, days.last, carrier, context)
            rows = store.scan(table, first_day=days.first, last_day=days.last)
            figures = golden_figures(metric, rows, days)
            metadata = shown(rows, store, days)
        add_partition_metadata(context, figures)
        return dg.MaterializeResult(
            metadata={
                **metadata,
                **carried.metadata,
                "attempts": carried.outcome["attempts"],
                "table_uri": dg.MetadataValue.path(ends.golden.uri),
                "rows": sum(day["complete"] + day["partial"] for day in figures.values()),
                "rows_added": advanced.added,
                "rows_changed": advanced.changed,
                "table_version": advanced.version,
                "maintenance": maintained(ends.golden, table),
            }
        )

    return golden
