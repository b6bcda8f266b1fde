"""Histories that hold everything the SQL has to get right.

The days are counted back from today: what GitHub still serves depends on it.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from github_traffic_dagster.store.merging import merge
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.tables import GOLDEN, REPOS, TABLES
from github_traffic_dagster_tests.traffic.rows import golden_row, noon, repos_row

BUSY, MOVED, ONLY_VIEWS, LISTED, NO_ACCESS, SPLIT, PREDECESSOR = range(1, 8)
PARTIAL_AMONG_LOST = date(2021, 1, 15)
EDGES = (time(0, 1), time(23, 59))
VIEWS, CLONES = GOLDEN[Metric.VIEWS].name, GOLDEN[Metric.CLONES].name


@dataclass(frozen=True)
class World:
    """The rows of the three tables that the SQL stands on."""

    repos: pl.DataFrame
    golden_views: pl.DataFrame
    golden_clones: pl.DataFrame

    def store(self, folder: Path) -> None:
        """Write them as the pipeline does."""
        for name in (REPOS.name, VIEWS, CLONES):
            merge(Place(str(folder / name)), TABLES[name], getattr(self, name), run_id="world")

    def golden(self, metric: str) -> pl.DataFrame:
        """The golden rows of views or clones."""
        frame: pl.DataFrame = getattr(self, f"golden_{metric}")
        return frame


def utc_today() -> date:
    """The day it is in UTC."""
    return datetime.now(UTC).date()


def empty_world() -> World:
    """Tables of a store in which nothing has been collected yet."""
    return _world([], [], [])


def full_world() -> World:
    """Years, gaps, partial days, renames and repositories of which little is known."""
    today = utc_today()

    def ago(days: int) -> date:
        return today - timedelta(days=days)

    views = [
        *_history(BUSY, "me/busy", [ago(n) for n in range(800, 0, -1) if n not in range(90, 97)]),
        *_history(MOVED, "lab/new-name", [ago(n) for n in range(70, 0, -1) if n not in (5, 40)]),
        *_history(ONLY_VIEWS, "me/only-views", [ago(n) for n in range(60, 20, -1)]),
        # Over the turn of a year that has 53 ISO weeks.
        *_history(SPLIT, "me/split", _days(date(2020, 12, 20), date(2021, 1, 13))),
        # A partial day alone between two lost ones.
        *_history(SPLIT, "me/split", [PARTIAL_AMONG_LOST]),
        *_history(SPLIT, "me/split", _days(date(2021, 1, 17), date(2021, 1, 20))),
        *_history(PREDECESSOR, "me/busy", _days(date(2019, 3, 1), date(2019, 4, 30))),
    ]
    clones = [
        *_history(BUSY, "me/busy", [ago(n) for n in range(795, 0, -1) if n < 200 or n % 50]),
        *_history(MOVED, "lab/new-name", [ago(n) for n in range(70, 1, -1)]),
        *_history(SPLIT, "me/split", _days(date(2021, 2, 10), date(2021, 3, 20))),
    ]
    repos = [
        *_listings(BUSY, "me/busy", [ago(n) for n in range(400, -1, -1) if n % 9]),
        *_listings(MOVED, "me/old-name", [ago(n) for n in range(60, 30, -1)]),
        *_listings(MOVED, "lab/new-name", [ago(n) for n in range(30, -1, -1) if n % 4]),
        # Written today for days gone by: that says nothing about whether anybody looked then.
        *_listings(LISTED, "me/listed", [ago(n) for n in range(20, 3, -1)], looked_on=ago(0)),
        *_listings(LISTED, "me/listed", [ago(n) for n in range(3, -1, -1)]),
        *_listings(NO_ACCESS, "lab/closed", [ago(n) for n in range(9, -1, -1)], access=False),
    ]
    return _world(repos, views, clones)


def _world(
    repos: list[dict[str, Any]], views: list[dict[str, Any]], clones: list[dict[str, Any]]
) -> World:
    return World(
        pl.DataFrame(repos, schema=REPOS.schema),
        pl.DataFrame(views, schema=TABLES[VIEWS].schema),
        pl.DataFrame(clones, schema=TABLES[CLONES].schema),
    )


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _history(repo_id: int, full_name: str, days: Iterable[date]) -> list[dict[str, Any]]:
    """Golden rows: the newest and some very old ones partial, a whole quiet month, many zeros."""
    chance = random.Random(repo_id)
    newest_settled = utc_today() - timedelta(days=3)
    spotless = newest_settled - timedelta(days=200)
    rows = []
    for day in days:
        count = 0 if chance.random() < 0.2 or day.month == 2 else chance.randint(1, 90)
        partial = (
            day > newest_settled
            or day == PARTIAL_AMONG_LOST
            or (day < spotless and chance.random() < 0.05)
        )
        rows.append(
            golden_row(
                day,
                repo_id=repo_id,
                full_name=full_name,
                count=count,
                uniques=chance.randint(1, count) if count else 0,
                status="partial" if partial else "complete",
                last_observed_at=noon(day) if partial else noon(day + timedelta(days=3)),
            )
        )
    return rows


def _listings(
    repo_id: int,
    full_name: str,
    days: Iterable[date],
    *,
    looked_on: date | None = None,
    access: bool = True,
) -> list[dict[str, Any]]:
    """Rows of `repos`; stars and forks only of days that were looked at themselves."""
    owner, name = full_name.split("/")
    chance = random.Random(repo_id)
    return [
        repos_row(
            day,
            repo_id=repo_id,
            owner=owner,
            name=name,
            full_name=full_name,
            stargazers=None if looked_on else day.toordinal() % 700 + repo_id,
            forks=None if looked_on else day.toordinal() % 50,
            open_issues=None if looked_on else day.toordinal() % 11,
            traffic_access=access,
            # A day's first or last minute: another day in sessions of other time zones.
            observed_at=datetime.combine(looked_on or day, chance.choice(EDGES), tzinfo=UTC),
        )
        for day in days
    ]
