"""The SQLite database of https://github.com/vladkens/ghstats (data/ghstats.db).

Followed: src/db_client.rs at 020fdc9 (`migrate_v1` to `migrate_v3`, `insert_views`,
`insert_clones`) and src/helpers.rs at the same commit.

- `repos.id` is GitHub's id, `repos.name` is OWNER/NAME by the latest listing.
- `repo_stats` has a row per repository and day with `views_count, views_uniques, clones_count,
  clones_uniques`, of each the greatest seen; `date` is GitHub's text, 2026-02-10T00:00:00Z.
- All columns default to 0, and rows are made for stars as well, back to the repository's first: a 0
  proves nothing and is left out.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from github_traffic_dagster.history.sqlite_files import rows_of
from github_traffic_dagster.history.told import Given, Row, Told
from github_traffic_dagster.traffic.answers import Metric

TABLE: Final = "repo_stats"

_QUERY: Final = """
SELECT s.repo_id, r.name, s.date, s.views_count, s.views_uniques, s.clones_count, s.clones_uniques
FROM repo_stats s LEFT JOIN repos r ON r.id = s.repo_id
WHERE s.views_count <> 0 OR s.clones_count <> 0
ORDER BY s.repo_id, s.date
"""


def read(path: Path, given: Given) -> Iterator[Told]:
    """The rows of a database.

    Raises:
        HistoryFileError: it can't be read, or a row says something impossible.
    """
    for repo_id, name, day, views, visitors, clones, cloners in rows_of(path, _QUERY):
        row = Row(str(path), f"{TABLE} of {name or repo_id} on {day}", given)
        for metric, count, uniques in (
            (Metric.VIEWS, views, visitors),
            (Metric.CLONES, clones, cloners),
        ):
            told = row.told(
                metric, day=day, count=count, uniques=uniques, repository=name, repo_id=repo_id
            )
            if told and told.count:
                yield told
