"""The report's figures: of each repository, and of all of them. Uniques are never added up."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from github_traffic_dagster.report.reading import Source
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.coverage import DAY_KINDS, coverage_by_repository
from github_traffic_dagster.traffic.tables import GOLDEN, REPOS

_LEVELS = ("stargazers", "forks")


@dataclass(frozen=True, slots=True)
class MetricFigures:
    """A metric over all repositories.

    Attributes:
        count: views or clones, all days and repositories together.
        days: repository-days of each kind, as `coverage_by_repository` names them.
    """

    count: int
    days: dict[str, int]

    @property
    def known_days(self) -> int:
        """Repository-days that have a number."""
        return self.days["measured"] + self.days["zero"]


@dataclass(frozen=True)
class Figures:
    """Everything that is counted.

    Attributes:
        repositories: one row each, those with most views first: `repo_id, full_name, private,
            fork, archived, first_day, last_day, stargazers, forks`, and for `views` and `clones`
            the count, `..._peak` (the most uniques of a single day), `..._known` (days with a
            number) and `..._KIND`, the days of each kind.
        metrics: the same over all repositories.
        first_day: the first day that anything is expected of; None without repositories.
        last_day: the last.
    """

    repositories: pl.DataFrame
    metrics: dict[Metric, MetricFigures]
    first_day: date | None
    last_day: date | None


def read_figures(source: Source, *, today: date) -> Figures:
    """Count.

    Args:
        source: the tables.
        today: the current day in UTC.

    Raises:
        StoreError: a table could not be read.
    """
    table = source.chosen
    for metric in Metric:
        table = table.join(_metric(source, metric, today), on="repo_id", how="left")
    numbers = [
        name
        for metric in Metric
        for name in (metric.value, *(f"{metric}_{kind}" for kind in DAY_KINDS))
    ]
    spans = pl.concat(source.spans.values()).group_by("repo_id")
    spans_of_both = spans.agg(pl.col("first_day").min(), pl.col("last_day").max())
    repositories = (
        table.join(_levels(source), on="repo_id", how="left")
        .join(spans_of_both, on="repo_id")
        .with_columns(pl.col(numbers).fill_null(0))
        .with_columns(
            (pl.col(f"{metric}_measured") + pl.col(f"{metric}_zero")).alias(f"{metric}_known")
            for metric in Metric
        )
        .sort("views", "clones", "full_name", "repo_id", descending=[True, True, False, False])
    )
    return Figures(
        repositories=repositories,
        metrics={metric: _together(repositories, metric) for metric in Metric},
        first_day=_day(repositories["first_day"].min()),
        last_day=_day(repositories["last_day"].max()),
    )


def _metric(source: Source, metric: Metric, today: date) -> pl.DataFrame:
    golden = source.rows(GOLDEN[metric])
    totals = source.totals(metric).rename({"count": metric, "peak_uniques": f"{metric}_peak"})
    covered = coverage_by_repository(golden, source.spans[metric].lazy(), today=today)
    days = source.collect(covered.rename({kind: f"{metric}_{kind}" for kind in DAY_KINDS}))
    return days.join(totals, on="repo_id", how="left")


def _levels(source: Source) -> pl.DataFrame:
    """Stars and forks by the last look that saw them."""
    looks = source.rows(REPOS).filter(pl.all_horizontal(pl.col(_LEVELS).is_not_null()))
    return source.collect(
        looks.group_by("repo_id").agg(pl.col(level).max_by("day") for level in _LEVELS)
    )


def _together(repositories: pl.DataFrame, metric: Metric) -> MetricFigures:
    sums = repositories.select(pl.col(metric, *(f"{metric}_{kind}" for kind in DAY_KINDS)).sum())
    return MetricFigures(
        count=int(sums[metric].item()),
        days={kind: int(sums[f"{metric}_{kind}"].item()) for kind in DAY_KINDS},
    )


def _day(value: object) -> date | None:
    return value if isinstance(value, date) else None
