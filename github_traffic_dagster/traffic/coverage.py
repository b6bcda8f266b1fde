"""What is known about each repository's days, and what is not.

Coverage is a view over `golden_*` and `repos`: per repository and day `measured`,
`zero proven by a window`, `not yet known` or `lost`. A repository's days are expected from the
first one that anything was recorded for to the last day it was listed or observed.
"""

from datetime import date
from enum import StrEnum

import polars as pl

from github_traffic_dagster.traffic.golden import COMPLETE
from github_traffic_dagster.traffic.newest_names import newest_names
from github_traffic_dagster.traffic.window import youngest_lost


class Coverage(StrEnum):
    """How much is known about one repository's day."""

    MEASURED = "measured"
    ZERO = "zero proven by a window"
    NOT_YET_KNOWN = "not yet known"
    LOST = "lost"


def expected_spans(golden: pl.LazyFrame, listings: pl.LazyFrame) -> pl.LazyFrame:
    """The days on which each repository should be known.

    Only listings read on the day itself count: those written for days gone by say nothing about
    whether anybody looked then.

    Args:
        golden: rows of a golden table.
        listings: rows of `repos`.

    Returns:
        `repo_id, full_name, first_day, last_day`, one row per repository.
    """
    observed = golden.select("repo_id", "full_name", "day", seen_at="last_observed_at")
    listed = listings.filter(
        pl.col("traffic_access"), pl.col("observed_at").dt.date() == pl.col("day")
    ).select("repo_id", "full_name", "day", seen_at="observed_at")
    seen = pl.concat([observed, listed])
    spans = seen.group_by("repo_id").agg(
        pl.col("day").min().alias("first_day"), pl.col("day").max().alias("last_day")
    )
    return (
        spans.join(newest_names(seen, "seen_at"), on="repo_id")
        .select("repo_id", "full_name", "first_day", "last_day")
        .sort("full_name", "repo_id")
    )


def coverage(golden: pl.LazyFrame, listings: pl.LazyFrame, *, today: date) -> pl.LazyFrame:
    """The coverage table.

    Args:
        golden: rows of one golden table, for the whole time to be judged.
        listings: rows of `repos` for the same time.
        today: the current day in UTC.

    Returns:
        `repo_id, full_name, day, coverage, status`, a row for each expected day of each
        repository, sorted. `status` is golden's own and null where nothing is known.
    """
    days = (
        expected_spans(golden, listings)
        .with_columns(day=pl.date_ranges("first_day", "last_day"))
        .explode("day")
        .select("repo_id", "full_name", "day")
    )
    known = golden.select("repo_id", "day", "count", "uniques", "status")
    return (
        days.join(known, on=["repo_id", "day"], how="left")
        .with_columns(
            coverage=pl.when(pl.col("count") + pl.col("uniques").fill_null(0) > 0)
            .then(pl.lit(Coverage.MEASURED.value))
            .when(pl.col("count").is_not_null())
            .then(pl.lit(Coverage.ZERO.value))
            .when(pl.col("day") > youngest_lost(today))
            .then(pl.lit(Coverage.NOT_YET_KNOWN.value))
            .otherwise(pl.lit(Coverage.LOST.value))
        )
        .select("repo_id", "full_name", "day", "coverage", "status")
        .sort("full_name", "repo_id", "day")
    )


def lower_bounds(covered: pl.LazyFrame, *, today: date) -> pl.LazyFrame:
    """Days whose number is partial and will stay so: GitHub no longer serves them.

    Args:
        covered: the coverage table.
        today: the current day in UTC.
    """
    return covered.filter(pl.col("status") != COMPLETE, pl.col("day") <= youngest_lost(today))
