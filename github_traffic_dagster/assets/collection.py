"""What one look at GitHub brought: answers, and a typed outcome for every repository."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from typing import Any, Final

import dagster as dg
import polars as pl

from github_traffic_dagster.assets.days import DayRange
from github_traffic_dagster.assets.looks import looks_frame
from github_traffic_dagster.assets.ui_metadata import rows_value
from github_traffic_dagster.github_api.outcomes import Outcome, Reason
from github_traffic_dagster.github_api.spending import Spending
from github_traffic_dagster.store.latest_answers import SCHEMA
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.observations import observations_frame
from github_traffic_dagster.traffic.tables import RAW_COLUMNS, WINDOW_TOTALS, polars_schema
from github_traffic_dagster.traffic.window_totals import window_totals_frame

OUTCOMES: Final = "outcomes"
"""Metadata entry (JSON) that the checks and the command line's summary read."""
ACCOUNTS: Final = "accounts"
"""Metadata entry (a table) of what each account was asked, and of its budget."""

_LISTED: Final = 100
_TOLERATED_SHARE: Final = 10


_AT_ONCE: Final = 1000
"""Answers in memory as objects before they become rows: 50,000 of them take 300 MB."""


@dataclass(frozen=True, slots=True)
class Collection:
    """One asset's collection.

    Attributes:
        outcomes: one per repository, without its answer.
        observations: all answers as rows of the asset's table, sorted by repository.
        latest: the answers as they are remembered for the next run.
        totals: what the answers said of their windows as a whole.
        spending: what it cost, by account.
        outlook: what leaving repositories for later will cost, a record for each account that
            left some.
    """

    outcomes: list[Outcome]
    observations: pl.DataFrame
    latest: pl.DataFrame = field(default_factory=SCHEMA.to_frame)
    totals: pl.DataFrame = field(default_factory=WINDOW_TOTALS.schema.to_frame)
    spending: tuple[Spending, ...] = ()
    outlook: Sequence[Mapping[str, Any]] = ()

    @property
    def missed(self) -> list[Outcome]:
        """The repositories that were not collected; last, those that wait for their turn."""
        missed = [outcome for outcome in self.outcomes if not outcome.collected]
        return sorted(missed, key=lambda outcome: outcome.reason is Reason.OUT_OF_BUDGET)

    def require_something(self) -> None:
        """Fail when not a single repository could be collected: green means collected."""
        if len(self.missed) < len(self.outcomes):
            return
        raise dg.Failure(
            f"None of {len(self.outcomes)} repositories could be collected: "
            f"{'; '.join(reasons(self.missed))}. Nothing was stored.",
            metadata={"skipped": skipped_table(self.missed)},
        )

    def metadata(self) -> dict[str, Any]:
        """Run metadata for the UI.

        `with_rows` counts repositories that have a row for the run's days; the others answered,
        but nothing is known of those days yet.
        """
        missed = self.missed
        return {
            "repositories_collected": len(self.outcomes) - len(missed),
            "repositories_not_collected": len(missed),
            "skipped": skipped_table(missed),
            **call_cost(self.spending),
            OUTCOMES: dg.MetadataValue.json(
                {
                    "expected": len(self.outcomes),
                    "collected": len(self.outcomes) - len(missed),
                    "with_rows": self.observations["repo_id"].n_unique(),
                    "too_few": too_few(self.outcomes),
                    "left_for_later": sum(one.reason is Reason.OUT_OF_BUDGET for one in missed),
                    "outlook": list(self.outlook),
                    "missed": as_records(missed),
                }
            ),
        }


def gather(
    outcomes: Iterable[Outcome], metric: Metric, days: DayRange, *, run_id: str
) -> Collection:
    """Take in outcomes as they come, and their answers as rows.

    Args:
        outcomes: with their answers.
        metric: whose windows they are.
        days: the traffic days of which rows are wanted.
        run_id: the run that observes them.
    """
    kept: list[Outcome] = []
    rows, latest = [polars_schema(RAW_COLUMNS).to_frame()], [SCHEMA.to_frame()]
    totals = [WINDOW_TOTALS.schema.to_frame()]
    for some in batches(outcomes):
        answers = [outcome.answer for outcome in some if outcome.answer]
        rows.append(
            observations_frame(answers, run_id=run_id, first_day=days.first, last_day=days.last)
        )
        totals.append(window_totals_frame(answers, metric, run_id=run_id))
        latest.append(looks_frame(some))
        kept += [replace(outcome, answer=None, latest=None) for outcome in some]
    observations = pl.concat(rows).sort("repo_id", "day")
    return Collection(kept, observations, pl.concat(latest), pl.concat(totals))


def batches(outcomes: Iterable[Outcome]) -> Iterator[tuple[Outcome, ...]]:
    """The outcomes, some at a time, as they come."""
    coming = iter(outcomes)
    while some := tuple(islice(coming, _AT_ONCE)):
        yield some


def call_cost(spending: Sequence[Spending]) -> dict[str, Any]:
    """Metadata of what a conversation with GitHub cost: in total, and by account if several."""
    told = [account.budget_left for account in spending if account.budget_left is not None]
    cost: dict[str, Any] = {
        "calls_made": sum(account.calls_made for account in spending),
        "calls_spent": sum(account.calls_spent for account in spending),
        "budget_left": sum(told) if told else "no limit told",
    }
    if len(spending) > 1:
        columns = ["account", "calls_made", "calls_spent", "budget_left"]
        cost[ACCOUNTS] = rows_value([asdict(account) for account in spending], columns)
    return cost


def too_few(outcomes: list[Outcome]) -> bool:
    """Whether an outage took more than one repository and more than a tenth of them.

    Repositories that GitHub refuses for good (no right, gone, blocked) are listed and do not
    count: asking again would not bring them. Nor do those that wait for their turn, because
    GitHub's budget does not reach for all: what that costs, the outlook says.
    """
    passing = sum(
        outcome.heals_by_itself and outcome.reason is not Reason.OUT_OF_BUDGET
        for outcome in outcomes
    )
    return passing > max(1, len(outcomes) // _TOLERATED_SHARE)


def reasons(missed: Iterable[Outcome]) -> list[str]:
    """How often each reason occurred, with the first repository's detail."""
    missed = list(missed)
    counts = Counter(outcome.reason for outcome in missed)
    details = {outcome.reason: outcome.detail for outcome in reversed(missed)}
    return [
        f"{count} x {reason}{f' ({details[reason]})' if details[reason] else ''}"
        for reason, count in counts.most_common()
    ]


def as_records(outcomes: Iterable[Outcome]) -> list[dict[str, str]]:
    """Outcomes as plain records, at most a hundred."""
    return [
        {
            "repository": outcome.full_name,
            "reason": outcome.reason.value,
            "detail": outcome.detail,
        }
        for outcome in list(outcomes)[:_LISTED]
    ]


def skipped_table(outcomes: Iterable[Outcome]) -> dg.TableMetadataValue:
    """Outcomes as a table for the UI."""
    return rows_value(as_records(outcomes), ["repository", "reason", "detail"])
