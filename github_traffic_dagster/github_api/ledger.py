"""Decide whether one more request may be sent now. Pure: the caller brings the time.

Three limits of GitHub's are kept by construction, none by being refused:
at most so many requests under way, at most so many points in any minute, and the hourly budget.
https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api

All times are seconds of one monotonic clock.
"""

from collections import deque
from dataclasses import dataclass

from github_traffic_dagster.github_api.headers import Budget

MINUTE = 60.0
HOUR = 3600.0

_SHORTEST_PAUSE = 1.0
_MARGIN = 1.0  # GitHub tells its reset in whole seconds


@dataclass(frozen=True, slots=True)
class Decision:
    """What the next request has to do.

    Attributes:
        go: it may be sent now.
        until: when to ask again; None means after the next answer.
        why: which limit holds it back, for people.
    """

    go: bool = False
    until: float | None = None
    why: str = ""


GO = Decision(go=True)
AFTER_AN_ANSWER = Decision()


class Ledger:
    """The account of requests sent and answered. Not thread-safe: `Limiter` holds the lock.

    A request counts from its sending until a minute after its answer came. GitHub stamps it
    somewhere in between, so that no minute of GitHub's clock can see more than `points`.
    """

    def __init__(self, *, workers: int, points: int) -> None:
        self._workers = workers
        self._points = points
        self._under_way = 0
        self._points_under_way = 0
        self._answered: deque[float] = deque()
        self._remaining: int | None = None
        self._limit = 0
        self._heard = False
        self._reset = 0
        self._reset_at = 0.0
        self._paused_until = 0.0
        self._pause_why = ""
        self._refusals_in_a_row = 0

    @property
    def budget_left(self) -> int | None:
        """Requests left in this hour as last told; None when not told yet."""
        return self._remaining

    def reachable(self, now: float, patience: float) -> int | None:
        """Requests that the hourly budget allows within `patience` seconds; None if not told."""
        if self._remaining is None:
            return None
        to_reset = max(self._reset_at - now, 0.0)
        if to_reset > patience:
            return self._remaining
        return self._remaining + self._limit * (1 + int((patience - to_reset) // HOUR))

    def decide(self, now: float, points: int = 1) -> Decision:
        """May one more request of so many points be sent at `now`?"""
        if now < self._paused_until:
            return Decision(until=self._paused_until, why=self._pause_why)
        if self._under_way >= self._workers:
            return AFTER_AN_ANSWER
        held = self._held_by_budget(now) or self._held_by_minute(now, points)
        return held or GO

    def sent(self, points: int = 1) -> None:
        """A request goes out."""
        self._under_way += 1
        self._points_under_way += points

    def answered(self, now: float, points: int = 1) -> None:
        """Its answer came, or it was given up."""
        self._heard = True
        self._under_way -= 1
        self._points_under_way -= points
        self._answered.extend([now] * points)

    def accepted(self) -> None:
        """GitHub served a request, so that the next refusal is the first of its kind again."""
        self._refusals_in_a_row = 0

    def told(self, budget: Budget, reset_at: float) -> None:
        """Take in the budget of one answer; answers may arrive in another order than they left.

        Args:
            budget: as in the headers.
            reset_at: `budget.reset` on the monotonic clock.
        """
        if budget.reset > self._reset:
            self._remaining = budget.remaining
        elif budget.reset == self._reset and self._remaining is not None:
            self._remaining = min(self._remaining, budget.remaining)
        else:
            return
        self._limit = budget.limit
        self._reset = budget.reset
        self._reset_at = reset_at + _MARGIN

    def refused(
        self, now: float, *, primary: bool, retry_after: float | None, reset_in: float | None
    ) -> None:
        """GitHub said "too many": stay away as long as it asks for.

        Without a hint the documentation asks for a minute, and for longer each time.

        Args:
            now: monotonic seconds.
            primary: the hourly budget is used up.
            retry_after: seconds from the header of that name.
            reset_in: seconds until the hourly budget is full again; may be past by a wrong clock.
        """
        if retry_after is not None:
            wait = max(retry_after, _SHORTEST_PAUSE)
        elif primary and reset_in is not None and reset_in > 0:
            wait = reset_in + _MARGIN
        elif now < self._paused_until:
            return  # one of several that were under way when the first of them was refused
        else:
            wait = MINUTE * 2**self._refusals_in_a_row
            self._refusals_in_a_row += 1
        why = "GitHub's hourly limit" if primary else "GitHub's secondary limit"
        self.pause(now + wait, why)

    def pause(self, until: float, why: str) -> None:
        """Nothing is sent before `until`; a longer pause that already holds is kept."""
        if until > self._paused_until:
            self._paused_until = until
            self._pause_why = why

    def _held_by_budget(self, now: float) -> Decision | None:
        if self._remaining is not None and now >= self._reset_at:
            self._remaining, self._heard = None, False
        if self._remaining is None:
            # Not told yet, or a new hour: one request finds out. Others may use the budget too.
            return AFTER_AN_ANSWER if self._under_way and not self._heard else None
        if self._remaining == 0:
            return Decision(until=self._reset_at, why="GitHub's hourly limit")
        # Those under way may not be counted in the last answer's figure yet.
        return AFTER_AN_ANSWER if self._under_way >= self._remaining else None

    def _held_by_minute(self, now: float, points: int) -> Decision | None:
        while self._answered and self._answered[0] + MINUTE <= now:
            self._answered.popleft()
        counted = self._points_under_way + len(self._answered)
        surplus = counted + min(points, self._points) - self._points
        if surplus <= 0:
            return None
        if surplus > len(self._answered):
            return AFTER_AN_ANSWER
        until = self._answered[surplus - 1] + MINUTE
        return Decision(until=until, why="GitHub's limit of points a minute")
