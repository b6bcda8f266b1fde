"""Keep a table as cheap to write and open after ten years as it was in its first.

Part of the daily run, and safe beside others: compaction replaces files by equal ones in a commit
(a writer that meets it retries, readers keep their version), and nothing is deleted before the
days of time travel are over. What is due is decided from the table itself, so that an ordinary
day costs opening it once more. Checkpoints and the log's clean-up come with every commit, by the
table's properties.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import uuid4

import polars as pl
from deltalake import CommitProperties, DeltaTable, Transaction, WriterProperties
from deltalake.exceptions import CommitFailedError

from github_traffic_dagster.store.faults import storage_faults
from github_traffic_dagster.store.file_totals import keep_totals
from github_traffic_dagster.store.layout import (
    PERIOD,
    configuration,
    retention,
    stored_period,
)
from github_traffic_dagster.store.leftovers import remove_leftovers
from github_traffic_dagster.store.opening import open_table
from github_traffic_dagster.store.periods import Period
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.traffic.tables import GOLDEN, Table

HANDFUL: Final = 8
"""A period that is still written to may have so many files before they are compacted."""

_SETTLED_AFTER: Final = timedelta(days=20)
"""From a period's last day on: the window in which its days still change."""

_CLEAN_EVERY: Final = timedelta(days=30)

_TARGET_BYTES: Final = 100 * 1024 * 1024
"""delta-rs' own target for a file. What is half of it is left alone, or it would never end."""

_SORTED_BY: Final = "repo_id"
"""What most questions ask for first: one repository's history."""

# Readers share out a file by its row groups; delta-rs' own of a million rows leave cores idle.
_PACKED: Final = WriterProperties(compression="ZSTD", max_row_group_size=131_072)
_IN_ORDER: Final = ".zstd.parquet"
"""How delta-rs ends the names of files written so. Nothing but maintenance writes such: the name
tells whether a file was put in order since it was last written."""

_CLAIM: Final = "github_traffic.compaction"
"""The table property by which a compaction claims its files before it replaces them.

delta-rs 1.6.6 lets two compactions of the same files both commit, and every row is there twice
(they change no data, and are not checked against each other; measured: 4 processes on S3, 168
doubled rows). A changed property conflicts with everything that began before it: of two that
claim, one fails here, or the one that claimed first fails when it commits.
"""

_CLEANED: Final = "github_traffic.cleaned"
"""The last cleaning's mark in the table's log: a transaction identifier, with its day since year 1
as the version. (Compaction's commits take no such marks, delta-rs 1.6.6.)"""


@dataclass(frozen=True, slots=True)
class Maintained:
    """What was done to a table.

    Attributes:
        properties: table properties that were brought up to date.
        compacted: periods whose files were made fewer, or sorted where it was one already.
        files_before: files of these periods before.
        files_after: files of these periods after.
        removed: unused files deleted, or None where that was not due.
        postponed: another writer was faster; the next run continues.
    """

    properties: tuple[str, ...] = ()
    compacted: tuple[str, ...] = ()
    files_before: int = 0
    files_after: int = 0
    removed: int | None = None
    postponed: bool = False

    def __str__(self) -> str:
        """In words, for a run's page."""
        parts = []
        if self.properties:
            parts.append(f"set {', '.join(self.properties)}")
        if self.compacted:
            first, last = self.compacted[0], self.compacted[-1]
            periods = first if first == last else f"{first}...{last}"
            parts.append(
                f"compacted {periods} from {self.files_before} to {self.files_after} files"
                if self.files_after < self.files_before
                else f"sorted {periods}"
            )
        if self.removed is not None:
            parts.append(f"removed {self.removed} unused files")
        if self.postponed:
            parts.append("the rest waits for the next run: another one was writing")
        return "; ".join(parts) or "nothing was due"


def maintain(place: Place, table: Table, *, now: datetime) -> Maintained:
    """Do what is due: properties, compaction, removal of files nobody can read any more.

    Args:
        place: where the table lies.
        table: the table that must lie there.
        now: the present, in UTC.

    Raises:
        TableMissingError: there is no table yet.
        StoreError: the storage failed; every version that could be read still can.
    """
    with storage_faults(place, "maintain"):
        opened = open_table(place, table)
        period = stored_period(opened)
        properties = _due_properties(opened, place, table)
        due = _due_compactions(opened, table, now)
        cleaning = _is_cleaning_due(opened, now)
        before = _number_of_files(opened, due) if due else 0
        try:
            if properties:
                opened.alter.set_table_properties(properties)
            if due:
                _compact(opened, table, due)
        except CommitFailedError:
            return Maintained(postponed=True)
        after = _number_of_files(opened, due) if due else 0
        removed = _clean(opened, place, now) if cleaning else None
        if table in GOLDEN.values() and period is Period.MONTH:
            # Smaller stores are added up faster than what is kept of them would be read.
            keep_totals(opened, place, _settled_files(opened, period, now))
        compacted = tuple(period.shown(first_day) for first_day in due)
        return Maintained(tuple(properties), compacted, before, after, removed)


def _due_properties(opened: DeltaTable, place: Place, table: Table) -> dict[str, str]:
    """Those that an older release did not know, and the retention where the setting changed."""
    stored = opened.metadata().configuration
    known = configuration(table, stored_period(opened))
    wanted = {name: value for name, value in known.items() if name not in stored}
    if place.time_travel_days is not None:
        wanted |= retention(place.time_travel_days)
    return {
        name: value
        for name, value in wanted.items()
        if value is not None and stored.get(name) != value
    }


def _files(opened: DeltaTable) -> pl.DataFrame:
    """One row per data file: `name`, `period`, `size` in bytes, and whether it is `in_order`."""
    files = pl.DataFrame(opened.get_add_actions(flatten=True))
    if files.is_empty():
        files = files.with_columns(pl.lit(None, dtype=pl.Date()).alias(f"partition.{PERIOD.name}"))
    return files.select(
        pl.col("path").str.split("/").list.last().alias("name"),
        pl.col(f"partition.{PERIOD.name}").alias(PERIOD.name),
        pl.col("size_bytes").alias("size"),
        pl.col("path").str.ends_with(_IN_ORDER).alias("in_order"),
    )


def _number_of_files(opened: DeltaTable, periods: Container[date]) -> int:
    return sum(first_day in periods for first_day in _files(opened)[PERIOD.name])


def _settled_files(opened: DeltaTable, period: Period, now: datetime) -> list[str]:
    """Names of the files that only an import of the past, or a repair, will replace."""
    files = _files(opened).filter(pl.col("in_order"))
    return [
        name
        for name, first_day in files.select("name", PERIOD.name).iter_rows()
        if _is_settled(period, first_day, now)
    ]


def _is_settled(period: Period, first_day: date, now: datetime) -> bool:
    return period.last_day(first_day) <= (now - _SETTLED_AFTER).date()


def _due_compactions(opened: DeltaTable, table: Table, now: datetime) -> dict[date, int]:
    """Periods whose files are to be compacted, each with the size up to which they are taken."""
    period = stored_period(opened)
    due = {}
    for (first_day,), files in (
        _files(opened).sort(PERIOD.name).group_by(PERIOD.name, maintain_order=True)
    ):
        sizes = sorted(size for size in files["size"] if size < _TARGET_BYTES // 2)
        settled = _is_settled(period, first_day, now)
        unsorted = settled and table.merge is not None and not files["in_order"].all()
        if unsorted or len(sizes) > (1 if settled else HANDFUL):
            due[first_day] = _TARGET_BYTES if settled else _greatest_to_take(sizes)
    return due


def _greatest_to_take(sizes: Sequence[int]) -> int:
    """The size up to which files are made one: so many small ones that few stay.

    A file that is greater than all smaller ones together is left alone, so that rows are written
    anew each time their number has doubled, and not every few days for a year.
    """
    for taken in range(len(sizes) - HANDFUL // 2 + 1, len(sizes)):
        if sum(sizes[:taken]) < sizes[taken]:
            return sizes[taken] - 1
    return _TARGET_BYTES


def _compact(opened: DeltaTable, table: Table, due: Mapping[date, int]) -> None:
    """Commits that change no row: for each period a claim, and its files.

    One claim for all would not do: after each commit delta-rs reads on to the newest version, and
    what another one has claimed meanwhile no longer conflicts (measured: eight processes on
    Azurite, 240 doubled rows in one of a few dozen rounds).

    Raw files keep the order in which they were observed. The others are sorted, so that one
    repository's rows lie together; a merge that comes later undoes that for the period it touches,
    until the period is settled.
    """
    for first_day, greatest in due.items():
        opened.alter.set_table_properties({_CLAIM: uuid4().hex}, raise_if_not_exists=False)
        files = [(PERIOD.name, "=", str(first_day))]
        if table.merge is None:
            opened.optimize.compact(files, greatest, writer_properties=_PACKED)
        else:
            opened.optimize.z_order(
                [_SORTED_BY], files, _TARGET_BYTES, 1, writer_properties=_PACKED
            )


def _is_cleaning_due(opened: DeltaTable, now: datetime) -> bool:
    """Whether a month has gone by since the last time, or since the table came to be."""
    cleaned = opened.transaction_version(_CLEANED)
    if cleaned is not None:
        return now.date() >= date.fromordinal(cleaned) + _CLEAN_EVERY
    created = datetime.fromtimestamp(opened.metadata().created_time / 1000, now.tzinfo)
    return now >= created + _CLEAN_EVERY


def _clean(opened: DeltaTable, place: Place, now: datetime) -> int:
    """Delete what no version within the days of time travel needs, also what killed runs left.

    `full`: the short way misses files whose removal has left the checkpoint, and orphans. Nothing
    to delete makes no commit and so no mark: then the next run looks again, at a few files.
    """
    mark = Transaction(_CLEANED, now.date().toordinal())
    unused = opened.vacuum(
        full=True, dry_run=False, commit_properties=CommitProperties(app_transactions=[mark])
    )
    return len(unused) + remove_leftovers(place, before=now - _CLEAN_EVERY)
