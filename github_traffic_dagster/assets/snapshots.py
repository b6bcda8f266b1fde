"""`raw_referrers`, `raw_paths`, `raw_release_downloads`: what GitHub shows only today.

A look that was missed is missed for good, so only the day of the run can be asked for.
"""

from collections.abc import Collection as Several
from collections.abc import Generator, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import dagster as dg
import polars as pl

from github_traffic_dagster.assets.days import (
    DayRange,
    created_on,
    requested_days,
    today,
)
from github_traffic_dagster.assets.github_resource import GitHub
from github_traffic_dagster.assets.look_collector import LookCollector, seen_before
from github_traffic_dagster.assets.partly_served import store_days
from github_traffic_dagster.assets.progress import Progress
from github_traffic_dagster.assets.steps import steps_to_come
from github_traffic_dagster.assets.turns import Turns
from github_traffic_dagster.assets.ui_metadata import (
    OWNERS,
    PREVIEW_ROWS,
    definition_metadata,
    per_day,
    table_value,
)
from github_traffic_dagster.github_api.conversation import Conversation
from github_traffic_dagster.github_api.outcomes import Outcome
from github_traffic_dagster.github_api.routing import Arrange
from github_traffic_dagster.github_api.snapshots import collect_snapshots
from github_traffic_dagster.io_manager import TrafficStore
from github_traffic_dagster.step_failures import clear_failures
from github_traffic_dagster.traffic.answers import Snapshot, Target
from github_traffic_dagster.traffic.listings import targets
from github_traffic_dagster.traffic.snapshots import snapshot_frame
from github_traffic_dagster.traffic.tables import REPOS, SNAPSHOTS, WINDOW_TOTALS

SNAPSHOT_GROUP: Final = "snapshots"

_LATE: Final = timedelta(hours=2)
"""So long after midnight a run of the day before may still begin to look."""

_MEASURES: Final = {
    "repositories": pl.col("repo_id").n_unique(),
    "entries": (pl.col("rank") > 0).sum(),
}

_WHAT: Final = {
    Snapshot.REFERRERS: "The ten sites that most visitors came from in the two weeks before",
    Snapshot.PATHS: "The ten pages most visited in the two weeks before",
    Snapshot.RELEASES: "How often each file of each release has been downloaded so far",
}


def snapshot_asset(
    kind: Snapshot, partitions: dg.DailyPartitionsDefinition, *, kinds: Several[Snapshot]
) -> dg.AssetsDefinition:
    """The asset of one kind of snapshot over the given daily partitions.

    Args:
        kind: which one.
        partitions: of which only today's can be asked for.
        kinds: all that are collected; they share a run's budget.
    """
    table = SNAPSHOTS[kind]

    @dg.asset(
        name=table.name,
        ins={"listing": dg.AssetIn(REPOS.name)},
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
        description=(
            f"{table.grain}. {_WHAT[kind]}; GitHub tells it only as it is now, so that a day "
            "gone by can't be collected. Several looks a day are all kept; the latest counts."
        ),
        group_name=SNAPSHOT_GROUP,
        kinds={"github", "polars", "deltalake"},
        owners=OWNERS,
        metadata=definition_metadata(table),
    )
    def snapshot(
        context: dg.AssetExecutionContext,
        listing: pl.LazyFrame,
        github: GitHub,
        store: TrafficStore,
        progress: dg.ResourceParam[Progress],
    ) -> Iterator[dg.Output[pl.DataFrame]]:
        asked, day = requested_days(context), _snapshot_day(context)
        if not asked.first <= day <= asked.last:
            raise _only_today(asked, day, table.name)
        with clear_failures():
            followers = steps_to_come(context, [SNAPSHOTS[other].name for other in kinds])
            seen = seen_before(store, table, pl.col("rank").max())
            turns = Turns(github, seen, followers, steps=len(kinds))
            collector = _collector(turns, kind, day, context.run.run_id)
            collection = collector.collect(targets(listing), progress, context.log)
        collection.require_something()
        rows = collection.observations
        figures = per_day(rows.lazy(), DayRange(day, day), _MEASURES)
        metadata = collection.metadata() | {"preview": table_value(rows.head(PREVIEW_ROWS))}
        whole = asked.first == asked.last
        yield from store_days(
            context, store, table, rows, figures=figures, metadata=metadata, whole=whole
        )
        if not whole:
            raise _only_today(asked, day, table.name)

    return snapshot


def _collector(turns: Turns, kind: Snapshot, day: date, run_id: str) -> LookCollector:
    """Looks that count for a day (UTC)."""

    def ask(
        conversation: Conversation, given: Sequence[Target], arrange: Arrange
    ) -> Generator[Outcome]:
        return collect_snapshots(conversation, given, kind, arrange=arrange)

    def rows(outcomes: Sequence[Outcome]) -> pl.DataFrame:
        answers = [outcome.snapshot for outcome in outcomes if outcome.snapshot]
        return snapshot_frame(answers, kind, day=day, run_id=run_id)

    return LookCollector(kind.value, SNAPSHOTS[kind], turns, ask, rows)


def window_totals_spec(partitions: dg.PartitionsDefinition[str]) -> dg.AssetSpec:
    """`raw_window_totals` as the UI shows it: the steps of views and clones write it."""
    return dg.AssetSpec(
        WINDOW_TOTALS.name,
        deps=[REPOS.name],
        partitions_def=partitions,
        description=(
            f"{WINDOW_TOTALS.grain}. Written by raw_views and raw_clones from the answers they "
            "ask for anyway, by the day of the look. The unique visitors of two weeks are only "
            "known from here: no sum of days gives them."
        ),
        group_name="raw",
        kinds={"github", "polars", "deltalake"},
        owners=OWNERS,
        metadata=definition_metadata(WINDOW_TOTALS),
    )


def _snapshot_day(context: dg.AssetExecutionContext) -> date:
    """The day (UTC) that a look counts for: today, or the run's when midnight was just passed.

    `observed_at` says when it really was.
    """
    asked_on = created_on(context)
    end = datetime.combine(asked_on + timedelta(days=1), time.min, tzinfo=UTC)
    return asked_on if datetime.now(UTC) < end + _LATE else today()


def _only_today(asked: DayRange, day: date, name: str) -> dg.Failure:
    others = [
        str(part) for part in (asked.before(day), asked.since(day + timedelta(days=1))) if part
    ]
    stored = f"{day} was stored and is materialized. " if asked.first <= day <= asked.last else ""
    return dg.Failure(
        f"{name} can only be collected for today ({day}): GitHub shows what is, not what was. "
        f"{' and '.join(others)} stay unmaterialized, and nothing stored was changed. {stored}"
        "Materialize today's partition, or let the schedule daily_snapshots do it every day."
    )
