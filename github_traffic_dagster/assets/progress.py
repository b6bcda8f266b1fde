"""How far a collection is: said in the run's log, or drawn by the command line."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Final, Protocol

import dagster as dg

from github_traffic_dagster.github_api.outcomes import Outcome, Reason

OnOutcome = Callable[[Outcome], None]
_SECONDS_BETWEEN_LINES: Final = 10
_NAMED: Final = 50
"""Repositories named for each reason: every line is kept with the run, and takes 10 ms."""


class Progress(Protocol):
    """What the assets tell while they work."""

    def track(
        self, log: dg.DagsterLogManager, label: str, total: int
    ) -> AbstractContextManager[OnOutcome]:
        """Follow `total` repositories; the callback takes each outcome as it arrives."""

    def waiting(self, log: dg.DagsterLogManager, until: datetime, why: str) -> None:
        """GitHub's limits make the run wait."""


class LogProgress:
    """A line in the run's log every few seconds, and one at the end."""

    @contextmanager
    def track(self, log: dg.DagsterLogManager, label: str, total: int) -> Iterator[OnOutcome]:
        """Count outcomes and log them now and then."""
        done, said_at = 0, time.monotonic()
        missed = Counter[Reason]()

        def on_outcome(outcome: Outcome) -> None:
            nonlocal done, said_at
            done += 1
            if not outcome.collected:
                missed[outcome.reason] += 1
                if missed[outcome.reason] <= _NAMED:
                    log.warning(f"{outcome.full_name}: {outcome.reason}. {outcome.detail}")
            if time.monotonic() - said_at > _SECONDS_BETWEEN_LINES:
                said_at = time.monotonic()
                log.info(f"{label}: {done} of {total} repositories")

        yield on_outcome
        for reason, times in missed.items():
            if times > _NAMED:
                log.warning(f"{label}: {times - _NAMED} more repositories: {reason}")
        log.info(f"{label}: {done} of {total} repositories")

    def waiting(self, log: dg.DagsterLogManager, until: datetime, why: str) -> None:
        """Say until when and why."""
        log.warning(waiting_text(until, why))


def heard(outcomes: Iterable[Outcome], on_outcome: OnOutcome) -> Iterator[Outcome]:
    """The outcomes as they come, each of which `on_outcome` hears of first."""
    for outcome in outcomes:
        on_outcome(outcome)
        yield outcome


def waiting_text(until: datetime, why: str) -> str:
    """Until when (UTC) a run waits, and for which limit."""
    return f"Waiting until {until:%H:%M:%S} UTC: {why}"
