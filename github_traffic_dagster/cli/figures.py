"""The window's figures after a run, read from the stored tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from github_traffic_dagster.assets.days import DayRange
from github_traffic_dagster.io_manager import TrafficStore
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.coverage import Coverage, coverage
from github_traffic_dagster.traffic.golden import COMPLETE, PARTIAL
from github_traffic_dagster.traffic.tables import GOLDEN, REPOS

CERTAINTIES: Final = (
    COMPLETE,
    PARTIAL,
    Coverage.NOT_YET_KNOWN.value,
    Coverage.LOST.value,
)
"""How sure a repository's day is, the surest first."""


@dataclass(frozen=True, slots=True)
class MetricFigures:
    """A metric over the window.

    Attributes:
        count: views or clones, all repositories and days together.
        repository_days: how many there are of each of `CERTAINTIES`.
    """

    count: int
    repository_days: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class RepositoryFigures:
    """A repository over the window; `partial_days` are days whose numbers may still grow."""

    full_name: str
    views: int
    clones: int
    partial_days: int


@dataclass(frozen=True, slots=True)
class WindowFigures:
    """All figures of a window; `top` holds the repositories with most views."""

    metrics: Mapping[Metric, MetricFigures]
    top: tuple[RepositoryFigures, ...]
    repositories: int


def window_figures(store: TrafficStore, days: DayRange, *, today: date, top: int) -> WindowFigures:
    """Read the figures of some days.

    Uniques have no place here: those of several days or repositories do not add up.

    Args:
        store: where the tables lie; tables that are not there yet count as empty.
        days: the window.
        today: the current day in UTC.
        top: how many repositories to name.

    Raises:
        StoreError: a table could not be read.
    """
    by_repository = _by_repository(store, days)
    return WindowFigures(
        metrics={metric: _metric(store, metric, days, today) for metric in Metric},
        top=tuple(RepositoryFigures(**row) for row in by_repository.head(top).to_dicts()),
        repositories=by_repository.height,
    )


def _metric(store: TrafficStore, metric: Metric, days: DayRange, today: date) -> MetricFigures:
    golden = store.scan(GOLDEN[metric], first_day=days.first, last_day=days.last)
    listings = store.scan(REPOS, first_day=days.first, last_day=days.last)
    certainty = pl.coalesce("status", "coverage").alias("certainty")
    found = (
        coverage(golden, listings, today=today)
        .group_by(certainty)
        .agg(pl.len().alias("repository_days"))
        .collect()
    )
    counts = dict(found.iter_rows())
    return MetricFigures(
        count=int(golden.select(pl.col("count").sum()).collect().item()),
        repository_days={name: int(counts.get(name, 0)) for name in CERTAINTIES},
    )


def _by_repository(store: TrafficStore, days: DayRange) -> pl.DataFrame:
    rows = pl.concat(
        store.scan(GOLDEN[metric], first_day=days.first, last_day=days.last).with_columns(
            metric=pl.lit(metric.value)
        )
        for metric in Metric
    )
    counted = {
        metric.value: pl.col("count").filter(pl.col("metric") == metric.value).sum()
        for metric in Metric
    }
    return (
        rows.group_by("repo_id")
        .agg(
            pl.col("full_name").sort_by("last_observed_at").last(),
            **counted,
            partial_days=pl.col("day").filter(pl.col("status") == PARTIAL).n_unique(),
        )
        .sort([*counted, "full_name"], descending=[*(True for _ in counted), False])
        .drop("repo_id")
        .collect()
    )
