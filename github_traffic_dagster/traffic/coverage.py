"""What is known about each repository's days, and what is not.

Coverage is a view over `golden_*` and `repos`: per repository and day `measured`,
`zero proven by a window`, `not yet known` or `lost`. A repository's days are expected from the
first one that anything was recorded for to the last day it was listed or observed.
"""

from datetime import date
from enum import StrEnum
from typing import Final

import polars as pl

from github_traffic_dagster.traffic.golden import COMPLETE, PARTIAL
from github_traffic_dagster.traffic.newest_names import newest_names
from github_traffic_dagster.traffic.window import newest_settled, youngest_lost


class Coverage(StrEnum):
    """How much is known about one repository's day."""

    MEASURED = "measured"
    ZERO = "zero proven by a window"
    NOT_YET_KNOWN = "not yet known"
    LOST = "lost"


DAY_KINDS: Final = (
    "days",
    "measured",
    "zero",
    "not_yet_known",
    "lost",
    "partial",
    "for_ever",
    "short",
)
"""What `coverage_by_repository` counts."""


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
    # Counted by name first, so that millions of rows pass by as a stream: what two questions share
    # is kept in memory (1.3 GB for 50,000 repositories over nine months, 0.6 GB this way).
    seen = (
        pl.concat([observed, listed])
        .group_by("repo_id", "full_name")
        .agg(
            pl.col("day").min().alias("first_day"),
            pl.col("day").max().alias("last_day"),
            pl.col("seen_at").max(),
        )
    )
    spans = seen.group_by("repo_id").agg(pl.col("first_day").min(), pl.col("last_day").max())
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


def coverage_by_repository(
    golden: pl.LazyFrame,
    spans: pl.LazyFrame,
    *,
    today: date,
) -> pl.LazyFrame:
    """How many days of each kind `coverage` has for each repository, without a row for each day.

    Days are counted, not listed: 50,000 repositories over a year are 18 million of them.

    Args:
        golden: rows of one golden table.
        spans: the days expected of each repository, as `expected_spans` gives them, maybe cut to
            a shorter time, with the first day before that as `begins`. Rows of golden outside of
            them do not count.
        today: the current day in UTC.

    Returns:
        `repo_id, days, measured, zero, not_yet_known, lost, partial, for_ever, short`, one row
        per repository of `spans`. `partial` days are known but may still grow; those of them
        `for_ever` no longer can. `short` is what a sum falls short by: days that should have
        settled by `today` and are unknown or partial, but for the day a history begins with,
        which GitHub's window cuts for everybody.
    """
    day, complete = pl.col("day"), pl.col("status") == COMPLETE
    published = day <= newest_settled(today)
    some = pl.col("count") + pl.col("uniques") > 0
    known = (
        golden.join(spans.select("repo_id", "first_day", "last_day", "begins"), on="repo_id")
        .filter(day >= pl.col("first_day"), day <= pl.col("last_day"))
        .group_by("repo_id")
        .agg(
            measured=some.sum(),
            zero=(~some).sum(),
            partial=(pl.col("status") == PARTIAL).sum(),
            for_ever=(~complete & (day <= youngest_lost(today))).sum(),
            known_of_old=(day <= youngest_lost(today)).sum(),
            settled=(complete & published & (day > pl.col("begins"))).sum(),
        )
    )
    numbers = known.collect_schema().names()[1:]
    return (
        spans.select("repo_id", "first_day", "last_day", "begins")
        .join(known, on="repo_id", how="left")
        .with_columns(pl.col(numbers).fill_null(0).cast(pl.Int64))
        .with_columns(
            days=_days_until(pl.col("last_day")),
            lost=_days_until(pl.lit(youngest_lost(today))) - pl.col("known_of_old"),
            short=_days_until(pl.lit(newest_settled(today)), after_first=True) - pl.col("settled"),
        )
        .with_columns(
            not_yet_known=pl.col("days") - pl.col("measured") - pl.col("zero") - pl.col("lost")
        )
        .select("repo_id", *DAY_KINDS)
    )


def _days_until(end: pl.Expr, *, after_first: bool = False) -> pl.Expr:
    """How many days a span has up to `end`, maybe without the one its history begins with."""
    first, last = pl.col("first_day"), pl.min_horizontal(pl.col("last_day"), end)
    if after_first:
        first = pl.max_horizontal(first, pl.col("begins").dt.offset_by("1d"))
    return ((last - first).dt.total_days() + 1).clip(lower_bound=0)
