"""Gist state of https://github.com/djdarcy/github-traffic-tracker.

Followed: src/ghtraf/templates/.github/workflows/traffic-badges.yml at 872b483, whose script writes
`state.json` (31 days) and, into another gist, `archive-2026-02.json` for each month.

- `dailyHistory` is a list of days: `date` (2026-02-10T00:00:00Z), `clones`, `views`,
  `uniqueClones`, `uniqueViews`, of each the greatest seen. Early versions kept no uniques.
- An archive names its repository (`repo`), the state does not: `--repository` does.
- The script writes zeros of its own: today's entry as a sign that it ran, uniques of days that it
  does not know. So its zeros prove nothing and are left out, and 0 uniques beside a count are
  unknown. `capturedAt` is the time of the script's run, not of an answer about this metric: it
  proves nothing either.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from github_traffic_dagster.history.text_files import json_of
from github_traffic_dagster.history.told import Given, Row, Told, refused
from github_traffic_dagster.traffic.answers import Metric

DAYS: Final = "dailyHistory"
_KEYS: Final = {Metric.VIEWS: ("views", "uniqueViews"), Metric.CLONES: ("clones", "uniqueClones")}


def files_below(folder: Path) -> list[Path]:
    """The state and the archives in a folder, as in a clone of the gists."""
    return sorted([*folder.glob("state.json"), *folder.glob("archive*.json")])


def read(path: Path, given: Given) -> Iterator[Told]:
    """The rows of one file, or of all in a folder.

    Raises:
        HistoryFileError: a file or an entry is not as above.
    """
    for file in files_below(path) if path.is_dir() else [path]:
        yield from _read(file, given)


def _read(path: Path, given: Given) -> Iterator[Told]:
    content = json_of(path)
    days = content.get(DAYS) if isinstance(content, dict) else None
    if not isinstance(days, list):
        raise refused(str(path), f"it has no list {DAYS}", "state.json or archive-YYYY-MM.json")
    repository = content.get("repo")
    for number, entry in enumerate(days, start=1):
        row = Row(str(path), f"entry {number} of {DAYS}", given)
        if not isinstance(entry, dict) or not isinstance(entry.get("date"), str):
            raise row.refused("it has no date", "an object with date, clones and views")
        yield from _entry(row, entry, repository)


def _entry(row: Row, entry: dict[str, Any], repository: object) -> Iterator[Told]:
    for metric, (count, uniques) in _KEYS.items():
        told = row.told(
            metric,
            # Early versions wrote the time of the run as well; the day is what counts to them.
            day=entry["date"][:10],
            count=entry.get(count),
            uniques=entry.get(uniques) or None,
            repository=repository,
        )
        if told and told.count:
            yield told
