"""The one gate that all threads of a run send their requests through.

`ledger` decides; this module waits, tells whoever wants to know, and gives up in time. The ledger
outlives a run's sessions: views and clones are asked for by one session each, within the same
minute.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Condition, Lock, RLock

from github_traffic_dagster.github_api.access import MOST_AT_ONCE, POINTS_PER_MINUTE, Access
from github_traffic_dagster.github_api.headers import Headers, read_budget, read_retry_after
from github_traffic_dagster.github_api.ledger import Decision, Ledger
from github_traffic_dagster.github_api.troubles import CancelledError, OutOfBudgetError

OnWait = Callable[[datetime, str], None]
"""Called with the moment at which waiting ends (UTC) and the limit that asks for it."""

_WORTH_TELLING = 1.0  # seconds


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Account:
    """A credential's ledger at one GitHub, and the lock around it, for a process' sessions."""

    def __init__(self, *, workers: int, points_per_minute: int = POINTS_PER_MINUTE) -> None:
        self.ledger = Ledger(
            workers=min(workers, MOST_AT_ONCE), points=min(points_per_minute, POINTS_PER_MINUTE)
        )
        self.changed = Condition(RLock())


_ACCOUNTS: dict[tuple[str, str, int, int], Account] = {}
_ACCOUNTS_LOCK = Lock()


def account_of(access: Access, name: str) -> Account:
    """The account that every session of this name, host and limits shares."""
    key = (access.api_url, name, access.workers, access.points_per_minute)
    with _ACCOUNTS_LOCK:
        return _ACCOUNTS.setdefault(
            key, Account(workers=access.workers, points_per_minute=access.points_per_minute)
        )


class Limiter:
    """Keeps GitHub's limits for all threads together; every method may be called from any.

    Args:
        account: what was sent with this credential so far, by this session and others.
        max_wait: seconds during which anybody may wait for a limit, in total. Threads that wait
            at the same time are counted once.
        allowance: requests of the hourly budget that may be spent; None means what GitHub allows.
            Answers of 304 cost nothing.
        on_wait: told once about each wait of a second or more, from the thread that waits.
        monotonic: seconds that never go back.
        wall: the present (UTC); GitHub tells its reset as a time of day.
    """

    def __init__(
        self,
        *,
        account: Account,
        max_wait: float,
        allowance: int | None = None,
        on_wait: OnWait | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._ledger = account.ledger
        self._changed = account.changed
        self._sent = 0
        self._unchanged = 0
        self._under_way = 0
        self._allowance = allowance
        self._max_wait = max_wait
        self._on_wait = on_wait
        self._monotonic = monotonic
        self._wall = wall
        self._cancelled = False
        self._waiting = 0
        self._waiting_since = 0.0
        self._waited_before = 0.0
        self._told_until = float("-inf")

    @property
    def sent(self) -> int:
        """Requests sent so far, redirects and repetitions included."""
        with self._changed:
            return self._sent

    @property
    def spent(self) -> int:
        """Requests that cost GitHub's hourly budget something: those sent, without the 304s."""
        with self._changed:
            return self._sent - self._unchanged

    @property
    def allowance(self) -> int | None:
        """Requests that may be spent in all; None means what GitHub allows."""
        with self._changed:
            return self._allowance

    @allowance.setter
    def allowance(self, requests: int | None) -> None:
        with self._changed:
            self._allowance = requests
            self._changed.notify_all()

    @property
    def budget_left(self) -> int | None:
        """Requests left in this hour, as GitHub last told it; None before it did."""
        with self._changed:
            return self._ledger.budget_left

    @property
    def reachable(self) -> int | None:
        """Requests of the hourly budget that this run can wait for; None before GitHub told."""
        with self._changed:
            patience = max(self._max_wait - self.waited, 0.0)
            return self._ledger.reachable(self._monotonic(), patience)

    @property
    def waited(self) -> float:
        """Seconds during which at least one thread waited for a limit."""
        with self._changed:
            running = self._monotonic() - self._waiting_since if self._waiting else 0.0
            return self._waited_before + running

    @contextmanager
    def slot(self, points: int = 1) -> Iterator[None]:
        """Wait until one request may be sent; it counts as under way inside the block.

        Args:
            points: what it costs of the minute's.

        Raises:
            OutOfBudgetError: a limit lifts too late for this run, or its allowance is spent.
            CancelledError: the run is over.
        """
        with self._changed:
            self._wait_for_go(points)
            self._ledger.sent(points)
            self._sent += 1
            self._under_way += 1
        try:
            yield
        finally:
            with self._changed:
                self._under_way -= 1
                self._ledger.answered(self._monotonic(), points)
                self._changed.notify_all()

    def learn(self, headers: Headers) -> None:
        """Take in the hourly budget from an answer's headers, an error's as well."""
        budget = read_budget(headers)
        if budget is not None:
            with self._changed:
                self._ledger.told(budget, self._monotonic() + self._seconds_to(budget.reset))

    def accepted(self) -> None:
        """An answer was no refusal."""
        with self._changed:
            self._ledger.accepted()

    def unchanged(self) -> None:
        """An answer was a 304, which costs nothing of the hourly budget."""
        with self._changed:
            self._unchanged += 1

    def refused(self, headers: Headers, *, primary: bool) -> None:
        """GitHub answered "too many": all threads pause as its headers ask."""
        budget = read_budget(headers)
        with self._changed:
            self._ledger.refused(
                self._monotonic(),
                primary=primary,
                retry_after=read_retry_after(headers, self._wall()),
                reset_in=None if budget is None else self._seconds_to(budget.reset),
            )

    def pause_until(self, when: datetime, why: str) -> None:
        """Send nothing before `when` (UTC)."""
        with self._changed:
            seconds = (when - self._wall()).total_seconds()
            self._ledger.pause(self._monotonic() + seconds, why)

    def cancel(self) -> None:
        """Wake everybody who waits; from now on nothing is sent."""
        with self._changed:
            self._cancelled = True
            self._changed.notify_all()

    def _wait_for_go(self, points: int) -> None:
        while True:
            if self._cancelled:
                raise CancelledError("This session with GitHub is over; open another one.")
            if self._is_allowance_spent():
                self._changed.wait()
                continue
            decision = self._ledger.decide(self._monotonic(), points)
            if decision.go:
                return
            if decision.until is None:
                self._changed.wait()
            else:
                self._wait_for_limit(decision.until, decision)

    def _is_allowance_spent(self) -> bool:
        """Whether to wait for an answer that may turn out to have cost nothing."""
        if self._allowance is None or self._sent - self._unchanged < self._allowance:
            return False
        if self._under_way:
            return True
        raise OutOfBudgetError(
            f"this run's share of GitHub's hourly budget, {self._allowance} requests, is spent"
        )

    def _wait_for_limit(self, until: float, decision: Decision) -> None:
        """Wait until `until` or until something changes; refuse what this run can't afford."""
        now = self._monotonic()
        ends = self._wall() + timedelta(seconds=until - now)
        if self.waited + until - now > self._max_wait:
            raise OutOfBudgetError(
                f"{decision.why} lifts at {ends:%Y-%m-%d %H:%M:%S} UTC; a run waits for limits"
                f" {self._max_wait:.0f} seconds at most"
            )
        self._tell(until, now, ends, decision.why)
        if self._waiting == 0:
            self._waiting_since = now
        self._waiting += 1
        try:
            self._changed.wait(until - now)
        finally:
            self._waiting -= 1
            if self._waiting == 0:
                self._waited_before += self._monotonic() - self._waiting_since

    def _tell(self, until: float, now: float, ends: datetime, why: str) -> None:
        news = until > self._told_until + _WORTH_TELLING and until - now >= _WORTH_TELLING
        if news and self._on_wait is not None:
            self._told_until = until
            self._on_wait(ends, why)

    def _seconds_to(self, epoch: int) -> float:
        return epoch - self._wall().timestamp()
