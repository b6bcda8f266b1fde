"""From what GitHub shows only today to rows, and from rows to the snapshot of each day.

A snapshot is never held against another: referrers and pages are the ten best of two weeks that
move on every day, so that the difference of two of them is nobody's number. Of several looks on a
day all are kept, and the latest is the day's.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, Final

import polars as pl

from github_traffic_dagster.traffic.answers import (
    AssetEntry,
    PathEntry,
    ReferrerEntry,
    Snapshot,
    SnapshotAnswer,
    SnapshotEntry,
)
from github_traffic_dagster.traffic.newest_names import newest_names
from github_traffic_dagster.traffic.tables import SNAPSHOT_COLUMNS, SNAPSHOTS

_REPOSITORY: Final = re.compile(r"/[^/]+/[^/?#]+")


def snapshot_frame(
    answers: Iterable[SnapshotAnswer], kind: Snapshot, *, day: date, run_id: str
) -> pl.DataFrame:
    """The entries of all `answers`, each with its place in the list.

    An empty list is known to be empty: it becomes one row of rank 0 with nothing in it.

    Args:
        answers: one for each repository.
        kind: what they show.
        day: the day (UTC) they are the snapshot of; around midnight, the run's.
        run_id: the run that looked.

    Returns:
        The columns of the kind's table, sorted by repository and rank.
    """
    rows = [
        (answer.repo_id, answer.full_name, day, rank, *values, answer.observed_at, run_id)
        for answer in answers
        for rank, values in _ranked(answer, kind)
    ]
    frame = pl.DataFrame(rows, schema=SNAPSHOTS[kind].schema, orient="row")
    return frame.sort("repo_id", "rank")


def latest_of_each_day(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Of each repository and day the latest look alone, empty lists (rank 0) included.

    Args:
        rows: of a snapshot's table, in any order, with any repetition.
    """
    return _latest(rows, "repo_id", "day")


def latest_of_each_repository(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Of each repository the latest look of its latest day, an empty list (rank 0) included.

    Args:
        rows: of a snapshot's table, in any order, with any repetition.
    """
    return _latest(rows, "repo_id")


def downloads_by_day(rows: pl.LazyFrame) -> pl.LazyFrame:
    """How often all files that a repository's releases had on a day were downloaded until then.

    It falls where a file or a release was deleted. Days without a look have no row.

    Args:
        rows: of `raw_release_downloads`.

    Returns:
        `repo_id, day, downloads`, sorted; days on which there was no file have 0.
    """
    files = latest_of_each_day(rows).group_by("repo_id", "day").agg(pl.col("downloads").sum())
    return files.sort("repo_id", "day")


def path_in_repository(path: str) -> str:
    """A page's path without the repository's name, "/" for its front page.

    GitHub goes on to name visits by the name of their time, so that after a rename a list can hold
    the same page under two names; their uniques don't add up.
    """
    found = _REPOSITORY.match(path)
    below = path[found.end() :] if found else path
    return below if below.startswith("/") else f"/{below}"


def stars_and_forks(listings: pl.LazyFrame) -> pl.LazyFrame:
    """How many stars and forks each repository had, on the days on which somebody looked.

    Days without a look have no row: nothing is filled in between.

    Args:
        listings: rows of `repos`.

    Returns:
        `repo_id, full_name, day, stars, forks`, sorted by repository and day; the name is the
        newest one on all days.
    """
    seen = listings.filter(pl.col("stargazers").is_not_null())
    return (
        seen.select("repo_id", "day", "forks", stars="stargazers")
        .join(newest_names(listings, "observed_at"), on="repo_id")
        .select("repo_id", "full_name", "day", "stars", "forks")
        .sort("repo_id", "day")
    )


def _latest(rows: pl.LazyFrame, *of: str) -> pl.LazyFrame:
    """All rows of the look that was the last in its group."""
    looks = rows.select("repo_id", "day", "observed_at", "run_id").unique()
    latest = looks.sort("day", "observed_at", "run_id").unique(of, keep="last", maintain_order=True)
    return (
        rows.join(latest, on=["repo_id", "day", "run_id"], how="semi")
        .unique(["repo_id", "day", "rank"])
        .sort("repo_id", "day", "rank")
    )


def _ranked(answer: SnapshotAnswer, kind: Snapshot) -> Iterator[tuple[int, tuple[Any, ...]]]:
    for rank, entry in enumerate(answer.entries, start=1):
        yield rank, _values(entry)
    if not answer.entries:
        yield 0, (None,) * len(SNAPSHOT_COLUMNS[kind])


def _values(entry: SnapshotEntry) -> tuple[Any, ...]:
    match entry:
        case ReferrerEntry():
            return entry.referrer, entry.count, entry.uniques
        case PathEntry():
            below = path_in_repository(entry.path)
            return entry.path, below, entry.title, entry.count, entry.uniques
        case AssetEntry():
            release = entry.release_id, entry.tag, entry.published_at
            return *release, entry.asset_id, entry.asset_name, entry.downloads
