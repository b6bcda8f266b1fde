"""What must hold of the tables, as functions that return the rows where it does not."""

from datetime import date

import polars as pl

from github_traffic_dagster.traffic.newest_names import newest_names
from github_traffic_dagster.traffic.observations import IMPORTED, Source


def duplicate_keys(rows: pl.LazyFrame, key: tuple[str, ...]) -> pl.LazyFrame:
    """Keys that stand in the table more than once, with `rows`, how often."""
    return rows.group_by(key).agg(pl.len().alias("rows")).filter(pl.col("rows") > 1).sort(key)


def uniques_above_count(golden: pl.LazyFrame) -> pl.LazyFrame:
    """Rows with more unique visitors than visits."""
    return golden.filter(pl.col("uniques") > pl.col("count"))


def below_raw(golden: pl.LazyFrame, raw: pl.LazyFrame) -> pl.LazyFrame:
    """Days of a repository for which golden is missing or less than the raw log says.

    Returns:
        `repo_id, full_name, day, count, uniques` of raw and `golden_count, golden_uniques`,
        sorted by repository and day.
    """
    stored = golden.select(
        "repo_id", "day", golden_count=pl.col("count"), golden_uniques=pl.col("uniques")
    )
    behind = (
        raw.group_by("repo_id", "day")
        .agg(pl.col("count").max(), pl.col("uniques").max())
        .join(stored, on=["repo_id", "day"], how="left")
        .filter(
            pl.col("golden_count").is_null()
            | (pl.col("golden_count") < pl.col("count"))
            | (pl.col("golden_uniques").fill_null(-1) < pl.col("uniques"))
        )
    )
    named = raw.join(behind.select("repo_id"), on="repo_id", how="semi")
    return (
        behind.join(newest_names(named, "observed_at"), on="repo_id")
        .select("repo_id", "full_name", "day", "count", "uniques", "golden_count", "golden_uniques")
        .sort("repo_id", "day")
    )


def everything_zero_days(golden: pl.LazyFrame, raw: pl.LazyFrame) -> list[date]:
    """Days on which GitHub answered zeros for everybody although more was known before.

    It happened on 2019-08-21. A zero is evidence, not proof.

    Args:
        golden: rows of a golden table.
        raw: rows of the raw table for the same days.

    Returns:
        The days (UTC) of such looks, ascending.
    """
    known = golden.filter(pl.col("count") > 0).select("repo_id", "day", known=pl.col("count"))
    looks = (
        raw.filter(
            pl.col("source") != Source.GITHUB_OLDEST.value,
            # Those are no looks of ours: their time is the day's own, their run what they say.
            ~pl.col("source").str.starts_with(IMPORTED),
        )
        .join(known, on=["repo_id", "day"], how="left")
        .group_by(pl.col("observed_at").dt.date().alias("looked_on"), "run_id")
        .agg(pl.col("count").sum().alias("seen"), pl.col("known").sum())
        .filter(pl.col("seen") == 0, pl.col("known") > 0)
        .select(pl.col("looked_on").unique().sort())
        .collect()
    )
    return looks["looked_on"].to_list()


def missing_days(spans: pl.LazyFrame, golden: pl.LazyFrame, *, until: date) -> pl.LazyFrame:
    """Repositories with days that nobody knows.

    Counts instead of listing every day, so that years of many repositories fit into memory.

    Args:
        spans: expected days per repository (`coverage.expected_spans`).
        golden: all rows of a golden table, each key once.
        until: the last day to judge.

    Returns:
        `repo_id, full_name, first_day, last_day, missing`, sorted by name, repositories without
        gaps left out.
    """
    known = (
        golden.filter(pl.col("day") <= until)
        .group_by("repo_id")
        .agg(pl.len().cast(pl.Int64).alias("known"))
    )
    expected = (pl.min_horizontal("last_day", pl.lit(until)) - pl.col("first_day")).dt
    return (
        spans.join(known, on="repo_id", how="left")
        .with_columns(missing=expected.total_days() + 1 - pl.col("known").fill_null(0))
        .filter(pl.col("missing") > 0)
        .drop("known")
        .sort("full_name", "repo_id")
    )
