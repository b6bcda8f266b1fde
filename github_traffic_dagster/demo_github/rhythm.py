"""Plausible traffic as a function of the day, so that a world needs to store none of it."""

import hashlib
import math
from dataclasses import dataclass
from datetime import date

from github_traffic_dagster.demo_github.repository import DayTotals

_SATURDAY = 5
RELEASE_EVERY = 14
_A_RELEASE_WEDNESDAY = 3
_SPIKE_LASTS = 5


def days_since_release(day: date) -> int:
    """Days since the last release: there is one every second Wednesday."""
    return (day.toordinal() - _A_RELEASE_WEDNESDAY) % RELEASE_EVERY


@dataclass(frozen=True)
class Rhythm:
    """Views or clones of one repository. Call it with a day: (count, uniques) of that day.

    The same seed and day give the same totals in every process and year.

    Attributes:
        seed: makes this series different from others.
        usual: what an ordinary working day has on average.
        weekend: share of it on Saturdays and Sundays.
        release: how many ordinary days' worth a release brings on top, halved day by day. There
            is one every second Wednesday, so each window of two weeks holds exactly one.
    """

    seed: str
    usual: float
    weekend: float = 0.35
    release: float = 0.0

    def __call__(self, day: date) -> DayTotals:
        """(count, uniques) of the finished day."""
        swing = 0.6 + 0.8 * self._chance(day, "swing")
        level = self.usual * (self.weekend if day.weekday() >= _SATURDAY else 1.0) * swing
        since_release = days_since_release(day)
        if since_release < _SPIKE_LASTS:
            level += self.usual * self.release / 2**since_release
        count = math.floor(level + self._chance(day, "rounding"))
        share = 0.3 + 0.3 * self._chance(day, "visitors")
        return count, min(count, max(1, round(count * share)))

    def _chance(self, day: date, about: str) -> float:
        """A number from 0 up to 1 that is always the same for this series, day and question."""
        digest = hashlib.sha256(f"{self.seed}/{about}/{day.isoformat()}".encode()).digest()
        return int.from_bytes(digest[:8], "big") / 2**64
