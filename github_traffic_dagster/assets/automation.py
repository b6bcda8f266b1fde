"""`raw_workflow_checkouts` and `clones_less_automation`: what workflow runs have to do with clones.

Unlike what GitHub shows only today, days gone by can be looked at, as long as it keeps the runs.
"""

from collections.abc import Generator, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

import dagster as dg
import polars as pl

from github_traffic_dagster.assets.days import DayRange, requested_days, today
from github_traffic_dagster.assets.github_resource import GitHub
from github_traffic_dagster.assets.look_collector import LookCollector, seen_before
from github_traffic_dagster.assets.partly_served import store_days
from github_traffic_dagster.assets.progress import Progress
from github_traffic_dagster.assets.turns import Turns
from github_traffic_dagster.assets.ui_metadata import (
    OWNERS,
    add_partition_metadata,
    definition_metadata,
    per_day,
    table_value,
)
from github_traffic_dagster.github_api.conversation import Conversation
from github_traffic_dagster.github_api.outcomes import Outcome
from github_traffic_dagster.github_api.routing import Arrange
from github_traffic_dagster.github_api.workflow_runs import collect_checkouts
from github_traffic_dagster.io_manager import TrafficStore
from github_traffic_dagster.step_failures import clear_failures
from github_traffic_dagster.traffic.answers import Metric, Target
from github_traffic_dagster.traffic.clones_less_automation import (
    clones_less_automation,
    totals_by_repository,
)
from github_traffic_dagster.traffic.listings import targets
from github_traffic_dagster.traffic.tables import (
    CLONES_LESS_AUTOMATION,
    GOLDEN,
    REPOS,
    WORKFLOW_CHECKOUTS,
)
from github_traffic_dagster.traffic.workflow_checkouts import (
    checkouts_frame,
    days_to_look_at,
    newest_day,
)

AUTOMATION_GROUP: Final = "automation"
_KEPT_DAYS: Final = 90
"""GitHub keeps the workflow runs of public repositories no longer, whatever is set."""

_CHECKOUTS: Final = {
    "repositories": pl.col("repo_id").n_unique(),
    "workflow_runs": pl.col("workflow_runs").sum(),
    "checkouts_low": pl.col("checkouts_low").sum(),
}
_CLONES: Final = {
    "repositories": pl.col("repo_id").n_unique(),
    "clones": pl.col("clones").sum(),
    "without_estimate": pl.col("estimate_high").is_null().sum(),
}


def checkouts_asset(partitions: dg.DailyPartitionsDefinition) -> dg.AssetsDefinition:
    """The asset of the looks at workflow runs, over the given daily partitions."""
    table = WORKFLOW_CHECKOUTS

    @dg.asset(
        name=table.name,
        ins={"listing": dg.AssetIn(REPOS.name)},
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
        description=(
            f"{table.grain}. Checkouts are bounds: GitHub names steps, not what they do. A day is "
            "looked at once, after it has ended; asking for it again costs no request."
        ),
        group_name=AUTOMATION_GROUP,
        kinds={"github", "polars", "deltalake"},
        owners=OWNERS,
        metadata=definition_metadata(table),
    )
    def checkouts(
        context: dg.AssetExecutionContext,
        listing: pl.LazyFrame,
        github: GitHub,
        store: TrafficStore,
        progress: dg.ResourceParam[Progress],
    ) -> Iterator[dg.Output[pl.DataFrame]]:
        asked = requested_days(context)
        days = _kept(asked)
        if days is None:
            raise _not_to_be_seen(asked, days)
        with clear_failures():
            collector = _collector(github, store, days, context.run.run_id)
            collection = collector.collect(targets(listing), progress, context.log)
        collection.require_something()
        rows, metadata = collection.observations, collection.metadata()
        figures = per_day(rows.lazy(), days, _CHECKOUTS)
        yield from store_days(
            context, store, table, rows, figures=figures, metadata=metadata, whole=days == asked
        )
        if days != asked:
            raise _not_to_be_seen(asked, days)

    return checkouts


def estimate_asset(partitions: dg.DailyPartitionsDefinition) -> dg.AssetsDefinition:
    """The asset of the estimate, over the given daily partitions."""
    table, golden = CLONES_LESS_AUTOMATION, GOLDEN[Metric.CLONES]

    @dg.asset(
        name=table.name,
        deps=[golden.name, WORKFLOW_CHECKOUTS.name],
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
        description=(
            f"{table.grain}. A range, from the clones less as many checkouts as there can have "
            "been to the clones less those that surely were; it takes one checkout for one clone, "
            "which GitHub documents nowhere. Golden is not changed by it. Null: not looked at."
        ),
        group_name=AUTOMATION_GROUP,
        kinds={"polars", "deltalake"},
        owners=OWNERS,
        metadata=definition_metadata(table),
    )
    def estimate(context: dg.AssetExecutionContext, store: TrafficStore) -> pl.DataFrame:
        days = requested_days(context)
        with clear_failures():
            clones, looks = (
                store.scan(one, first_day=days.first, last_day=days.last)
                for one in (golden, WORKFLOW_CHECKOUTS)
            )
            frame = clones_less_automation(clones, looks).collect(engine="streaming")
        totals = totals_by_repository(frame.lazy())
        context.add_output_metadata({"by_repository": table_value(totals)})
        add_partition_metadata(context, per_day(frame.lazy(), days, _CLONES))
        return frame

    return estimate


def _collector(github: GitHub, store: TrafficStore, days: DayRange, run_id: str) -> LookCollector:
    table = WORKFLOW_CHECKOUTS
    seen = _looks_at(store, days)

    def wanted(target: Target, now: datetime) -> Sequence[date]:
        return days_to_look_at(days, seen.get(target.repo_id, {}), now)

    def ask(
        conversation: Conversation, given: Sequence[Target], arrange: Arrange
    ) -> Generator[Outcome]:
        return collect_checkouts(conversation, given, wanted, arrange=arrange)

    def rows(outcomes: Sequence[Outcome]) -> pl.DataFrame:
        answers = [outcome.checkouts for outcome in outcomes if outcome.checkouts]
        return checkouts_frame(answers, run_id=run_id)

    latest = seen_before(store, table, pl.col("workflow_runs").sum())
    turns = Turns(github, latest, followers=0, steps=1)
    return LookCollector("workflow runs", table, turns, ask, rows)


def _looks_at(store: TrafficStore, days: DayRange) -> Mapping[int, Mapping[date, datetime]]:
    """The latest look at each repository and day."""
    rows = store.scan(WORKFLOW_CHECKOUTS, first_day=days.first, last_day=days.last)
    latest = rows.group_by("repo_id", "day").agg(pl.col("observed_at").max())
    found: dict[int, dict[date, datetime]] = {}
    for repo_id, day, observed_at in latest.collect(engine="streaming").iter_rows():
        found.setdefault(repo_id, {})[day] = observed_at
    return found


def _kept(asked: DayRange) -> DayRange | None:
    """The days that have ended and whose runs GitHub keeps, or None."""
    since = asked.since(today() - timedelta(days=_KEPT_DAYS))
    ended = newest_day(datetime.now(UTC))
    return since.before(ended + timedelta(days=1)) if since else None


def _not_to_be_seen(asked: DayRange, days: DayRange | None) -> dg.Failure:
    stored = f"{days} were looked at and are materialized. " if days else ""
    oldest, newest = today() - timedelta(days=_KEPT_DAYS), newest_day(datetime.now(UTC))
    return dg.Failure(
        f"Not all of {asked} can be looked at: GitHub keeps workflow runs for {_KEPT_DAYS} days, "
        f"and a day is looked at once it has ended; now that is {oldest}...{newest}. {stored}"
        "Nothing stored was changed. Ask for days between these two."
    )
