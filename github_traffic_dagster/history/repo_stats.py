"""CSV files of https://github.com/jgehrcke/github-repo-stats (a GitHub Action).

Followed: fetch.py at b92bc05 (the snapshots), analyze.py at edea9a1 (the aggregate: of each day the
greatest number of all snapshots), entrypoint.sh at 6bb05ed (where they lie).

- `OWNER/NAME/ghrs-data/views_clones_aggregate.csv` in the data branch, and until they are
  aggregated `ghrs-data/snapshots/2021-11-24_231835_views_clones_series_fragment.csv`, whose name is
  the moment (UTC) at which GitHub was asked.
- Columns `time_iso8601,clones_total,clones_unique,views_total,views_unique`; midnights in UTC.
  Views and clones are joined, so that a day which GitHub named for one of them has nothing for the
  other; whole numbers are 4.0 then. A 0 is one that GitHub named.

A snapshot proves when its days were looked at, but for the window's oldest one, which GitHub may
have truncated. The aggregate proves it of none: it keeps numbers that were seen on the day itself.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from github_traffic_dagster.history.text_files import header_of, rows_of
from github_traffic_dagster.history.told import Given, Row, Told, refused
from github_traffic_dagster.traffic.answers import DayEntry, Metric, WindowAnswer, WindowTotals
from github_traffic_dagster.traffic.window import window_bounds

TIME: Final = "time_iso8601"
_COLUMNS: Final = {
    Metric.VIEWS: ("views_total", "views_unique"),
    Metric.CLONES: ("clones_total", "clones_unique"),
}
_AGGREGATE: Final = "views_clones_aggregate.csv"
_SNAPSHOT: Final = re.compile(r"(\d{4}-\d{2}-\d{2}_\d{6})_views_clones_series_fragment\.csv")
_DATA_FOLDER: Final = "ghrs-data"


def files_below(folder: Path) -> list[Path]:
    """The tool's files in a folder or anywhere below it, as in a checkout of the data branch."""
    found = folder.rglob("*.csv")
    return sorted(path for path in found if path.name == _AGGREGATE or _SNAPSHOT.match(path.name))


def read(path: Path, given: Given) -> Iterator[Told]:
    """The rows of one file, or of all below a folder.

    Raises:
        HistoryFileError: a header or a line is not as above, or nothing says whose numbers they
            are.
    """
    for file in files_below(path) if path.is_dir() else [path]:
        yield from _read(file, Given(given.today, _owner_and_name(file) or given.repository))


def _read(path: Path, given: Given) -> Iterator[Told]:
    expected = [TIME, *(name for names in _COLUMNS.values() for name in names)]
    header = header_of(path)
    if sorted(header) != sorted(expected):
        raise refused(
            f"{path}, line 1", f"the columns are {', '.join(header)}", ", ".join(expected)
        )
    looked_at = _snapshot_time(path, given)
    rows: dict[Metric, list[Told]] = {metric: [] for metric in Metric}
    for number, line in rows_of(path):
        row = Row(str(path), f"line {number}", given)
        for metric, (count, uniques) in _COLUMNS.items():
            told = row.told(
                metric,
                day=line[TIME],
                count=line[count],
                uniques=line[uniques],
            )
            if told:
                rows[metric].append(told)
    for series in rows.values():
        yield from _with_look(series, looked_at) if looked_at else series


def _with_look(told: list[Told], looked_at: datetime) -> Iterator[Told]:
    """Rows of a look, as far as it proves something.

    Not of the window's oldest day, which may be truncated; nor of a day that began between the
    moment in the name, which is the script's start, and GitHub's answer.
    """
    entries = tuple(DayEntry(one.day, one.count, one.uniques or 0) for one in told)
    # Only the days count here: whose window it was, and its totals, are told elsewhere.
    answer = WindowAnswer(0, "", looked_at, looked_at, entries, WindowTotals(0, 0))
    uncertain = window_bounds(answer).uncertain
    for one in told:
        proven = uncertain < one.day <= looked_at.date()
        yield replace(one, looked_at=looked_at) if proven else one


def _snapshot_time(path: Path, given: Given) -> datetime | None:
    found = _SNAPSHOT.fullmatch(path.name)
    if not found:
        return None
    try:
        moment = datetime.strptime(found[1], "%Y-%m-%d_%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        raise refused(str(path), "its name holds no time", "2021-11-24_231835_...") from None
    if moment.date() > given.today:
        raise refused(str(path), f"{moment} lies in the future", f"at most {given.today} (UTC)")
    return moment


def _owner_and_name(path: Path) -> str | None:
    """Of the repository, by the folders that the Action makes."""
    for folder in path.parents:
        if folder.name == _DATA_FOLDER and folder.parent.parent.name:
            return f"{folder.parent.parent.name}/{folder.parent.name}"
    return None
