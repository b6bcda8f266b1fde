"""The SQLite database of https://github.com/hrodrig/gghstats (gghstats.db).

Followed: internal/store/store.go at 078d037 (`migrateV1`, `UpsertView`, `UpsertClone`) and
internal/sync/sync.go at 1def8a2 (`syncRepoTraffic`).

- `views` and `clones` have a row per `repo` (OWNER/NAME when it was asked for) and `date`
  (2026-02-10, UTC) with `count` and `uniques`, of each the greatest seen.
- Rows are written only for the days that GitHub named, so a 0 is one that GitHub named.
- When a day was looked at is not kept.
"""

from collections.abc import Iterator
from pathlib import Path

from github_traffic_dagster.history.sqlite_files import rows_of
from github_traffic_dagster.history.told import Given, Row, Told
from github_traffic_dagster.traffic.answers import Metric


def read(path: Path, given: Given) -> Iterator[Told]:
    """The rows of a database.

    Raises:
        HistoryFileError: it can't be read, or a row says something impossible.
    """
    for metric in Metric:
        # The metric's value is the table's name.
        query = f"SELECT repo, date, count, uniques FROM {metric.value} ORDER BY repo, date"  # noqa: S608
        for repo, day, count, uniques in rows_of(path, query):
            row = Row(str(path), f"{metric.value} of {repo} on {day}", given)
            told = row.told(metric, day=day, count=count, uniques=uniques, repository=repo)
            if told:
                yield told
