"""`raw_views` and `raw_clones`: every observation, appended and never changed."""

from datetime import date
from typing import Any, Final

import dagster as dg
import polars as pl

from github_traffic_dagster.assets.collection import Collection
from github_traffic_dagster.assets.days import DayRange, created_on, requested_days
from github_traffic_dagster.assets.github_resource import GitHub
from github_traffic_dagster.assets.progress import Progress
from github_traffic_dagster.assets.ui_metadata import (
    OWNERS,
    add_partition_metadata,
    definition_metadata,
    per_day,
    table_value,
)
from github_traffic_dagster.github_api.windows import collect_windows
from github_traffic_dagster.io_manager import TrafficStore, write
from github_traffic_dagster.step_failures import clear_failures
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.listings import targets
from github_traffic_dagster.traffic.observations import observations_frame
from github_traffic_dagster.traffic.tables import RAW, REPOS
from github_traffic_dagster.traffic.window import oldest_served

_HOW: Final = (
    "One call per repository answers the last two weeks, so a range of days is one run. Days "
    "without traffic are explicit zeros where the window proves them. Append-only: what GitHub "
    "once said stays."
)


def raw_asset(metric: Metric, partitions: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    """The asset `raw_<metric>` over the given daily partitions."""
    table = RAW[metric]

    @dg.asset(
        name=table.name,
        ins={"listing": dg.AssetIn(REPOS.name)},
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
        description=f"{table.grain}. {_HOW}",
        group_name="raw",
        kinds={"github", "polars", "deltalake"},
        owners=OWNERS,
        metadata=definition_metadata(table),
    )
    def raw(
        context: dg.AssetExecutionContext,
        listing: pl.LazyFrame,
        github: GitHub,
        store: TrafficStore,
        progress: dg.ResourceParam[Progress],
    ) -> pl.DataFrame:
        asked = requested_days(context)
        oldest = oldest_served(created_on(context))
        served = asked.since(oldest)
        if served is None:
            raise _days_gone(asked, oldest, table.name)
        with clear_failures():
            collection = _collect(context, metric, listing, github, progress)
        collection.require_something()
        frame = observations_frame(
            collection.answers,
            run_id=context.run.run_id,
            first_day=served.first,
            last_day=served.last,
        )
        metadata = collection.metadata(with_rows=frame["repo_id"].n_unique())
        metadata["preview"] = table_value(frame.tail(10))
        figures = per_day(frame, served, _measures(metric))
        if served != asked:
            with clear_failures():
                written = write(store.place(table), table, frame, run_id=context.run.run_id)
            _record(context, figures, metadata | written)
            raise _days_gone(asked, oldest, table.name)
        context.add_output_metadata(metadata)
        add_partition_metadata(context, figures)
        return frame

    return raw


def _collect(
    context: dg.AssetExecutionContext,
    metric: Metric,
    listing: pl.LazyFrame,
    github: GitHub,
    progress: Progress,
) -> Collection:
    wanted = targets(listing)
    with (
        github.session(progress, context.log) as session,
        progress.track(context.log, metric.value, len(wanted)) as on_outcome,
    ):
        outcomes = collect_windows(session, wanted, metric, on_outcome)
        return Collection(outcomes, session.calls_made, session.budget_left)


def _measures(metric: Metric) -> dict[str, pl.Expr]:
    # Uniques of several repositories or days don't add up: never summed.
    return {"repositories": pl.col("repo_id").n_unique(), metric.value: pl.col("count").sum()}


def _days_gone(asked: DayRange, oldest: date, name: str) -> dg.Failure:
    kept = asked.since(oldest)
    stored = (
        f"{kept} were stored and are materialized; materialize the golden tables for them. "
        if kept
        else ""
    )
    return dg.Failure(
        f"GitHub no longer serves {asked.before(oldest)} of {name}: the oldest day it has is "
        f"{oldest}. Those days stay unmaterialized and nothing stored was changed. {stored}"
        "If you have their numbers from elsewhere, import them."
    )


def _record(
    context: dg.AssetExecutionContext,
    figures: dict[str, dict[str, int]],
    metadata: dict[str, Any],
) -> None:
    """Mark the served days as materialized, although the step is going to fail for the others."""
    for key, values in figures.items():
        context.log_event(
            dg.AssetMaterialization(context.asset_key, partition=key, metadata=metadata | values)
        )
