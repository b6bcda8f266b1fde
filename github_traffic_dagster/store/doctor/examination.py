"""Examine a table, or a whole store: everything that is wrong, by name. Nothing is changed.

Writers may be at work meanwhile. So what names other files is read before these are listed: the
checkpoint pointer, the log, the data files. Raw is read between two looks at golden, and what seems
wrong with a log that has changed since is looked at again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final

from github_traffic_dagster.errors import ForeignTableError, StoreError
from github_traffic_dagster.store.doctor import content_findings, data_findings
from github_traffic_dagster.store.doctor.content_findings import RAW_OF
from github_traffic_dagster.store.doctor.findings import Damage, Finding, Repair, Severity
from github_traffic_dagster.store.doctor.log import Log, read_log
from github_traffic_dagster.store.doctor.log_findings import log_findings
from github_traffic_dagster.store.doctor.losses import known_losses
from github_traffic_dagster.store.doctor.parquet import BrokenFileError, rows_of
from github_traffic_dagster.store.doctor.storage import LOG, Storage, StoredFile
from github_traffic_dagster.store.faults import storage_faults
from github_traffic_dagster.store.opening import open_table
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.traffic.tables import GOLDEN, TABLES, Table

_LOOKS: Final = 5
"""How often a log is read until it stands still or nothing is wrong with it."""

_CANNOT_BE_OPENED: Final = {
    Damage.TABLE_MISSING,
    Damage.NOT_OUR_TABLE,
    Damage.UNREADABLE,
    Damage.LOG_LOST,
    Damage.COMMIT_MISSING,
    Damage.COMMIT_UNREADABLE,
    Damage.CHECKPOINT_UNREADABLE,
    Damage.POINTER_ASTRAY,
}


@dataclass(frozen=True, slots=True)
class _Examined:
    """What one table's files say.

    Attributes:
        readable: the months that it has rows of, and whose files are all there and whole.
        settled: live files that are older than an hour.
    """

    findings: list[Finding]
    can_be_opened: bool
    readable: set[date] = field(default_factory=set)
    settled: set[str] = field(default_factory=set)


def examine_store(places: Mapping[str, Place], *, now: datetime | None = None) -> list[Finding]:
    """Examine all tables of a store, their rows included, and golden against raw.

    Optional tables that are not there are no damage.

    Args:
        places: the tables' places by name.
        now: by default the current time.

    Returns:
        The findings, table by table; none for a store into which nothing was collected yet.
    """
    findings = examine_tables(places, TABLES.values(), now=now)
    lacking = [one.table for one in findings if one.damage is Damage.TABLE_MISSING]
    if len(lacking) == len(findings) == len(TABLES):
        return []
    optional = {name for name in lacking if TABLES[name].optional}
    return [one for one in findings if one.table not in optional]


def examine_tables(
    places: Mapping[str, Place], tables: Iterable[Table], *, now: datetime | None = None
) -> list[Finding]:
    """As `examine_store`, of some tables; golden is held against raw when both are among them."""
    now = now or datetime.now(UTC)
    examined = {
        table.name: _examine_files(places[table.name], table, thorough=True, now=now)
        for table in tables
    }
    found = {name: list(one.findings) for name, one in examined.items()}
    for name, golden in examined.items():
        source = examined.get(RAW_OF[name].name) if name in RAW_OF else None
        if source and golden.can_be_opened and source.can_be_opened:
            found[name] += _compare(places, TABLES[name], golden, source)
    return [finding for findings in found.values() for finding in findings]


def examine(
    place: Place, table: Table, *, thorough: bool = True, now: datetime | None = None
) -> list[Finding]:
    """Examine one table by itself.

    Args:
        place: where it lies.
        table: the table.
        thorough: also read the data files and what readers don't need of the log. Without it, the
            log from its newest checkpoint on is read, and data files are only listed.
        now: by default the current time.
    """
    return _examine_files(place, table, thorough=thorough, now=now or datetime.now(UTC)).findings


def _examine_files(place: Place, table: Table, *, thorough: bool, now: datetime) -> _Examined:
    try:
        with storage_faults(place, "examine"):
            return _examined(place, table, thorough=thorough, now=now)
    except ForeignTableError as error:
        return _unusable(Damage.NOT_OUR_TABLE, table, place.uri, str(error))
    except StoreError as error:
        return _unusable(Damage.UNREADABLE, table, place.uri, str(error))


def _examined(place: Place, table: Table, *, thorough: bool, now: datetime) -> _Examined:
    if place.local_path and not place.local_path.exists():
        return _missing(table, place)
    storage = Storage(place)
    log = _standing_log(storage, table, thorough=thorough)
    stored = data_findings.stored_data_files(storage)
    if log.newest < 0 and not stored and not log.unknown:
        return _missing(table, place)
    found = log_findings(log, table.name)
    if log.is_lost and not _holds_ours(storage, table, stored):
        return _unusable(
            Damage.NOT_OUR_TABLE,
            table,
            place.uri,
            f"neither a readable Delta log nor data files of {table.name} lie here; "
            "move what lies here away yourself",
        )
    openable = not any(_blocks(finding) for finding in found)
    if openable:
        open_table(place, table)
    in_files, stored = _broken_files(storage, table, log, stored, thorough=thorough)
    broken = {month for finding in in_files for month in finding.months}
    filled = {month for file in log.live.values() for month in file.months(log.period)}
    readable = filled - broken
    found += in_files
    if thorough:
        found += data_findings.stray_findings(log, table, stored, now=now)
    if thorough and openable:
        found += content_findings.duplicates(place, table, sorted(readable))
    if thorough and openable and table not in GOLDEN.values():
        unnamed = [file.path for file in data_findings.orphans(log, stored, now=now)]
        found += content_findings.uncommitted(storage, place, table, unnamed, broken)
    settled = data_findings.settled_files(log, stored, now=now)
    return _Examined(found, openable, readable, settled)


def _broken_files(
    storage: Storage,
    table: Table,
    log: Log,
    stored: dict[str, StoredFile],
    *,
    thorough: bool,
) -> tuple[list[Finding], dict[str, StoredFile]]:
    """Live files that are broken at a second look too: a store's answer can be short."""
    live = log.live
    found = list(
        data_findings.live_findings(
            storage, table, live.values(), stored, period=log.period, thorough=thorough
        )
    )
    if not found:
        return found, stored
    stored = data_findings.stored_data_files(storage)
    again = [live[finding.path] for finding in found]
    found = list(
        data_findings.live_findings(
            storage, table, again, stored, period=log.period, thorough=thorough
        )
    )
    return found, stored


def _compare(
    places: Mapping[str, Place],
    table: Table,
    golden: _Examined,
    source: _Examined,
) -> list[Finding]:
    place, raw = places[table.name], places[RAW_OF[table.name].name]
    broken = {
        month
        for one in (golden, source)
        for finding in one.findings
        if finding.repair is Repair.DROP_FILE
        for month in finding.months
    }
    months = (golden.readable | source.readable) - broken
    try:
        with storage_faults(place, "compare"):
            losses = known_losses(Storage(place))
            return list(
                content_findings.against_raw(
                    place, table, raw, months, settled=source.settled, known_losses=losses
                )
            )
    except StoreError as error:
        return _unusable(Damage.UNREADABLE, table, place.uri, str(error)).findings


def _standing_log(storage: Storage, table: Table, *, thorough: bool) -> Log:
    """The log, read until nothing is wrong with it or it no longer changes."""
    before: list[StoredFile] = []
    for _ in range(_LOOKS):
        try:
            log = read_log(storage, thorough=thorough)
        except FileNotFoundError:  # maintenance took an old file away meanwhile
            continue
        files = storage.files(LOG)
        if not log_findings(log, table.name) or files == before:
            return log
        before = files
    return read_log(storage, thorough=thorough)


def _blocks(finding: Finding) -> bool:
    return finding.severity is Severity.ERROR and finding.damage in _CANNOT_BE_OPENED


def _holds_ours(storage: Storage, table: Table, stored: Mapping[str, StoredFile]) -> bool:
    """Whether a folder without a readable log can be ours: empty, or with rows of the table."""
    if not stored:
        return True
    for path in stored:
        if data_findings.period_of(path) is None:
            continue
        try:
            rows_of(storage.read(path), table)
        except (BrokenFileError, FileNotFoundError):
            continue
        return True
    return False


def _missing(table: Table, place: Place) -> _Examined:
    raw = RAW_OF.get(table.name)
    text = f"there is no table at {place.uri}; "
    text += f"it can be rebuilt from {raw.name}" if raw else "the next run begins a new one"
    return _Examined(
        [
            Finding(
                Damage.TABLE_MISSING,
                table.name,
                place.uri,
                text,
                Severity.ERROR,
                Repair.REBUILD if raw else None,
            )
        ],
        can_be_opened=False,
    )


def _unusable(damage: Damage, table: Table, what: str, text: str) -> _Examined:
    finding = Finding(damage, table.name, what, text, Severity.ERROR)
    return _Examined([finding], can_be_opened=False)
