"""GitHub's documented limits, enforced, with every attempt to exceed one counted.

Source: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api.
Each account has all three for itself: a user, an installation of an App, an App as such.
"""

import math
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus

from github_traffic_dagster.demo_github.answers import Answer, RateState
from github_traffic_dagster.demo_github.faults import primary_limit_answer, secondary_limit_answer


@dataclass(frozen=True)
class Limits:
    """How much is allowed. All in real time, so that a client's waits make sense.

    Attributes:
        concurrent: requests under way at once.
        points_per_minute: in any `minute`; a GET is one point, a POST five.
        hourly: requests in the `hour` that the first request opens; some accounts have their own.
        minute: seconds; shorten it to see a limit pass within a test.
        hour: seconds, likewise.
    """

    concurrent: int = 100
    points_per_minute: int = 900
    hourly: int = 5000
    minute: float = 60.0
    hour: float = 3600.0


@dataclass
class _Standing:
    """An account's requests: when its hour ends (epoch seconds), how much of it is used."""

    hourly: int | None
    reset: float = 0.0
    used: int = 0
    under_way: int = 0
    points: deque[float] = field(default_factory=deque)


@dataclass
class LimitGate:
    """Lets requests pass or refuses them. Belongs to one event loop, so it needs no lock.

    Attributes:
        limits: what is allowed; may be replaced at any time.
        violations: refused requests by the name of the limit: "concurrent", "points_per_minute"
            or "hourly"; of all accounts together.
        under_way: requests that passed and are not answered yet.
        most_under_way: the largest number of requests under way at once so far.
    """

    limits: Limits
    violations: Counter[str] = field(default_factory=Counter)
    under_way: int = 0
    most_under_way: int = 0
    _standings: dict[str, _Standing] = field(default_factory=dict)

    def refuse(self, account: str, *, counted: bool, points: int = 1) -> Answer | None:
        """The refusal of a request that would exceed a limit; None lets it pass.

        Args:
            account: whom to charge.
            counted: whether the request costs anything of the hourly budget.
            points: what it costs of the minute's.
        """
        standing = self._standing(account)
        if standing.under_way >= self.limits.concurrent:
            self.violations["concurrent"] += 1
            return secondary_limit_answer(retry_after=1)
        if wait := self._seconds_until_free(standing, points):
            self.violations["points_per_minute"] += 1
            return secondary_limit_answer(math.ceil(wait), HTTPStatus.TOO_MANY_REQUESTS)
        if counted and standing.used >= self._hourly(standing):
            self.violations["hourly"] += 1
            return primary_limit_answer(math.ceil(standing.reset))
        standing.points.extend([time.monotonic()] * points)
        standing.used += counted
        return None

    @contextmanager
    def passing(self, account: str) -> Iterator[None]:
        """Counts a request that passed as under way."""
        standing = self._standing(account)
        standing.under_way += 1
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            yield
        finally:
            standing.under_way -= 1
            self.under_way -= 1

    def refund(self, account: str) -> None:
        """Give back what a 304 does not cost."""
        standing = self._standing(account)
        standing.used = max(standing.used - 1, 0)

    def state(self, account: str, hourly: int | None = None) -> RateState:
        """An account's hour as its headers tell it.

        Args:
            account: whose.
            hourly: its own budget from now on; None: the one in `limits`.
        """
        standing = self._standing(account)
        standing.hourly = hourly
        return RateState(self._hourly(standing), standing.used, math.ceil(standing.reset))

    def _hourly(self, standing: _Standing) -> int:
        return self.limits.hourly if standing.hourly is None else standing.hourly

    def _standing(self, account: str) -> _Standing:
        standing = self._standings.setdefault(account, _Standing(hourly=None))
        if standing.reset <= time.time():
            standing.used, standing.reset = 0, time.time() + self.limits.hour
        return standing

    def _seconds_until_free(self, standing: _Standing, points: int) -> float:
        """0 when a request of so many points may come now."""
        now, known = time.monotonic(), standing.points
        while known and known[0] <= now - self.limits.minute:
            known.popleft()
        most = self.limits.points_per_minute
        surplus = len(known) + min(points, most) - most
        return known[surplus - 1] + self.limits.minute - now if surplus > 0 else 0.0
