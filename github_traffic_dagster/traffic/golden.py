"""The golden rule: the greatest observation of a repository's day is the truth.

GitHub's later answers can be smaller (a truncated oldest day, an incident that answered zeros)
or larger (today was partial): so neither the first nor the last wins. Golden is a pure function
of the raw log that only grows, whatever the order, repetition or split of the observations.
"""

from datetime import timedelta

import polars as pl

from github_traffic_dagster.traffic.newest_names import newest_names
from github_traffic_dagster.traffic.observations import Source
from github_traffic_dagster.traffic.tables import GOLDEN_COLUMNS, polars_schema
from github_traffic_dagster.traffic.window import SETTLING_DAYS

COMPLETE = "complete"
PARTIAL = "partial"


def golden_from_observations(
    observations: pl.LazyFrame, names: pl.LazyFrame | None = None
) -> pl.LazyFrame:
    """Reduce raw rows to the best knowledge per repository and traffic day.

    Args:
        observations: rows of a raw table, in any order, with any repetition.
        names: `newest_names` of them, where they were read before: both at once take a third
            more memory.

    Returns:
        One row per (repo_id, day) in the columns of the golden tables, sorted by them.
        `full_name` is each repository's name in its newest observation of all rows given.
    """
    settled = (pl.col("observed_at").dt.date() > pl.col("day") + timedelta(days=SETTLING_DAYS)) & (
        pl.col("source") != Source.GITHUB_OLDEST.value
    )
    days = observations.group_by("repo_id", "day").agg(
        pl.col("count").max(),
        pl.col("uniques").max(),
        pl.when(settled.any()).then(pl.lit(COMPLETE)).otherwise(pl.lit(PARTIAL)).alias("status"),
        pl.col("observed_at").min().alias("first_observed_at"),
        pl.col("observed_at").max().alias("last_observed_at"),
        # The same look stored twice (a copied log, an import) is still one observation.
        pl.col("observed_at").n_unique().cast(pl.Int64).alias("observations"),
    )
    if names is None:
        names = newest_names(observations, "observed_at")
    return (
        days.join(names, on="repo_id")
        .select(polars_schema(GOLDEN_COLUMNS).names())
        .sort("repo_id", "day")
    )
