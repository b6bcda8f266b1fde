"""What one look at GitHub brought: answers, and a typed outcome for every repository."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import dagster as dg

from github_traffic_dagster.assets.ui_metadata import rows_value
from github_traffic_dagster.github_api.conversation import Spending
from github_traffic_dagster.github_api.outcomes import Outcome
from github_traffic_dagster.traffic.answers import WindowAnswer

OUTCOMES: Final = "outcomes"
"""Metadata entry (JSON) that the checks and the command line's summary read."""
ACCOUNTS: Final = "accounts"
"""Metadata entry (a table) of what each account was asked, and of its budget."""

_LISTED: Final = 100
_TOLERATED_SHARE: Final = 10


@dataclass(frozen=True, slots=True)
class Collection:
    """The outcomes of one asset's collection, and what it cost."""

    outcomes: list[Outcome]
    spending: tuple[Spending, ...]

    @property
    def answers(self) -> Iterable[WindowAnswer]:
        """The valid answers."""
        return (outcome.answer for outcome in self.outcomes if outcome.answer)

    @property
    def missed(self) -> list[Outcome]:
        """The repositories that were not collected."""
        return [outcome for outcome in self.outcomes if not outcome.collected]

    def require_something(self) -> None:
        """Fail when not a single repository could be collected: green means collected."""
        if len(self.missed) < len(self.outcomes):
            return
        raise dg.Failure(
            f"None of {len(self.outcomes)} repositories could be collected: "
            f"{'; '.join(reasons(self.missed))}. Nothing was stored.",
            metadata={"skipped": skipped_table(self.missed)},
        )

    def metadata(self, *, with_rows: int) -> dict[str, Any]:
        """Run metadata for the UI.

        Args:
            with_rows: repositories that have a row for the run's days; the others answered, but
                nothing is known of those days yet.
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
                    "with_rows": with_rows,
                    "too_few": too_few(self.outcomes),
                    "missed": as_records(missed),
                }
            ),
        }


def call_cost(spending: Sequence[Spending]) -> dict[str, Any]:
    """Metadata of what a conversation with GitHub cost: in total, and by account if several."""
    told = [account.budget_left for account in spending if account.budget_left is not None]
    cost: dict[str, Any] = {
        "calls_made": sum(account.calls_made for account in spending),
        "budget_left": sum(told) if told else "no limit told",
    }
    if len(spending) > 1:
        columns = ["account", "calls_made", "budget_left"]
        cost[ACCOUNTS] = rows_value([asdict(account) for account in spending], columns)
    return cost


def too_few(outcomes: list[Outcome]) -> bool:
    """Whether an outage took more than one repository and more than a tenth of them.

    Repositories that GitHub refuses for good (no right, gone, blocked) are listed and do not
    count: asking again would not bring them.
    """
    passing = sum(outcome.heals_by_itself for outcome in outcomes)
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
