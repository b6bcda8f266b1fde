"""The tables that the report is made from, cut to what it is about."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from github_traffic_dagster.errors import TableMissingError
from github_traffic_dagster.github_api.selection import any_matches
from github_traffic_dagster.report.settings import PLOTTED, Private
from github_traffic_dagster.store.file_totals import SCHEMA as TOTALS
from github_traffic_dagster.store.file_totals import totals_by_repository
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.store.reading import collect, scan
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.coverage import expected_spans
from github_traffic_dagster.traffic.tables import GOLDEN, REPOS, Table

_FACTS: Final = ("private", "fork", "archived")


@dataclass(frozen=True, slots=True)
class Scope:
    """What the report is about.

    Attributes:
        patterns: of which one must match a repository's name, as GITHUB_TRAFFIC_INCLUDE has
            them; none means all.
        first_day: of the days that are counted and plotted; None for the history's first.
        last_day: None for its last.
        private: where private repositories appear.
        plotted: how many repositories have plots of their own.
    """

    patterns: tuple[str, ...] = ()
    first_day: date | None = None
    last_day: date | None = None
    private: Private = Private.PAGE
    plotted: int = PLOTTED

    @property
    def in_range(self) -> pl.Expr:
        """Whether a row's `day` is one of them."""
        first, last = self.first_day or date.min, self.last_day or date.max
        return pl.col("day").is_between(first, last)

    @property
    def is_all_time(self) -> bool:
        """It leaves no day out."""
        return self.first_day is None and self.last_day is None

    def cut(self, spans: pl.DataFrame) -> pl.DataFrame:
        """Spans of days, as far as they lie in the range; others are left out.

        Spans come from the whole history, whose first day is kept as `begins`: so a gap at the
        range's edge is one.
        """
        first, last = pl.col("first_day"), pl.col("last_day")
        return spans.with_columns(
            pl.max_horizontal(first, pl.lit(self.first_day, dtype=pl.Date)),
            pl.min_horizontal(last, pl.lit(self.last_day, dtype=pl.Date)),
            begins=first,
        ).filter(first <= last)


@dataclass(frozen=True)
class Source:
    """The tables at their places, and which of their rows are wanted.

    Attributes:
        chosen: the repositories wanted: `repo_id, full_name, private, fork, archived`.
        spans: the days expected of each of them, in the range: `repo_id, first_day, last_day,
            begins`.
    """

    places: Mapping[str, Place]
    scope: Scope
    chosen: pl.DataFrame
    spans: Mapping[Metric, pl.DataFrame]

    def rows(self, table: Table, repositories: pl.DataFrame | None = None) -> pl.LazyFrame:
        """A table's rows of the days wanted, and of the repositories wanted or some of them."""
        wanted = self.chosen if repositories is None else repositories
        wanted_ids = wanted.lazy().select("repo_id")
        rows = _rows(self.places, table).filter(self.scope.in_range)
        return rows.join(wanted_ids, on="repo_id", how="semi")

    def totals(self, metric: Metric) -> pl.DataFrame:
        """Count and greatest uniques of a day, by repository: `repo_id, count, peak_uniques`.

        Raises:
            StoreError: a table could not be read.
        """
        table = GOLDEN[metric]
        if self.scope.is_all_time:
            return _all_time(self.places, table).join(self.chosen, on="repo_id", how="semi")
        counted = self.rows(table).group_by("repo_id")
        return self.collect(
            counted.agg(pl.col("count").sum(), peak_uniques=pl.col("uniques").max())
        )

    def collect(self, frame: pl.LazyFrame) -> pl.DataFrame:
        """Execute, as a stream.

        Raises:
            StoreError: a table could not be read.
        """
        return collect(self.places[REPOS.name], frame)


def open_source(places: Mapping[str, Place], scope: Scope) -> Source:
    """Find the repositories and days of a scope.

    Args:
        places: of the tables; those that are not there yet count as empty.
        scope: what the report is about.

    Raises:
        StoreError: a table could not be read.
    """
    listings = _rows(places, REPOS)
    spans = {
        metric: collect(places[table.name], expected_spans(_rows(places, table), listings))
        for metric, table in GOLDEN.items()
    }
    facts = listings.group_by("repo_id").agg(pl.col(fact).max_by("observed_at") for fact in _FACTS)
    chosen = _chosen(pl.concat(spans.values()), collect(places[REPOS.name], facts), scope)
    cut = {
        metric: scope.cut(found.join(chosen, on="repo_id", how="semi")).drop("full_name")
        for metric, found in spans.items()
    }
    seen = pl.concat(found.select("repo_id") for found in cut.values())
    return Source(places, scope, chosen.join(seen, on="repo_id", how="semi"), cut)


def _rows(places: Mapping[str, Place], table: Table) -> pl.LazyFrame:
    try:
        return scan(places[table.name], table)
    except TableMissingError:
        return pl.LazyFrame(schema=table.schema)


def _all_time(places: Mapping[str, Place], table: Table) -> pl.DataFrame:
    try:
        found = totals_by_repository(places[table.name], table)
    except TableMissingError:
        found = TOTALS.to_frame()
    return found.select("repo_id", "count", "peak_uniques")


def _chosen(named: pl.DataFrame, facts: pl.DataFrame, scope: Scope) -> pl.DataFrame:
    """The repositories of the scope, as they were listed last.

    One that no list names any more is as private as it can be.
    """
    found = (
        named.unique("repo_id", keep="first", maintain_order=True)
        .join(facts, on="repo_id", how="left", maintain_order="left")
        .with_columns(
            pl.col("private").fill_null(value=True),
            pl.col("fork", "archived").fill_null(value=False),
        )
        .select("repo_id", "full_name", *_FACTS)
    )
    if scope.private is Private.NOWHERE:
        found = found.filter(~pl.col("private"))
    if not scope.patterns:
        return found
    matching = [any_matches(scope.patterns, name) for name in found["full_name"]]
    return found.filter(pl.Series(matching, dtype=pl.Boolean))
