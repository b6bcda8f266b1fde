"""How much of the truth GitHub shows: its two-week window with all its known oddities.

Source: https://docs.github.com/en/rest/metrics/traffic, and what trackers recorded over years.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby

from github_traffic_dagster.demo_github.repository import DayTotals

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of an answer: a day, or a week named by its Monday."""

    day: date
    count: int
    uniques: int


@dataclass
class Window:
    """What an answer covers: today - (window_days - 1) up to today - window_end_lag.

    Attributes:
        window_days: 14 or 15, both occur; the most entries an answer can have.
        window_end_lag: 0, 1 or 2: the newest day told is today's, yesterday's or the one before.
            The oldest day stays where it is.
        truncate_oldest: the share of the truth that the oldest day still shows, rounded down.
        zeros_incident: everybody's answer says zero for every day, as on 2019-08-21.
    """

    window_days: int = 14
    window_end_lag: int = 0
    truncate_oldest: float | None = None
    zeros_incident: bool = False

    def days(self, today: date) -> list[date]:
        """The days an answer given on `today` covers, oldest first."""
        ages = range(self.window_days - 1, self.window_end_lag - 1, -1)
        return [today - timedelta(days=age) for age in ages]

    def daily(self, truth: Callable[[date], DayTotals], now: datetime) -> list[Entry]:
        """The entries an answer at `now` shows, oldest first; days without traffic are omitted."""
        days = self.days(now.astimezone(UTC).date())
        if self.zeros_incident:
            return [Entry(day, 0, 0) for day in days]
        entries = (Entry(day, *self._visible(day, truth(day), now, days[0])) for day in days)
        return [entry for entry in entries if entry.count > 0]

    def _visible(self, day: date, totals: DayTotals, now: datetime, oldest: date) -> DayTotals:
        """What of a day's totals can be seen at `now`: today's share so far, the oldest's rest."""
        elapsed = min(max(now - datetime(day.year, day.month, day.day, tzinfo=UTC), _DAY * 0), _DAY)
        share = self.truncate_oldest if day == oldest and self.truncate_oldest is not None else 1.0
        count, uniques = (math.floor(elapsed * total // _DAY * share) for total in totals)
        # Whoever was counted came at least once: there is no view without a visitor.
        return count, max(uniques, min(count, totals[1], 1))


def weekly(entries: Iterable[Entry]) -> list[Entry]:
    """The same entries summed up by weeks that begin on Monday, oldest first."""
    by_monday = groupby(entries, key=lambda entry: entry.day - timedelta(days=entry.day.weekday()))
    weeks = ((monday, list(days)) for monday, days in by_monday)
    return [Entry(monday, sum(d.count for d in days), uniques_of(days)) for monday, days in weeks]


def uniques_of(entries: Sequence[Entry]) -> int:
    """Distinct people over several days: at least the busiest day's, fewer than the days' sum.

    Half of the other days' visitors are taken to have come back.
    """
    uniques = [entry.uniques for entry in entries]
    most = max(uniques, default=0)
    return most + (sum(uniques) - most) // 2
