"""Steps over days of which GitHub may serve only some: those are stored and marked, alone."""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
import polars as pl

from github_traffic_dagster.assets.ui_metadata import add_partition_metadata
from github_traffic_dagster.io_manager import TrafficStore, write
from github_traffic_dagster.step_failures import clear_failures
from github_traffic_dagster.traffic.tables import Table


def store_days(
    context: dg.AssetExecutionContext,
    store: TrafficStore,
    table: Table,
    rows: pl.DataFrame,
    *,
    figures: Mapping[str, Mapping[str, Any]],
    metadata: Mapping[str, Any],
    whole: bool,
) -> Iterator[dg.Output[pl.DataFrame]]:
    """Store what was served: all that was asked for is the step's output, which Dagster stores.

    Otherwise the step has to fail after this, and only the served days are marked as materialized.

    Args:
        context: of the step.
        store: of the tables.
        table: the step's own.
        rows: of the served days.
        figures: of each served day, by its partition key.
        metadata: of the run.
        whole: every day that was asked for was served.
    """
    if whole:
        context.add_output_metadata(metadata)
        add_partition_metadata(context, figures)
        # Dagster stores the rows before it lets us go on.
        yield dg.Output(rows)
        return
    with clear_failures():
        written = write(store.place(table), table, rows, run_id=context.run.run_id)
    for key, values in figures.items():
        context.log_event(
            dg.AssetMaterialization(
                context.asset_key, partition=key, metadata={**metadata, **written, **values}
            )
        )
