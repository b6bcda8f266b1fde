"""What an import would do, before anything is done."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from github_traffic_dagster.errors import TableMissingError
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.store.reading import collect, scan
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.tables import GOLDEN, RAW, Table

RISES: Final = "rises"
STAYS: Final = "stays"
NEW: Final = "new"
SAME: Final = "same"


@dataclass(frozen=True, slots=True)
class Plan:
    """An import beside the store.

    Attributes:
        repositories: a row per repository and metric: `metric, repo_id, full_name, first_day,
            last_day, days`, of these `new, rises, stays, same` by what golden would do, and
            `observations` that raw lacks.
        conflicts: a row per day on which golden says something else: `metric, repo_id, full_name,
            day, count, uniques` (imported), `golden_count, golden_uniques, effect` (`rises` to the
            imported numbers, or `stays`).
    """

    repositories: pl.DataFrame
    conflicts: pl.DataFrame

    @property
    def first_day(self) -> date | None:
        """The oldest day of the import; None where there is nothing to import."""
        days = self.repositories["first_day"].drop_nulls().to_list()
        return min(days, default=None)


def plan(frames: Mapping[Metric, pl.DataFrame], places: Mapping[str, Place]) -> Plan:
    """Compare what is to be imported with what is stored; nothing is written.

    Args:
        frames: rows of the raw tables.
        places: the tables' places by name.

    Raises:
        StoreError: a table can't be read.
    """
    compared = [_compared(metric, frame, places) for metric, frame in frames.items()]
    repositories = pl.concat([_summary(metric, days) for metric, days in compared])
    conflicts = pl.concat(
        [
            days.filter(pl.col("effect").is_in([RISES, STAYS])).select(
                pl.lit(metric.value).alias("metric"),
                "repo_id",
                "full_name",
                "day",
                "count",
                "uniques",
                "golden_count",
                "golden_uniques",
                "effect",
            )
            for metric, days in compared
        ]
    )
    return Plan(
        repositories.sort("full_name", "repo_id", "metric", descending=[False, False, True]),
        conflicts.sort("full_name", "repo_id", "metric", "day"),
    )


def _compared(
    metric: Metric, frame: pl.DataFrame, places: Mapping[str, Place]
) -> tuple[Metric, pl.DataFrame]:
    """A row per repository and day: the greatest imported numbers, golden's, and the effect."""
    golden, raw = GOLDEN[metric], RAW[metric]
    stored = _stored(places[golden.name], golden, frame).select(
        "repo_id", "day", golden_count=pl.col("count"), golden_uniques=pl.col("uniques")
    )
    seen = _stored(places[raw.name], raw, frame).select(*raw.key, there=pl.lit(True))
    days = (
        frame.join(seen, on=raw.key, how="left")
        .group_by("repo_id", "full_name", "day")
        .agg(
            pl.col("count", "uniques").max(),
            pl.col("there").is_null().sum().cast(pl.Int64).alias("observations"),
        )
        .join(stored, on=["repo_id", "day"], how="left")
    )
    return metric, days.with_columns(effect=_effect())


def _effect() -> pl.Expr:
    def known(name: str) -> pl.Expr:
        return pl.col(name).fill_null(-1)

    more = (known("count") > known("golden_count")) | (known("uniques") > known("golden_uniques"))
    less = (known("count") < known("golden_count")) | (
        pl.col("uniques").is_not_null() & (known("uniques") < known("golden_uniques"))
    )
    return (
        pl.when(pl.col("golden_count").is_null())
        .then(pl.lit(NEW))
        .when(more)
        .then(pl.lit(RISES))
        .when(less)
        .then(pl.lit(STAYS))
        .otherwise(pl.lit(SAME))
    )


def _summary(metric: Metric, days: pl.DataFrame) -> pl.DataFrame:
    return days.group_by("repo_id", "full_name").agg(
        pl.lit(metric.value).alias("metric"),
        pl.col("day").min().alias("first_day"),
        pl.col("day").max().alias("last_day"),
        pl.len().cast(pl.Int64).alias("days"),
        *(
            (pl.col("effect") == effect).sum().cast(pl.Int64).alias(effect)
            for effect in (NEW, RISES, STAYS, SAME)
        ),
        pl.col("observations").sum(),
    )


def _stored(place: Place, table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """The table's rows of the repositories and the span of days of `frame`."""
    if frame.is_empty():
        return table.schema.to_frame()
    first_day, last_day = frame["day"].min(), frame["day"].max()
    try:
        rows = scan(place, table, first_day=first_day, last_day=last_day)  # type: ignore[arg-type]
    except TableMissingError:
        return table.schema.to_frame()
    ids = frame["repo_id"].unique().implode()
    return collect(place, rows.filter(pl.col("repo_id").is_in(ids)))
