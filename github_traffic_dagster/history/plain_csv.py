"""A CSV file that anybody can write: one line per repository and day.

| column | what it is |
|---|---|
| `repository` | OWNER/NAME; or `repo_id`, GitHub's number of it, or both |
| `day` | traffic day in UTC, as 2026-11-24 |
| `views`, `unique_visitors` | may be missing, as columns or in a line |
| `clones`, `unique_cloners` | as well |
| `observed_at` | optional: when GitHub was looked at, as 2026-11-24T02:00:03Z |

Nothing at all is "not known"; 0 is what the writer states: no traffic. A day is complete if
`observed_at` says that it was looked at two full days after its end; without it, never.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from github_traffic_dagster.history.text_files import header_of, rows_of
from github_traffic_dagster.history.told import Given, Row, Told, refused
from github_traffic_dagster.traffic.answers import Metric

FIGURES: Final = {
    Metric.VIEWS: ("views", "unique_visitors"),
    Metric.CLONES: ("clones", "unique_cloners"),
}
COLUMNS: Final = (
    "repository",
    "repo_id",
    "day",
    *(name for names in FIGURES.values() for name in names),
    "observed_at",
)


def read(path: Path, given: Given) -> Iterator[Told]:
    """The rows of a CSV file.

    Raises:
        HistoryFileError: the header or a line is not as above.
    """
    _check_header(path, header_of(path), given)
    for number, line in rows_of(path):
        row = Row(str(path), f"line {number}", given)
        looked_at = row.moment(line["observed_at"]) if line.get("observed_at") else None
        if looked_at and looked_at.date() > given.today:
            raise row.refused(f"observed_at {looked_at} lies in the future", f"{given.today}")
        for metric, (count, uniques) in FIGURES.items():
            told = row.told(
                metric,
                day=line["day"],
                count=line.get(count),
                uniques=line.get(uniques),
                repository=line.get("repository"),
                repo_id=line.get("repo_id"),
                looked_at=looked_at,
            )
            if told:
                yield told


def _check_header(path: Path, header: list[str], given: Given) -> None:
    expected = f"a header of {', '.join(COLUMNS)}"
    parted_by = [mark for mark in ";\t|" if len(header) == 1 and mark in header[0]]
    if parted_by:
        what = f"the columns are parted by {parted_by[0]!r}"
        raise refused(f"{path}, line 1", what, "commas")
    unknown = [name for name in header if name not in COLUMNS]
    if unknown:
        raise refused(f"{path}, line 1", f"unknown columns {', '.join(unknown)}", expected)
    if len(set(header)) < len(header):
        raise refused(f"{path}, line 1", "a column is there twice", expected)
    whose = {"repository", "repo_id"} & set(header) or given.repository
    counts = {count for count, _ in FIGURES.values()} & set(header)
    if "day" not in header or not whose or not counts:
        raise refused(
            f"{path}, line 1",
            f"the columns are {', '.join(header) or 'none'}",
            "day, repository (or repo_id, or --repository), and views or clones",
        )
