"""What is wrong with a table's data files, as findings."""

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Final

from github_traffic_dagster.store.doctor.findings import Damage, Finding, Repair, Severity
from github_traffic_dagster.store.doctor.log import LiveFile, Log
from github_traffic_dagster.store.doctor.parquet import BrokenFileError, count_rows
from github_traffic_dagster.store.doctor.storage import LOG, Storage, StoredFile
from github_traffic_dagster.store.file_totals import FOLDER
from github_traffic_dagster.store.periods import Period
from github_traffic_dagster.traffic.tables import Table

UNDER_WAY: Final = timedelta(hours=1)
"""A file younger than this may belong to a commit that is being written."""

_DATA_FILE: Final = re.compile(r"period=(\d{4}-\d{2}-\d{2})/[^/]+\.parquet")
_MISSING: Final = (Damage.DATA_FILE_MISSING, "it is not there; readers fail on its year or month")
_RANGES: Final = {"day": "days", "repo_id": "repository ids", "observed_at": "observed"}


def period_of(path: str) -> date | None:
    """The period a data file lies in; None when it is no data file of ours by its name."""
    found = _DATA_FILE.fullmatch(path)
    try:
        return date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None


def stored_data_files(storage: Storage) -> dict[str, StoredFile]:
    """Everything in the table's folder but its log and the totals of its files, by path."""
    others = (f"{LOG}/", f"{FOLDER}/")
    return {file.path: file for file in storage.files() if not file.path.startswith(others)}


def live_findings(
    storage: Storage,
    table: Table,
    live: Iterable[LiveFile],
    stored: dict[str, StoredFile],
    *,
    period: Period,
    thorough: bool,
) -> Iterator[Finding]:
    """Live files that are missing, of another size or, read to the end, not what the log says.

    Args:
        storage: the table's files.
        table: the table.
        live: the files that the log names.
        stored: the files that lie there, listed after the log was read.
        period: what the table is laid out by.
        thorough: read the files, and not only their sizes.
    """
    for file in live:
        defect = _defect(storage, table, file, stored, thorough=thorough)
        if defect:
            damage, reason = defect
            yield Finding(
                damage,
                table.name,
                file.path,
                f"{reason}; at stake: {_contents(file, period)}",
                Severity.ERROR,
                Repair.DROP_FILE,
                months=tuple(period.months(file.period)) if file.period else (),
                path=file.path,
            )


def stray_findings(
    log: Log, table: Table, stored: dict[str, StoredFile], *, now: datetime
) -> Iterator[Finding]:
    """Files that the log does not name: foreign ones each, orphans as a sum."""
    for file in stored.values():
        if period_of(file.path) is None:
            yield Finding(
                Damage.FOREIGN_FILE,
                table.name,
                file.path,
                f"nothing of ours ({file.size:,} bytes); maintenance would delete it one day",
                Severity.WARNING,
                Repair.SET_ASIDE,
                path=file.path,
            )
    left = [*orphans(log, stored, now=now), *_old(log.unfinished, now)]
    if left:
        yield Finding(
            Damage.ORPHAN_FILES,
            table.name,
            f"{len(left)} files",
            f"{sum(file.size for file in left):,} bytes of writers that were killed; harmless, "
            "maintenance takes them away",
            Severity.NOTE,
        )


def orphans(log: Log, stored: dict[str, StoredFile], *, now: datetime) -> list[StoredFile]:
    """Data files that no commit names, old enough not to belong to one that is being written."""
    named = log.live.keys() | log.removed
    unnamed = [file for path, file in stored.items() if period_of(path) and path not in named]
    return _old(unnamed, now)


def settled_files(log: Log, stored: dict[str, StoredFile], *, now: datetime) -> set[str]:
    """Live files that are old enough for the run that wrote them to have ended."""
    there = [stored[path] for path in log.live if path in stored]
    return {file.path for file in _old(there, now)}


def by_period(paths: Iterable[str]) -> dict[date, list[str]]:
    """Data files of ours by the period they lie in, ascending."""
    found: dict[date, list[str]] = {}
    for path in sorted(paths):
        period = period_of(path)
        if period:
            found.setdefault(period, []).append(path)
    return found


def _old(files: Iterable[StoredFile], now: datetime) -> list[StoredFile]:
    return [file for file in files if file.modified < now - UNDER_WAY]


def _defect(
    storage: Storage,
    table: Table,
    file: LiveFile,
    stored: dict[str, StoredFile],
    *,
    thorough: bool,
) -> tuple[Damage, str] | None:
    if file.path not in stored:
        return _MISSING
    size = stored[file.path].size
    if size != file.size:
        return Damage.DATA_FILE_OTHER_SIZE, f"it has {size:,} bytes, the log says {file.size:,}"
    return _defect_inside(storage, table, file) if thorough else None


def _defect_inside(storage: Storage, table: Table, file: LiveFile) -> tuple[Damage, str] | None:
    try:
        rows = count_rows(storage.read(file.path), table)
    except FileNotFoundError:
        return _MISSING
    except BrokenFileError as error:
        return Damage.DATA_FILE_UNREADABLE, str(error)
    if file.rows is not None and rows != file.rows:
        return Damage.DATA_FILE_OTHER_ROWS, f"it has {rows:,} rows, the log says {file.rows:,}"
    return None


def _contents(file: LiveFile, period: Period) -> str:
    """What the log's statistics tell of the rows in a file."""
    least, greatest = (file.statistics.get(key) or {} for key in ("minValues", "maxValues"))
    parts = [
        f"{what} {least[column]}...{greatest[column]}"
        for column, what in _RANGES.items()
        if column in least and column in greatest
    ]
    count = "an unknown number of" if file.rows is None else f"{file.rows:,}"
    when = period.shown(file.period) if file.period else "an unknown time"
    return ", ".join([f"{count} rows of {when}", *parts])
