"""From GitHub's list of repositories to the rows of `repos`, and back to what is to be fetched."""

from collections.abc import Sequence
from datetime import date

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
    # A row a repository, repeated by polars: rows of 50,000 repositories for each day of a window
    # are 200 MB as Python's objects.
    seen = pl.DataFrame([_row(one) for one in repositories], schema=_SEEN, orient="row")
    begins = pl.max_horizontal(pl.lit(first_day), pl.col("created_at").dt.date())
    on_its_day = pl.col("day") == pl.col("observed_at").dt.date()
    return (
        seen.lazy()
        .with_columns(day=pl.date_ranges(begins, pl.lit(last_day)))
        .filter(begins <= last_day)
        .explode("day")
        .with_columns(
            pl.when(on_its_day).then(pl.col("stargazers", "forks", "open_issues")).otherwise(None)
        )
        .select(REPOS.schema.names())
        .sort("day", "repo_id")
        .collect()
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
        listing.sort("observed_at", "day")
        .group_by("repo_id")
        .last()
        .filter(pl.col("traffic_access"))
        .sort("full_name")
        .select("repo_id", "full_name", "created_at", "observed_at")
        .collect()
    )
    return [Target(*row) for row in newest.iter_rows()]
