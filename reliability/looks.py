"""What a run sees: four days of three repositories, as GitHub's window would show them.

A window's oldest day is truncated and its newest has not ended, so that a later look is neither
always greater nor always smaller. The days lie on both sides of a year's end: a table's write
touches two files, and half of it would show.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import polars as pl

from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.observations import Source
from github_traffic_dagster.traffic.tables import RAW, REPOS

FIRST_DAY: Final = date(datetime.now(UTC).year + 1, 1, 2)
"""The second day of next year: to maintenance both years are as young as a daily run's are."""
WINDOW: Final = 4
REPOSITORIES: Final = {7: "octo/hello", 8: "octo/world", 9: "octo/spoon"}
_CREATED_AT: Final = datetime(2020, 5, 17, tzinfo=UTC)
_SETTLED: Final = {Metric.VIEWS: 90, Metric.CLONES: 30}


@dataclass(frozen=True, slots=True)
class Look:
    """One run's look at GitHub.

    Attributes:
        run_id: the run.
        number: days since the first look.
        hour: of that day (UTC).
        repositories: id and name of those it sees.
        more: added to every count, for runs that compete about the greatest.
        start: the day of the first look; travels along to other processes.
    """

    run_id: str
    number: int
    hour: int = 12
    repositories: tuple[tuple[int, str], ...] = tuple(REPOSITORIES.items())
    more: int = 0
    start: date = FIRST_DAY

    @property
    def day(self) -> date:
        """The day on which it looks."""
        return self.start + timedelta(days=self.number)

    @property
    def observed_at(self) -> datetime:
        """When GitHub answered."""
        return datetime.combine(self.day, time(self.hour), tzinfo=UTC)

    @property
    def first_day(self) -> date:
        """Oldest day of its window."""
        return self.day - timedelta(days=WINDOW - 1)

    def again(self, run_id: str) -> "Look":
        """The same an hour later, by another run."""
        return replace(self, run_id=run_id, hour=self.hour + 1)

    def listing(self) -> pl.DataFrame:
        """Rows of `repos`."""
        rows = [
            {
                "day": day,
                "repo_id": repo_id,
                "owner": full_name.partition("/")[0],
                "name": full_name.partition("/")[2],
                "full_name": full_name,
                "private": False,
                "fork": False,
                "archived": False,
                "created_at": _CREATED_AT,
                "stargazers": 10 + self.number if day == self.day else None,
                "forks": 2 if day == self.day else None,
                "open_issues": 1 if day == self.day else None,
                "traffic_access": True,
                "observed_at": self.observed_at,
            }
            for day in self._days()
            for repo_id, full_name in self.repositories
        ]
        return pl.DataFrame(rows, schema=REPOS.schema)

    def observations(self, metric: Metric) -> pl.DataFrame:
        """Rows of a raw table."""
        rows = [
            {
                "repo_id": repo_id,
                "full_name": full_name,
                "day": day,
                "count": (count := self._count(metric, repo_id, day)),
                "uniques": count // 3,
                "observed_at": self.observed_at,
                "run_id": self.run_id,
                "source": Source.GITHUB_OLDEST if day == self.first_day else Source.GITHUB,
            }
            for day in self._days()
            for repo_id, full_name in self.repositories
        ]
        return pl.DataFrame(rows, schema=RAW[metric].schema)

    def _days(self) -> Iterator[date]:
        return (self.first_day + timedelta(days=n) for n in range(WINDOW))

    def _count(self, metric: Metric, repo_id: int, day: date) -> int:
        settled = _SETTLED[metric] + 7 * (day.toordinal() % 5) + repo_id % 100 + self.more
        return settled // 2 if day in {self.day, self.first_day} else settled
