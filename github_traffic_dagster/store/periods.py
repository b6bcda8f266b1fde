"""The period whose rows of a table lie together, in one folder and in the end in one file.

A settled period costs a table one file for ever: years give each table a file a year, months
twelve. But each run merges its window into the running period's file, which is written anew, and
that file is the larger the longer the period is. So a table is laid out by years, and by months
where a great number of repositories would make that cost too much. It is chosen once, when the
table is created; `export` and `import` move a store that has outgrown its choice.
"""

import calendar
from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Final

import polars as pl

LARGE: Final = 1_000
"""So many repositories are laid out by months.

What a run of December costs by years and by months (`benchmarks/periods.py`, medians of ten):

| repositories | processor, ms | memory, MB | a golden file, kB |
|---|---|---|---|
| 500 | 352, 273 | 443, 350 | 1,228, 121 |
| 1,000 | 574, 413 | 628, 406 | 2,000, 195 |
| 2,000 | 1,159, 547 | 851, 497 | 6,116, 572 |

Up to 1,000, years cost a run, which asks GitHub 2,000 times, less than 0.2 s of processor time.
At 2,000 they double it, and 30 to 60 such files of three tables lie there for time travel.
"""


class Period(StrEnum):
    """How long a table's periods are. A period goes by its first day."""

    YEAR = "year"
    MONTH = "month"

    def first_day(self, day: date) -> date:
        """The period that a day lies in."""
        return day.replace(month=1, day=1) if self is Period.YEAR else day.replace(day=1)

    def last_day(self, first_day: date) -> date:
        """The last day of a period."""
        month = 12 if self is Period.YEAR else first_day.month
        return first_day.replace(month=month, day=calendar.monthrange(first_day.year, month)[1])

    def first_days(self, days: Iterable[date]) -> list[date]:
        """The periods that some days lie in, ascending."""
        return sorted({self.first_day(day) for day in days})

    def months(self, first_day: date) -> list[date]:
        """The months of a period, by their first days: what is held in memory at once of it."""
        months = range(1, 13) if self is Period.YEAR else [first_day.month]
        return [first_day.replace(month=month) for month in months]

    def shown(self, first_day: date) -> str:
        """A period as people write it: 2026 or 2026-11."""
        return f"{first_day:%Y}" if self is Period.YEAR else f"{first_day:%Y-%m}"

    def of_day(self) -> pl.Expr:
        """The period of each row's `day`."""
        return pl.col("day").dt.truncate("1y" if self is Period.YEAR else "1mo")


def suitable_period(repositories: int) -> Period:
    """The period for a new table that will hold rows of so many repositories."""
    return Period.MONTH if repositories >= LARGE else Period.YEAR


def period_for(rows: pl.DataFrame) -> Period:
    """The period for a new table whose first rows these are."""
    return suitable_period(rows["repo_id"].n_unique())


def period_by_folders(first_days: Iterable[date]) -> Period:
    """What a table is laid out by, going by the folders of its data files.

    A table by months that has only Januaries is taken for one by years: that covers its months too.
    """
    januaries = all((day.month, day.day) == (1, 1) for day in first_days)
    return Period.YEAR if januaries else Period.MONTH
