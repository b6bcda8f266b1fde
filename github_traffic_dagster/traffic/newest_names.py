"""A repository's name by the newest look at it: names change, ids don't."""

import polars as pl


def newest_names(rows: pl.LazyFrame, seen_at: str) -> pl.LazyFrame:
    """The name that each repository had last; of several at the same moment, the greatest.

    Names are counted first, and there are few of them, so that millions of rows pass by as a
    stream.

    Args:
        rows: with `repo_id`, `full_name` and the moment of the look.
        seen_at: the column of that moment.

    Returns:
        `repo_id, full_name`, one row per repository.
    """
    return (
        rows.group_by("repo_id", "full_name")
        .agg(pl.col(seen_at).max())
        .sort(seen_at, "full_name")
        .group_by("repo_id")
        .agg(pl.col("full_name").last())
    )
