"""The lines of the plots: a value for each day, and how sure it is.

A series is what the page's script reads: its first day, and for each day from there on a value or
null and a letter.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import polars as pl

from github_traffic_dagster.report.figures import Figures
from github_traffic_dagster.report.reading import Source
from github_traffic_dagster.report.shown import NOTHING_SHOWN, Shown, read_shown
from github_traffic_dagster.traffic.answers import Metric, Snapshot
from github_traffic_dagster.traffic.golden import PARTIAL
from github_traffic_dagster.traffic.snapshots import downloads_by_day
from github_traffic_dagster.traffic.tables import GOLDEN, REPOS, SNAPSHOTS, Table
from github_traffic_dagster.traffic.window import youngest_lost

COMPLETE_DAY: Final = "c"
PARTIAL_DAY: Final = "p"
NOT_YET_KNOWN_DAY: Final = "n"
LOST_DAY: Final = "l"
NOTHING_EXPECTED: Final = "-"

LEVELS: Final = ("stargazers", "forks")
DOWNLOADS: Final = "downloads"
COUNTED: Final = tuple(metric.value for metric in Metric)
_ALL: Final = "All repositories together"

Series = dict[str, Any]
"""`first` (a day), `states` (a letter each), and lists of values by their names."""


@dataclass(frozen=True, slots=True)
class Plotted:
    """What is shown when it is chosen.

    Attributes:
        name: of the repository, or of all together.
        together: whether it is all of them.
        series: by the plot's name: views, clones, stargazers, forks, downloads; without those
            that have nothing.
        shown: what GitHub showed last; nothing for all of them, as it can't be added up.
    """

    name: str
    together: bool
    series: Mapping[str, Series]
    shown: Shown = NOTHING_SHOWN


def plotted_series(source: Source, figures: Figures, *, today: date) -> Iterator[Plotted]:
    """All repositories together, then those with most views.

    Args:
        source: the tables.
        figures: of the same.
        today: the current day in UTC.

    Raises:
        StoreError: a table could not be read.
    """
    together = _together(source, today)
    for metric, found in figures.metrics.items():
        _tell_short(together, metric, found.days["short"])
    yield Plotted(_ALL, together=True, series=together)
    top = figures.repositories.head(source.scope.plotted)
    of_each = _rows_of(source, top)
    for row, shown in zip(top.iter_rows(named=True), read_shown(source, top), strict=True):
        series = dict(_of_repository(source, row["repo_id"], of_each, today))
        for metric in Metric:
            _tell_short(series, metric, row[f"{metric}_short"])
        yield Plotted(row["full_name"], together=False, series=series, shown=shown)


def _tell_short(series: dict[str, Series], metric: Metric, days: int) -> None:
    if metric.value in series:
        series[metric.value]["short"] = days > 0


def _rows_of(source: Source, top: pl.DataFrame) -> dict[str, pl.DataFrame]:
    tables: list[Table] = [*GOLDEN.values(), REPOS]
    found = {table.name: source.collect(source.rows(table, top)) for table in tables}
    releases = SNAPSHOTS[Snapshot.RELEASES]
    return found | {DOWNLOADS: source.collect(downloads_by_day(source.rows(releases, top)))}


def _of_repository(
    source: Source, repo_id: int, rows: Mapping[str, pl.DataFrame], today: date
) -> Iterator[tuple[str, Series]]:
    mine = pl.col("repo_id") == repo_id
    for metric in Metric:
        golden = rows[GOLDEN[metric].name].filter(mine)
        known = golden.select("day", "count", "uniques", partial=pl.col("status") == PARTIAL)
        for _, first, last, _ in source.spans[metric].filter(mine).iter_rows():
            yield metric.value, _series(known, first, last, today)
    listed, downloads = rows[REPOS.name].filter(mine), rows[DOWNLOADS].filter(mine)
    levels = dict.fromkeys(LEVELS, listed)
    if downloads[DOWNLOADS].sum():
        levels[DOWNLOADS] = downloads
    for level, table in levels.items():
        looks = table.select("day", count=level, partial=pl.lit(value=False)).drop_nulls("count")
        if not looks.is_empty():
            yield level, _series(looks, looks["day"].min(), looks["day"].max(), None)


def _together(source: Source, today: date) -> dict[str, Series]:
    """Sums over repositories: of counts, of stars, of forks; never of uniques.

    A day on which one of the repositories is unknown or partial is partial.
    """
    found = {}
    for metric in Metric:
        days = source.rows(GOLDEN[metric]).group_by("day")
        known = days.agg(
            pl.col("count").sum(),
            known=pl.len().cast(pl.Int64),
            unsure=(pl.col("status") == PARTIAL).sum().cast(pl.Int64),
        )
        series = _sum_series(source.collect(known), source.spans[metric], today)
        if series:
            found[metric.value] = series
    for level in LEVELS:
        looks = source.rows(REPOS).filter(pl.col(level).is_not_null())
        spans = looks.group_by("repo_id").agg(
            first_day=pl.col("day").min(), last_day=pl.col("day").max()
        )
        known = looks.group_by("day").agg(
            count=pl.col(level).sum(), known=pl.len().cast(pl.Int64), unsure=pl.lit(0, pl.Int64)
        )
        series = _sum_series(source.collect(known), source.collect(spans), None)
        if series:
            found[level] = series
    return found


def _sum_series(known: pl.DataFrame, spans: pl.DataFrame, today: date | None) -> Series | None:
    """A series of sums, with how many repositories each day is expected and known of."""
    if spans.is_empty():
        return None
    begun = spans.group_by(day="first_day").agg(expected=pl.len().cast(pl.Int64))
    ended = spans.group_by(day=pl.col("last_day").dt.offset_by("1d")).agg(
        expected=-pl.len().cast(pl.Int64)
    )
    expected = (
        pl.concat([begun, ended])
        .group_by("day")
        .agg(pl.col("expected").sum())
        .sort("day")
        .upsample("day", every="1d")
        .with_columns(pl.col("expected").fill_null(0).cum_sum())
    )
    days = expected.join(known, on="day", how="left", maintain_order="left").with_columns(
        partial=(pl.col("unsure") > 0) | (pl.col("known") < pl.col("expected"))
    )
    return _series(days.drop("unsure"), spans["first_day"].min(), spans["last_day"].max(), today)


def _series(known: pl.DataFrame, first: Any, last: Any, today: date | None) -> Series:
    """A value and a letter for each day from `first` to `last`.

    Args:
        known: `day, count, partial` and other values by their names; `count` may be null.
        first: a day.
        last: a day.
        today: until when GitHub serves what is unknown; None for what it never serves again.
    """
    days = pl.date_range(first, last, eager=True).alias("day").to_frame()
    table = days.join(known, on="day", how="left", maintain_order="left")
    served = pl.col("day") > youngest_lost(today) if today else pl.lit(value=False)
    nobody = pl.col("expected") == 0 if "expected" in table.columns else pl.lit(value=False)
    states = table.select(
        pl.when(nobody)
        .then(pl.lit(NOTHING_EXPECTED))
        .when(pl.col("count").is_null())
        .then(pl.when(served).then(pl.lit(NOT_YET_KNOWN_DAY)).otherwise(pl.lit(LOST_DAY)))
        .when(pl.col("partial"))
        .then(pl.lit(PARTIAL_DAY))
        .otherwise(pl.lit(COMPLETE_DAY))
        .str.join("")
    ).item()
    values = {name: table[name].to_list() for name in table.columns if name not in _NO_VALUES}
    return {"first": str(first), "states": states, **values}


_NO_VALUES: Final = frozenset({"day", "partial"})
