"""GitHub's documented limits, enforced, with every attempt to exceed one counted.

Source: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api.
Simplified to the strict side: requests under way and points a minute are counted over all tokens
together, as for one account.
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
        points_per_minute: in any `minute`; a GET is one point.
        hourly: requests of a token in the `hour` that its first request opens.
        minute: seconds; shorten it to see a limit pass within a test.
        hour: seconds, likewise.
    """

    concurrent: int = 100
    points_per_minute: int = 900
    hourly: int = 5000
    minute: float = 60.0
    hour: float = 3600.0


@dataclass
class _Budget:
    """A token's hour: when it ends (epoch seconds) and how much of it is used."""

    reset: float
    used: int = 0


@dataclass
class LimitGate:
    """Lets requests pass or refuses them. Belongs to one event loop, so it needs no lock.

    Attributes:
        limits: what is allowed; may be replaced at any time.
        violations: refused requests by the name of the limit: "concurrent", "points_per_minute"
            or "hourly".
        under_way: requests that passed and are not answered yet.
        most_under_way: the largest number of requests under way at once so far.
    """

    limits: Limits
    violations: Counter[str] = field(default_factory=Counter)
    under_way: int = 0
    most_under_way: int = 0
    _points: deque[float] = field(default_factory=deque)
    _budgets: dict[str, _Budget] = field(default_factory=dict)

    def refuse(self, token: str, *, counted: bool) -> Answer | None:
        """The refusal of a request that would exceed a limit; None lets it pass.

        Args:
            token: whose hourly budget to charge.
            counted: whether the request costs anything of that budget.
        """
        if self.under_way >= self.limits.concurrent:
            self.violations["concurrent"] += 1
            return secondary_limit_answer(retry_after=1)
        if wait := self._seconds_until_a_point_is_free():
            self.violations["points_per_minute"] += 1
            return secondary_limit_answer(math.ceil(wait), HTTPStatus.TOO_MANY_REQUESTS)
        budget = self._budget(token)
        if counted and budget.used >= self.limits.hourly:
            self.violations["hourly"] += 1
            return primary_limit_answer(math.ceil(budget.reset))
        self._points.append(time.monotonic())
        budget.used += counted
        return None

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Counts a request that passed as under way."""
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            yield
        finally:
            self.under_way -= 1

    def refund(self, token: str) -> None:
        """Give back what a 304 does not cost."""
        budget = self._budget(token)
        budget.used = max(budget.used - 1, 0)

    def state(self, token: str) -> RateState:
        """A token's hour as its headers tell it."""
        budget = self._budget(token)
        return RateState(self.limits.hourly, budget.used, math.ceil(budget.reset))

    def _budget(self, token: str) -> _Budget:
        budget = self._budgets.get(token)
        if budget is None or budget.reset <= time.time():
            budget = self._budgets[token] = _Budget(time.time() + self.limits.hour)
        return budget

    def _seconds_until_a_point_is_free(self) -> float:
        """0 when a request may come now."""
        now = time.monotonic()
        while self._points and self._points[0] <= now - self.limits.minute:
            self._points.popleft()
        if len(self._points) < self.limits.points_per_minute:
            return 0.0
        return self._points[-self.limits.points_per_minute] + self.limits.minute - now
