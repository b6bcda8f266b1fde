"""Append observations: raw tables only ever grow, and a retry of a run adds nothing twice."""

import time
from dataclasses import dataclass
from typing import Any, Final

import polars as pl
from deltalake import DeltaTable, Transaction, write_deltalake

from github_traffic_dagster.store.committing import commit, signed
from github_traffic_dagster.store.faults import storage_faults
from github_traffic_dagster.store.layout import stored_period, with_period
from github_traffic_dagster.store.opening import open_or_create
from github_traffic_dagster.store.periods import period_for
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.store.reading import scan_opened
from github_traffic_dagster.traffic.tables import Table

_MISSING: Final = "github_traffic.missing"
"""One name for all that adds observations of others: of two at once, the later looks again."""


@dataclass(frozen=True, slots=True)
class Appended:
    """What an append did: rows added, and the table's version after it."""

    rows: int
    version: int


def append(place: Place, table: Table, frame: pl.DataFrame, *, run_id: str) -> Appended:
    """Add those rows of `frame` that this run has not added yet.

    The run's name is written into the same commit as a Delta transaction identifier
    (https://github.com/delta-io/delta/blob/master/PROTOCOL.md#transaction-identifiers): a retry
    finds it there, also when the reply to the first try was lost.

    Args:
        place: where the table lies; created empty when there is none.
        table: an append-only table whose key includes `run_id`.
        frame: rows in the table's columns, all of this run.
        run_id: the Dagster run.
    """

    def attempt() -> Appended:
        opened = open_or_create(place, table, period_for(frame))
        committed = opened.transaction_version(run_id)
        rows = frame if committed is None else _not_yet_there(opened, place, table, frame, run_id)
        if rows.is_empty():
            return Appended(0, opened.version())
        write_deltalake(
            opened,
            with_period(rows, stored_period(opened)),
            mode="append",
            commit_properties=signed(
                run_id, Transaction(run_id, (committed or 0) + 1, _last_updated(opened))
            ),
        )
        return Appended(rows.height, opened.version())

    with storage_faults(place, "append to"):
        return commit(place, attempt)


def append_missing(place: Place, table: Table, frame: pl.DataFrame, *, run_id: str) -> Appended:
    """Add those rows of `frame` that the table does not hold, whichever runs they are of.

    Args:
        place: where the table lies; created empty when there is none.
        table: an append-only table.
        frame: rows in the table's columns, each key once.
        run_id: named in the table's history.
    """

    def attempt() -> Appended:
        opened = open_or_create(place, table, period_for(frame))
        if frame.is_empty():
            return Appended(0, opened.version())
        stored = scan_opened(opened, place, table, **_days(frame)).select(table.key).collect()
        rows = frame.join(stored, on=list(table.key), how="anti")
        if rows.is_empty():
            return Appended(0, opened.version())
        before = opened.transaction_version(_MISSING) or 0
        write_deltalake(
            opened,
            with_period(rows, stored_period(opened)),
            mode="append",
            commit_properties=signed(run_id, Transaction(_MISSING, before + 1)),
        )
        return Appended(rows.height, opened.version())

    with storage_faults(place, "append to"):
        return commit(place, attempt)


def _last_updated(opened: DeltaTable) -> int:
    """Now, in milliseconds: Delta forgets a run's name some time after this.

    Never before the table came to be, so that a clock that was set back can't make it forget at
    once what this run has written.
    """
    return max(int(time.time() * 1000), opened.metadata().created_time)


def _not_yet_there(
    opened: DeltaTable, place: Place, table: Table, frame: pl.DataFrame, run_id: str
) -> pl.DataFrame:
    if frame.is_empty():
        return frame
    stored = (
        scan_opened(opened, place, table, **_days(frame))
        .filter(pl.col("run_id") == run_id)
        .select(table.key)
        .collect()
    )
    return frame.join(stored, on=list(table.key), how="anti")


def _days(frame: pl.DataFrame) -> dict[str, Any]:
    """The first and last day of rows, as a scan takes them."""
    return {"first_day": frame["day"].min(), "last_day": frame["day"].max()}
