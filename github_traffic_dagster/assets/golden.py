"""`golden_views` and `golden_clones`: the best knowledge of each repository's day."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import dagster as dg
import polars as pl

from github_traffic_dagster.assets.days import DayRange, requested_days, today
from github_traffic_dagster.assets.ui_metadata import (
    OWNERS,
    add_partition_metadata,
    definition_metadata,
    per_day,
    table_value,
)
from github_traffic_dagster.io_manager import TrafficStore
from github_traffic_dagster.step_failures import clear_failures
from github_traffic_dagster.store.reading import golden_rows
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.coverage import coverage
from github_traffic_dagster.traffic.golden import COMPLETE, PARTIAL
from github_traffic_dagster.traffic.tables import GOLDEN, RAW, REPOS


def golden_asset(metric: Metric, partitions: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    """The asset `golden_<metric>` over the given daily partitions."""

    @golden_definition(metric, partitions, "polars")
    def golden(
        context: dg.AssetExecutionContext, observations: pl.LazyFrame, store: TrafficStore
    ) -> pl.DataFrame:
        days = requested_days(context)
        with clear_failures():
            frame = golden_rows(store.place(RAW[metric]), observations)
        context.add_output_metadata(shown(frame.lazy(), store, days))
        add_partition_metadata(context, golden_figures(metric, frame.lazy(), days))
        return frame

    return golden


def golden_definition(
    metric: Metric, partitions: dg.PartitionsDefinition[str], engine: str
) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    """What the asset is, whatever computes it; a decorator.

    Args:
        metric: whose golden table it is.
        partitions: its days.
        engine: the kind that the UI shows.
    """
    table = GOLDEN[metric]
    return dg.asset(
        name=table.name,
        ins={"observations": dg.AssetIn(RAW[metric].name)},
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
        description=(
            f"{table.grain}. The greatest observation wins, for count and uniques alike; "
            "`status` is complete once a day was looked at two full days after its end. Comes "
            "from the raw table, so any day can be rebuilt at any age. Uniques can't be summed."
        ),
        group_name="golden",
        kinds={engine, "deltalake"},
        owners=OWNERS,
        metadata=definition_metadata(table),
        # After ten days without a look the first number can no longer be settled.
        freshness_policy=dg.FreshnessPolicy.time_window(
            fail_window=timedelta(days=10), warn_window=timedelta(hours=36)
        ),
    )


def shown(
    golden: pl.LazyFrame, store: TrafficStore, days: DayRange
) -> dict[str, dg.TableMetadataValue]:
    """What a run tells of all its days together: how well their golden rows are known.

    It stands on each day's page, next to the day's own figures: hence the name.
    """
    listing = store.scan(REPOS, first_day=days.first, last_day=days.last)
    covered = coverage(golden, listing, today=today())
    return {"coverage_of_the_run": table_value(coverage_counts(covered))}


def coverage_counts(covered: pl.LazyFrame) -> pl.DataFrame:
    """How many repository-days there are of each kind of knowledge."""
    return (
        covered.group_by("coverage", "status")
        .agg(pl.len().alias("repository_days"), pl.col("repo_id").n_unique().alias("repositories"))
        .sort("coverage", "status")
        .collect(engine="streaming")
    )


def golden_figures(
    metric: Metric, golden: pl.LazyFrame, days: DayRange
) -> dict[str, dict[str, Any]]:
    """Figures of each partition, and its busiest repositories."""
    measures = {
        "repositories": pl.col("repo_id").n_unique(),
        metric.value: pl.col("count").sum(),
        "complete": (pl.col("status") == COMPLETE).sum(),
        "partial": (pl.col("status") == PARTIAL).sum(),
    }
    return per_day(golden, days, measures, preview=("full_name", "count", "uniques", "status"))
