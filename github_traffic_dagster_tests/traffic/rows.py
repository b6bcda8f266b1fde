"""Rows of the tables with everything that a test does not speak about filled in."""

from datetime import UTC, date, datetime, time
from typing import Any

import polars as pl

from github_traffic_dagster.traffic.answers import Metric, Repository
from github_traffic_dagster.traffic.tables import GOLDEN, RAW, REPOS

DAY = date(2026, 1, 20)
CREATED_AT = datetime(2020, 5, 17, 8, 30, tzinfo=UTC)


def noon(day: date) -> datetime:
    """Twelve o'clock of a day in UTC."""
    return datetime.combine(day, time(12), tzinfo=UTC)


def raw_row(day: date = DAY, **facts: Any) -> dict[str, Any]:
    """An observation of `day`, made at noon of that day unless told otherwise."""
    row = {
        "repo_id": 7,
        "full_name": "octo/hello",
        "day": day,
        "count": 5,
        "uniques": 2,
        "observed_at": noon(day),
        "run_id": "run-1",
        "source": "github",
    }
    return row | facts


def golden_row(day: date = DAY, **facts: Any) -> dict[str, Any]:
    """What golden knows of `day` after one look at its noon."""
    row = {
        "repo_id": 7,
        "full_name": "octo/hello",
        "day": day,
        "count": 5,
        "uniques": 2,
        "status": "partial",
        "first_observed_at": noon(day),
        "last_observed_at": noon(day),
        "observations": 1,
    }
    return row | facts


def repos_row(day: date = DAY, **facts: Any) -> dict[str, Any]:
    """A repository as listed at noon of `day`."""
    row = {
        "day": day,
        "repo_id": 7,
        "owner": "octo",
        "name": "hello",
        "full_name": "octo/hello",
        "private": False,
        "fork": False,
        "archived": False,
        "created_at": CREATED_AT,
        "stargazers": 3,
        "forks": 1,
        "open_issues": 0,
        "traffic_access": True,
        "observed_at": noon(day),
    }
    return row | facts


def raw_frame(*rows: dict[str, Any]) -> pl.DataFrame:
    """Rows as a frame of a raw table."""
    return pl.DataFrame(list(rows), schema=RAW[Metric.VIEWS].schema)


def golden_frame(*rows: dict[str, Any]) -> pl.DataFrame:
    """Rows as a frame of a golden table."""
    return pl.DataFrame(list(rows), schema=GOLDEN[Metric.VIEWS].schema)


def repos_frame(*rows: dict[str, Any]) -> pl.DataFrame:
    """Rows as a frame of `repos`."""
    return pl.DataFrame(list(rows), schema=REPOS.schema)


def repository(**facts: Any) -> Repository:
    """A repository as GitHub listed it at noon of `DAY`."""
    values: dict[str, Any] = {
        "repo_id": 7,
        "full_name": "octo/hello",
        "private": False,
        "fork": False,
        "archived": False,
        "traffic_access": True,
        "created_at": CREATED_AT,
        "stargazers": 3,
        "forks": 1,
        "open_issues": 4,
        "observed_at": noon(DAY),
    }
    return Repository(**(values | facts))
