"""Repair what an examination found. Nothing is deleted: what is taken out lies in quarantine.

No observation is discarded. Raw rows are only ever added; golden and `repos` change by their merge
rules alone, by which no number falls. Each step may be repeated: a repair that was killed is begun
again. Nothing else should write to the tables meanwhile.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final
from urllib.parse import unquote

from deltalake import DeltaTable

from github_traffic_dagster.errors import StoreError
from github_traffic_dagster.store.doctor import rebuilding
from github_traffic_dagster.store.doctor.commits import blank_commit
from github_traffic_dagster.store.doctor.content_findings import RAW_OF
from github_traffic_dagster.store.doctor.data_findings import UNDER_WAY
from github_traffic_dagster.store.doctor.examination import examine_store, examine_tables
from github_traffic_dagster.store.doctor.findings import Damage, Finding, Repair
from github_traffic_dagster.store.doctor.log import POINTER
from github_traffic_dagster.store.doctor.storage import LOG, Storage
from github_traffic_dagster.store.faults import describe, is_storage_fault
from github_traffic_dagster.store.opening import create_table, open_table
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.traffic.tables import TABLES, Table

_ROUNDS: Final = 4
"""What lies behind a broken log shows only once the log is whole, and golden's once raw's is."""

_OF_THE_LOG: Final = {Repair.BLANK_COMMIT, Repair.RECREATE}


@dataclass(frozen=True, slots=True)
class Repaired:
    """What a repair did.

    Attributes:
        done: the steps, as sentences, in order.
        findings: what is wrong with the store after it.
    """

    done: list[str]
    findings: list[Finding]


def repair_store(
    places: Mapping[str, Place],
    findings: Sequence[Finding] | None = None,
    *,
    now: datetime | None = None,
) -> Repaired:
    """Repair what can be repaired.

    Args:
        places: the tables' places by name.
        findings: what an examination just found; by default the store is examined first.
        now: by default the current time.

    Raises:
        StoreError: the storage failed in between; repairing again goes on from there.
    """
    now = now or datetime.now(UTC)
    stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
    done: list[str] = []
    standing = list(examine_store(places, now=now) if findings is None else findings)
    for _ in range(_ROUNDS):
        steps = dict(_round(places, standing, stamp))
        if not steps:
            break
        done += [step for taken in steps.values() for step in taken]
        changed = [table for table in TABLES.values() if steps.keys() & _related(table)]
        names = {table.name for table in changed}
        standing = [finding for finding in standing if finding.table not in names]
        # Nothing else writes, so what lies there now belongs to no writer at work.
        standing += examine_tables(places, changed, now=now + UNDER_WAY)
    return Repaired(done, standing)


def _related(table: Table) -> set[str]:
    """The table itself and, of raw and golden, the other one."""
    pairs = [{golden, raw.name} for golden, raw in RAW_OF.items()]
    return next((pair for pair in pairs if table.name in pair), {table.name})


def _round(
    places: Mapping[str, Place], findings: Sequence[Finding], stamp: str
) -> Iterator[tuple[str, list[str]]]:
    """One pass over the tables, raw before golden: each table's name and the steps taken."""
    for name, table in TABLES.items():
        own = [finding for finding in findings if finding.table == name and finding.repair]
        if not own:
            continue
        raw = places[RAW_OF[name].name] if name in RAW_OF else None
        with _interruptions(places[name]):
            steps = list(_Patient(places[name], table, raw, own, stamp).steps())
        if steps:
            yield name, steps


@contextmanager
def _interruptions(place: Place) -> Iterator[None]:
    """A storage fault between two steps, as an error that says how to go on."""
    try:
        yield
    except BaseException as error:
        if not is_storage_fault(error):
            raise
        raise StoreError(
            f"The repair of {place.uri} stopped between two steps: {describe(error)} Repair again "
            "to go on from there; what was taken out of the table lies in its quarantine."
        ) from error


class _Patient:
    """One table, its findings, and the steps that mend them in order."""

    def __init__(
        self, place: Place, table: Table, raw: Place | None, findings: list[Finding], stamp: str
    ) -> None:
        self._place, self._table, self._raw, self._stamp = place, table, raw, stamp
        self._run_id = f"doctor-{stamp}"
        self._storage = Storage(place)
        self._findings = findings

    def steps(self) -> Iterator[str]:
        """Mend the files first, then the rows."""
        if self._of(Repair.RECREATE):
            yield from self._recreate()
        else:
            yield from self._set_aside()
            yield from self._blank_commits()
            yield from self._drop_files()
        yield from self._adopt_rows()
        yield from self._merge_duplicates()
        yield from self._rebuild()
        yield from self._record_losses()

    def _of(self, *repairs: Repair) -> list[Finding]:
        return [finding for finding in self._findings if finding.repair in repairs]

    def _months(self, *repairs: Repair) -> set[date]:
        return {month for finding in self._of(*repairs) for month in finding.months}

    def _say(self, text: str) -> str:
        return f"{self._table.name}: {text}"

    def _recreate(self) -> Iterator[str]:
        files = self._storage.files(LOG)
        for file in files:
            self._storage.keep_copy(file.path, self._stamp)
        for file in files:
            kept = self._storage.set_aside(file.path, self._stamp)
            yield self._say(f"moved {file.path} to {kept}")
        self._create()
        yield self._say("began a new log")

    def _create(self) -> None:
        period = rebuilding.period_to_recreate(self._place, self._table, self._raw)
        create_table(self._place, self._table, period)

    def _set_aside(self) -> Iterator[str]:
        paths = {finding.path for finding in self._of(Repair.SET_ASIDE)}
        if any(one.damage is Damage.CHECKPOINT_UNREADABLE for one in self._findings):
            paths.add(POINTER)  # it may name the checkpoint that goes
        for path in sorted(paths):
            try:
                kept = self._storage.set_aside(path, self._stamp)
            except FileNotFoundError:
                continue
            yield self._say(f"moved {path} to {kept}")

    def _blank_commits(self) -> Iterator[str]:
        for finding in self._of(Repair.BLANK_COMMIT):
            try:
                kept = f"the old one lies at {self._storage.keep_copy(finding.path, self._stamp)}"
            except FileNotFoundError:
                kept = "there was none"
            self._storage.write(finding.path, blank_commit(finding.damage.value))
            yield self._say(f"put a commit without changes in place of {finding.path}; {kept}")

    def _drop_files(self) -> Iterator[str]:
        broken = self._of(Repair.DROP_FILE)
        for finding in broken:
            try:
                kept = self._storage.set_aside(finding.path, self._stamp)
            except FileNotFoundError:
                continue
            yield self._say(f"moved {finding.path} to {kept}")
        if broken and self._opens():
            opened = DeltaTable(self._place.uri, storage_options=self._place.delta_options)
            self._refuse_to_drop_others(opened, {finding.path for finding in broken})
            dropped = opened.repair()["files_removed"]
            yield self._say(f"dropped the log entries of {len(dropped)} data files")

    def _refuse_to_drop_others(self, opened: DeltaTable, broken: set[str]) -> None:
        """delta-rs drops whatever it does not see, also where the storage's answer is short."""
        unseen = {unquote(path) for path in opened.repair(dry_run=True)["files_removed"]}
        if unseen - broken:
            raise StoreError(
                f"{self._place.uri}: the storage now lacks files that it had a moment ago "
                f"({', '.join(sorted(unseen - broken)[:3])}). No log entry was dropped: look at "
                "the storage, then repair again."
            )

    def _adopt_rows(self) -> Iterator[str]:
        """Take rows from data files that are not live: uncommitted ones and older versions."""
        everywhere = bool(self._of(*_OF_THE_LOG))
        months = self._months(Repair.ADOPT_ROWS, Repair.DROP_FILE)
        if (everywhere or months) and self._opens():
            taken = rebuilding.adopt_rows(
                self._place, self._table, None if everywhere else months, run_id=self._run_id
            )
            for period, rows in taken:
                yield self._say(f"took {rows:,} rows of {period} from data files")

    def _merge_duplicates(self) -> Iterator[str]:
        for month in sorted(self._months(Repair.MERGE_DUPLICATES)):
            joined = rebuilding.merge_duplicates(
                self._place, self._table, month, run_id=self._run_id
            )
            yield self._say(f"joined {joined:,} duplicate rows of {month:%Y-%m}")

    def _rebuild(self) -> Iterator[str]:
        wanted = self._of(Repair.REBUILD, Repair.DROP_FILE, *_OF_THE_LOG)
        if self._raw is None or not wanted or not _opens(self._raw, RAW_OF[self._table.name]):
            return
        if not self._opens(create=True):
            return
        months: set[date] | None = {month for finding in wanted for month in finding.months}
        if any(not finding.months for finding in wanted):
            months = None
        for month, merged in rebuilding.rebuild(
            self._place, self._table, self._raw, months, run_id=self._run_id
        ):
            if merged.inserted or merged.updated:
                yield self._say(
                    f"rebuilt {month:%Y-%m} from raw: {merged.inserted:,} rows added, "
                    f"{merged.updated:,} brought up to date"
                )

    def _record_losses(self) -> Iterator[str]:
        months = self._months(Repair.RECORD_LOSS)
        if not months or self._raw is None:
            return
        raw = RAW_OF[self._table.name]
        # An earlier repair may have been killed before it had looked everywhere.
        for period, rows in rebuilding.adopt_rows(self._raw, raw, months, run_id=self._run_id):
            yield f"{raw.name}: took {rows:,} rows of {period} from data files"
        lost = rebuilding.record_lost(
            self._storage, self._place, self._table, self._raw, sorted(months)
        )
        if lost:
            yield self._say(f"wrote down {lost:,} repository-days whose observations raw has lost")

    def _opens(self, *, create: bool = False) -> bool:
        """Whether the rows can be got at; files that no reader can open wait for the next round."""
        if create and any(one.damage is Damage.TABLE_MISSING for one in self._findings):
            self._create()
        return _opens(self._place, self._table)


def _opens(place: Place, table: Table) -> bool:
    try:
        open_table(place, table)
    except StoreError:
        return False
    return True
