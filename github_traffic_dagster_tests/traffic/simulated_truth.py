"""A GitHub in memory that knows the true traffic and answers windows that are odd in known ways.

A lagging end, 14 or 15 days, a truncated oldest day, recent days that are not yet whole.
"""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from github_traffic_dagster.traffic.answers import DayEntry, WindowAnswer
from github_traffic_dagster_tests.traffic.strategies import TOTALS

Figures = tuple[int, int]


@dataclass(frozen=True)
class Oddities:
    """How one answer is odd.

    Attributes:
        lag: days between today and the newest day published, 0 to 2.
        length: days of the window, 14 or 15.
        start_lags: whether the window's start lags with its end.
    """

    lag: int = 0
    length: int = 14
    start_lags: bool = False

    @classmethod
    def any(cls, chance: random.Random) -> "Oddities":
        """Any of the combinations."""
        return cls(chance.choice([0, 1, 2]), chance.choice([14, 15]), chance.random() < 0.5)


@dataclass
class SimulatedTruth:
    """A repository's true traffic; days without any are not in `traffic`."""

    repo_id: int
    created_at: datetime
    traffic: dict[date, Figures] = field(default_factory=dict)

    @classmethod
    def drawn(
        cls, chance: random.Random, repo_id: int, created_at: datetime, days: int
    ) -> "SimulatedTruth":
        """Random traffic for `days` days from the creation on, every second day none."""
        truth = cls(repo_id, created_at)
        for offset in range(days):
            if chance.random() < 0.5:
                uniques = chance.randrange(1, 9)
                day = created_at.date() + timedelta(days=offset)
                truth.traffic[day] = (uniques + chance.randrange(9), uniques)
        return truth

    def of(self, day: date) -> Figures:
        """The truth about a day."""
        return self.traffic.get(day, (0, 0))

    def answer(self, observed_at: datetime, odd: Oddities, chance: random.Random) -> WindowAnswer:
        """What GitHub says at a moment: exact for days two full days past and not truncated."""
        today = observed_at.date()
        end = today - timedelta(days=odd.lag)
        start = (end if odd.start_lags else today) - timedelta(days=odd.length - 1)
        entries = []
        for offset in range((end - start).days + 1):
            day = start + timedelta(days=offset)
            unsure = day == start or (today - day).days <= 2
            count, uniques = self._part(day, chance) if unsure else self.of(day)
            if count:
                entries.append(DayEntry(day, count, uniques))
        return WindowAnswer(
            self.repo_id,
            f"octo/r{self.repo_id}",
            self.created_at,
            observed_at,
            tuple(entries),
            TOTALS,
        )

    def _part(self, day: date, chance: random.Random) -> Figures:
        """Nothing, all or a part of a day."""
        count, uniques = self.of(day)
        seen = chance.randint(0, count)
        return seen, min(chance.randint(0, uniques), seen)


def at(day: date, chance: random.Random) -> datetime:
    """A moment of a day, often one of its first and last microseconds."""
    some = time(chance.randrange(24), chance.randrange(60))
    moment = chance.choice([time(0), time(23, 59, 59, 999_999), some])
    return datetime.combine(day, moment, tzinfo=UTC)
