"""From GitHub's list of repositories to the rows of `repos`, and back to what is to be fetched."""

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from github_traffic_dagster.traffic.answers import Repository, Target
from github_traffic_dagster.traffic.tables import REPOS
from github_traffic_dagster.traffic.window import utc_day


def listing_frame(
    repositories: Sequence[Repository], *, first_day: date, last_day: date
) -> pl.DataFrame:
    """A row per repository and day on which the repository existed.

    Stars, forks and open issues are null on every day but the one the list was read on: GitHub
    does not say what they were before.

    Returns:
        The columns of `repos`, sorted by day and repository.
    """
    rows = []
    for repository in repositories:
        seen_on = utc_day(repository.observed_at)
        day = max(first_day, utc_day(repository.created_at))
        while day <= last_day:
            rows.append(_row(repository, day, popular=day == seen_on))
            day += timedelta(days=1)
    return pl.DataFrame(rows, schema=REPOS.schema, orient="row").sort("day", "repo_id")


def _row(repository: Repository, day: date, *, popular: bool) -> tuple[object, ...]:
    return (
        day,
        repository.repo_id,
        repository.owner,
        repository.name,
        repository.full_name,
        repository.private,
        repository.fork,
        repository.archived,
        repository.created_at,
        repository.stargazers if popular else None,
        repository.forks if popular else None,
        repository.open_issues if popular else None,
        repository.traffic_access,
        repository.observed_at,
    )


def targets(listing: pl.LazyFrame) -> list[Target]:
    """The repositories to ask for, each once, by its newest known name.

    Args:
        listing: rows of `repos` for the days that are to be collected.
    """
    newest = (
        listing.sort("observed_at", "day")
        .group_by("repo_id")
        .last()
        .filter(pl.col("traffic_access"))
        .sort("full_name")
        .select("repo_id", "full_name", "created_at", "observed_at")
        .collect()
    )
    return [Target(*row) for row in newest.iter_rows()]
