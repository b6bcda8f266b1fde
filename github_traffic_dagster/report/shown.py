"""What GitHub showed of the plotted repositories when it was last looked at: lists and totals.

Of each list the latest snapshot alone is told: two of them can neither be added up nor held
against each other. What is on no list is not known to be zero.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import polars as pl

from github_traffic_dagster.report.reading import Source
from github_traffic_dagster.traffic.answers import Metric, Snapshot
from github_traffic_dagster.traffic.snapshots import latest_of_each_repository
from github_traffic_dagster.traffic.tables import SNAPSHOTS, WINDOW_TOTALS
from github_traffic_dagster.traffic.window_totals import latest_totals

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Listed:
    """A list as GitHub showed it.

    Attributes:
        day: of the snapshot (UTC).
        rows: in GitHub's order; none: GitHub showed that there is nothing.
    """

    day: date
    rows: Rows


@dataclass(frozen=True, slots=True)
class Shown:
    """What is known of one repository; None for lists at which nobody looked.

    Attributes:
        totals: rows of `raw_window_totals`, the latest of each metric.
        referrers: `referrer, count, uniques`.
        paths: `page, title, count, uniques`; a page visited under another name than the
            repository's present one has that name before it.
        releases: `tag, day, files, downloads`, without drafts.
    """

    totals: Rows
    referrers: Listed | None
    paths: Listed | None
    releases: Listed | None

    @property
    def anything(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.totals or self.referrers or self.paths or self.releases)


NOTHING_SHOWN: Final = Shown([], None, None, None)


def read_shown(source: Source, repositories: pl.DataFrame) -> Iterator[Shown]:
    """What GitHub showed last, within the days of the report.

    Args:
        source: the tables; those that are not there count as empty.
        repositories: `repo_id, full_name` of some.

    Yields:
        One for each repository, in their order.

    Raises:
        StoreError: a table could not be read.
    """
    latest = {
        kind: _by_repository(
            source.collect(latest_of_each_repository(source.rows(table, repositories)))
        )
        for kind, table in SNAPSHOTS.items()
    }
    totals = _by_repository(source.collect(latest_totals(source.rows(WINDOW_TOTALS, repositories))))
    order = [metric.value for metric in Metric]
    for repo_id, name in repositories.select("repo_id", "full_name").iter_rows():
        yield Shown(
            totals=sorted(totals.get(repo_id, []), key=lambda row: order.index(row["metric"])),
            referrers=_listed(latest[Snapshot.REFERRERS].get(repo_id)),
            paths=_pages(_listed(latest[Snapshot.PATHS].get(repo_id)), name),
            releases=_releases(_listed(latest[Snapshot.RELEASES].get(repo_id))),
        )


def _by_repository(rows: pl.DataFrame) -> Mapping[int, Rows]:
    parts = rows.partition_by("repo_id", as_dict=True, maintain_order=True)
    return {repo_id: part.to_dicts() for (repo_id,), part in parts.items()}


def _listed(rows: Rows | None) -> Listed | None:
    """A snapshot's rows without the one of rank 0, which says that the list was empty."""
    return Listed(rows[0]["day"], [row for row in rows if row["rank"]]) if rows else None


def _pages(listed: Listed | None, name: str) -> Listed | None:
    if listed is None:
        return None
    own = re.compile(rf"/{re.escape(name)}(?=[/?#]|$)", re.IGNORECASE)
    pages = [
        row | {"page": row["path_in_repository"] if own.match(row["path"]) else row["path"]}
        for row in listed.rows
    ]
    return Listed(listed.day, pages)


def _releases(listed: Listed | None) -> Listed | None:
    """One row for each release instead of each file; of a release without files no downloads."""
    if listed is None:
        return None
    releases: dict[int, dict[str, Any]] = {}
    for row in listed.rows:
        if row["published_at"] is None:
            continue
        one = releases.setdefault(
            row["release_id"],
            {"tag": row["tag"], "day": row["published_at"].date(), "files": 0, "downloads": None},
        )
        if row["asset_id"] is not None:
            one["files"] += 1
            one["downloads"] = (one["downloads"] or 0) + row["downloads"]
    return Listed(listed.day, list(releases.values()))
