"""Look at many repositories, whatever is looked at: plan, ask, take in the answers."""

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import dagster as dg
import polars as pl

from github_traffic_dagster.assets.collection import Collection, batches
from github_traffic_dagster.assets.days import today
from github_traffic_dagster.assets.looks import Looks
from github_traffic_dagster.assets.progress import Progress, heard
from github_traffic_dagster.assets.turns import Turns
from github_traffic_dagster.github_api.conversation import Conversation
from github_traffic_dagster.github_api.outcomes import Outcome
from github_traffic_dagster.github_api.routing import Arrange
from github_traffic_dagster.io_manager import TrafficStore
from github_traffic_dagster.store.latest_answers import SCHEMA
from github_traffic_dagster.traffic.answers import Target
from github_traffic_dagster.traffic.tables import Table

_LOOKED_BACK: Final = timedelta(days=30)

Ask = Callable[[Conversation, Sequence[Target], Arrange], Generator[Outcome]]
"""Asks for targets, those first that come first when arranged; an outcome for each."""

Rows = Callable[[Sequence[Outcome]], pl.DataFrame]
"""The collected ones as rows of the table."""


@dataclass(frozen=True)
class LookCollector:
    """Knows what is to be collected.

    Attributes:
        what: is looked at, for people.
        table: whose rows come of it.
        turns: who is asked first on each account, and how much of its budget may be spent.
        ask: how it is asked for.
        rows: what comes of it.
    """

    what: str
    table: Table
    turns: Turns
    ask: Ask
    rows: Rows

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
            self.turns.github.conversation(progress, log) as conversation,
            progress.track(log, self.what, len(targets)) as on_outcome,
        ):
            asked = self.ask(conversation, targets, self.turns.arrange)
            outcomes = heard(asked, on_outcome)
            return replace(self._gathered(outcomes), spending=conversation.spending)

    def _gathered(self, outcomes: Iterable[Outcome]) -> Collection:
        kept: list[Outcome] = []
        rows = [self.table.schema.to_frame()]
        for some in batches(outcomes):
            rows.append(self.rows(some))
            kept += [replace(outcome, snapshot=None, checkouts=None) for outcome in some]
        order = [name for name in self.table.key if name != "run_id"]
        return Collection(kept, pl.concat(rows).sort(order))


def seen_before(store: TrafficStore, table: Table, total: pl.Expr) -> Looks:
    """When each repository was last looked at, and how much there was to see.

    Args:
        store: of the tables.
        table: of looks.
        total: how much a repository's rows show.
    """
    recent = store.scan(table, first_day=today() - _LOOKED_BACK)
    latest = recent.group_by("repo_id").agg(
        pl.col("observed_at").max(),
        total.alias("total"),
        pl.lit(None, dtype=pl.String).alias("etag"),
        pl.lit(None, dtype=pl.String).alias("body"),
    )
    return Looks(latest.select(SCHEMA.names()).collect(engine="streaming"))
