"""Collect one kind of snapshot of many repositories: plan, ask, take in the answers."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

import dagster as dg
import polars as pl

from github_traffic_dagster.assets.collection import Collection, batches
from github_traffic_dagster.assets.days import today
from github_traffic_dagster.assets.github_resource import GitHub
from github_traffic_dagster.assets.looks import Looks
from github_traffic_dagster.assets.progress import OnOutcome, Progress
from github_traffic_dagster.assets.turns import Turns
from github_traffic_dagster.github_api.conversation import Conversation
from github_traffic_dagster.github_api.outcomes import Outcome
from github_traffic_dagster.github_api.snapshots import collect_snapshots
from github_traffic_dagster.io_manager import TrafficStore
from github_traffic_dagster.store.latest_answers import SCHEMA
from github_traffic_dagster.traffic.answers import Snapshot, Target
from github_traffic_dagster.traffic.snapshots import snapshot_frame
from github_traffic_dagster.traffic.tables import SNAPSHOTS, Table

_LOOKED_BACK: Final = timedelta(days=30)


@dataclass(frozen=True)
class SnapshotCollector:
    """Knows what is to be collected.

    Attributes:
        github: how much of GitHub's budget may be spent.
        kind: what is looked at.
        day: the day (UTC) that the looks count for.
        turns: who is asked first, on each account.
        run_id: the run that looks.
    """

    github: GitHub
    kind: Snapshot
    day: date
    turns: Turns
    run_id: str

    def collect(
        self, targets: Sequence[Target], progress: Progress, log: dg.DagsterLogManager
    ) -> Collection:
        """Look at every target, on each account the most urgent first, as far as budgets reach.

        Args:
            targets: in any order.
            progress: hears each outcome as it comes, and of waiting.
            log: of the step.
        """
        with (
            self.github.conversation(progress, log) as conversation,
            progress.track(log, self.kind.value, len(targets)) as on_outcome,
        ):
            outcomes = self._asked(conversation, targets, on_outcome)
            return replace(self._gathered(outcomes), spending=conversation.spending)

    def _asked(
        self, conversation: Conversation, targets: Sequence[Target], on_outcome: OnOutcome
    ) -> Iterator[Outcome]:
        for outcome in collect_snapshots(
            conversation, targets, self.kind, arrange=self.turns.arrange
        ):
            on_outcome(outcome)
            yield outcome

    def _gathered(self, outcomes: Iterable[Outcome]) -> Collection:
        kept: list[Outcome] = []
        rows = [SNAPSHOTS[self.kind].schema.to_frame()]
        for some in batches(outcomes):
            answers = [outcome.snapshot for outcome in some if outcome.snapshot]
            rows.append(snapshot_frame(answers, self.kind, day=self.day, run_id=self.run_id))
            kept += [replace(outcome, snapshot=None) for outcome in some]
        return Collection(kept, pl.concat(rows).sort("repo_id", "rank"))


def seen_before(store: TrafficStore, table: Table) -> Looks:
    """When each repository was last looked at, and how much there was to see.

    Args:
        store: of the tables.
        table: a snapshot's.
    """
    recent = store.scan(table, first_day=today() - _LOOKED_BACK)
    latest = recent.group_by("repo_id").agg(
        pl.col("observed_at").max(),
        pl.col("rank").max().alias("total"),
        pl.lit(None, dtype=pl.String).alias("etag"),
        pl.lit(None, dtype=pl.String).alias("body"),
    )
    return Looks(latest.select(SCHEMA.names()).collect(engine="streaming"))
