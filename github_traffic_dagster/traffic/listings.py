"""From GitHub's list of repositories to the rows of `repos`, and back to what is to be fetched."""

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from github_traffic_dagster.traffic.answers import Repository, Target
from github_traffic_dagster.traffic.tables import REPOS


def listing_frame(
    repositories: Sequence[Repository], *, first_day: date, last_day: date
) -> pl.DataFrame:
    """A row per repository and day on which the repository existed.

    Stars, forks and open issues are null on every day but the one the list was read on: GitHub
    does not say what they were before.

    Returns:
        The columns of `repos`, sorted by day and repository.
    """
    seen = pl.DataFrame([_row(one) for one in repositories], schema=_SEEN, orient="row")
    seen = seen.sort("repo_id")
    days = (first_day + timedelta(days=n) for n in range((last_day - first_day).days + 1))
    # Day by day, so that the texts of 50,000 repositories are there once and not for every day.
    return pl.concat([REPOS.schema.to_frame(), *(_on(day, seen) for day in days)])


def _on(day: date, seen: pl.DataFrame) -> pl.DataFrame:
    """The repositories that existed on a day, as they were on it."""
    on_this_day = pl.col("observed_at").dt.date() == day
    return (
        seen.filter(pl.col("created_at").dt.date() <= day)
        .with_columns(
            pl.lit(day).alias("day"),
            pl.when(on_this_day).then(pl.col("stargazers", "forks", "open_issues")),
        )
        .select(REPOS.schema.names())
    )


def latest_listing(listings: pl.LazyFrame) -> pl.LazyFrame:
    """The repositories of the newest list that was read on the day it stands for.

    Args:
        listings: rows of `repos`, of the days that may hold it.

    Returns:
        `repo_id, full_name, traffic_access, first_listed`: the first of these days on which the
        repository was listed.
    """
    newest = pl.col("last_listed").max()
    return (
        listings.filter(pl.col("observed_at").dt.date() == pl.col("day"))
        .group_by("repo_id")
        .agg(
            pl.col("full_name", "traffic_access").max_by("observed_at"),
            first_listed=pl.col("day").min(),
            last_listed=pl.col("day").max(),
        )
        .filter(pl.col("last_listed") == newest)
        .drop("last_listed")
    )


_SEEN = pl.Schema({name: dtype for name, dtype in REPOS.schema.items() if name != "day"})


def _row(repository: Repository) -> tuple[object, ...]:
    return (
        repository.repo_id,
        repository.owner,
        repository.name,
        repository.full_name,
        repository.private,
        repository.fork,
        repository.archived,
        repository.created_at,
        repository.stargazers,
        repository.forks,
        repository.open_issues,
        repository.traffic_access,
        repository.observed_at,
    )


def targets(listing: pl.LazyFrame) -> list[Target]:
    """The repositories to ask for, each once, by its newest known name.

    Args:
        listing: rows of `repos` for the days that are to be collected.
    """
    newest = (
        listing.group_by("repo_id")
        .agg(
            pl.col("full_name", "created_at", "traffic_access").max_by("observed_at"),
            pl.col("observed_at").max(),
        )
        .filter("traffic_access")
        .select("repo_id", "full_name", "created_at", "observed_at")
        .sort("full_name")
        # 15 days of 50,000 repositories: 60 MB as a stream, 210 MB at once.
        .collect(engine="streaming")
    )
    return [Target(*row) for row in newest.iter_rows()]
