"""`raw_views` and `raw_clones`: every observation, appended and never changed."""

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

import dagster as dg
import polars as pl

from github_traffic_dagster.assets.collection import Collection
from github_traffic_dagster.assets.collector import Collector
from github_traffic_dagster.assets.days import (
    DayRange,
    created_on,
    current_window,
    requested_days,
    today,
)
from github_traffic_dagster.assets.github_resource import GitHub
from github_traffic_dagster.assets.looks import Looks
from github_traffic_dagster.assets.partly_served import store_days
from github_traffic_dagster.assets.progress import Progress
from github_traffic_dagster.assets.steps import steps_to_come
from github_traffic_dagster.assets.ui_metadata import (
    OWNERS,
    definition_metadata,
    per_day,
)
from github_traffic_dagster.errors import StoreError
from github_traffic_dagster.io_manager import TrafficStore, write
from github_traffic_dagster.step_failures import clear_failures
from github_traffic_dagster.store.latest_answers import (
    read_latest_answers,
    remember_latest_answers,
)
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.listings import targets
from github_traffic_dagster.traffic.tables import RAW, REPOS, WINDOW_TOTALS
from github_traffic_dagster.traffic.window import oldest_served

_HOW: Final = (
    "One call per repository answers the last two weeks, so a range of days is one run. Days "
    "without traffic are explicit zeros where the window proves them. Append-only: what GitHub "
    "once said stays."
)


def raw_asset(metric: Metric, partitions: dg.DailyPartitionsDefinition) -> dg.AssetsDefinition:
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
    ) -> Iterator[dg.Output[pl.DataFrame]]:
        asked = requested_days(context)
        oldest = oldest_served(created_on(context))
        served = asked.since(oldest)
        if served is None:
            raise _days_gone(asked, oldest, table.name)
        with clear_failures():
            looks = Looks(read_latest_answers(store.latest_answers, metric))
            followers = steps_to_come(context, [other.name for other in RAW.values()])
            collector = Collector(github, metric, served, looks, context.run.run_id, followers)
            collection = collector.collect(targets(listing), progress, context.log)
        collection.require_something()
        frame = collection.observations
        metadata = collection.metadata()
        figures = _figures(metric, frame, served)
        yield from store_days(
            context, store, table, frame, figures=figures, metadata=metadata, whole=served == asked
        )
        window = current_window(partitions.start.date(), today())
        _keep_besides(context, store, metric, collection, whole=served == window)
        if served != asked:
            raise _days_gone(asked, oldest, table.name)

    return raw


def _keep_besides(
    context: dg.AssetExecutionContext,
    store: TrafficStore,
    metric: Metric,
    collection: Collection,
    *,
    whole: bool,
) -> None:
    """After the rows, the windows' totals, and after these, of whole windows, the answers.

    What is not stored is not remembered either: the next run asks for it again.
    """
    if _store_totals(context, store, collection.totals) and whole:
        _remember(context, store.latest_answers, metric, collection.latest)


def _store_totals(
    context: dg.AssetExecutionContext, store: TrafficStore, totals: pl.DataFrame
) -> bool:
    """Keep what the same answers told of their windows; rows of the day of the look.

    A failure holds golden up in nothing: its check `expected_rows_landed` tells of it.

    Returns:
        Whether they are stored.
    """
    place = store.place(WINDOW_TOTALS)
    try:
        written = write(place, WINDOW_TOTALS, totals, run_id=context.run.run_id)
    except StoreError as error:
        context.log.warning(f"The totals of the windows are not stored: {error}")
        return False
    for day in totals["day"].unique().sort():
        context.log_event(
            dg.AssetMaterialization(WINDOW_TOTALS.name, partition=str(day), metadata=written)
        )
    return True


def _remember(
    context: dg.AssetExecutionContext, memory: Place, metric: Metric, latest: pl.DataFrame
) -> None:
    """Only after the rows are stored: what is remembered lets a later run skip work."""
    try:
        remember_latest_answers(memory, metric, latest, today=today())
    except StoreError as error:
        context.log.warning(f"The next run can't skip what did not change: {error}")


def _figures(metric: Metric, frame: pl.DataFrame, days: DayRange) -> dict[str, dict[str, Any]]:
    # Uniques of several repositories or days don't add up: never summed.
    measures = {"repositories": pl.col("repo_id").n_unique(), metric.value: pl.col("count").sum()}
    return per_day(frame.lazy(), days, measures, preview=("full_name", "count", "uniques"))


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
        "If another tool has kept their numbers: github-traffic import-history."
    )
