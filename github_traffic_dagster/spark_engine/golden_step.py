"""The golden step on an engine: what is made sure before it, the plan, what is looked at after it.

The store stays ours: tables are created, completed and maintained by delta-rs alone, and the engine
only merges rows into what is there.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

import dagster as dg
import polars as pl
from deltalake import DeltaTable

from github_traffic_dagster.errors import StoreError, TableMissingError
from github_traffic_dagster.spark_engine.carriers import Carried, Carrier
from github_traffic_dagster.spark_engine.golden_sql import Stored, golden_plan
from github_traffic_dagster.store.faults import storage_faults
from github_traffic_dagster.store.layout import stored_period
from github_traffic_dagster.store.opening import missing_columns, open_or_create, open_table
from github_traffic_dagster.store.periods import Period, suitable_period
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.store.reading import collect, scan_opened
from github_traffic_dagster.traffic.tables import Table

_ADDED: Final = "numTargetRowsInserted"
_CHANGED: Final = "numTargetRowsUpdated"
"""Names that Delta gives the metrics of a MERGE, and Sail with it; delta-rs has others."""


@dataclass(frozen=True, slots=True)
class Ends:
    """The two tables that a golden step joins."""

    raw: Place
    raw_table: Table
    golden: Place
    golden_table: Table


@dataclass(frozen=True, slots=True)
class Advanced:
    """What the engine did to the golden table: rows added and changed, its version after it."""

    added: int
    changed: int
    version: int


def advance_golden(
    ends: Ends,
    first: date,
    last: date,
    carrier: Carrier,
    context: dg.AssetExecutionContext,
) -> tuple[Advanced, Carried]:
    """Bring a golden table up to date with its raw table for some days.

    Args:
        ends: the tables.
        first: the first of the days.
        last: the last of the days.
        carrier: brings the plan to where it runs.
        context: of the step.

    Raises:
        TableMissingError: there is no raw table yet.
        StoreError: a table is not ours, or another engine raised its protocol, and nothing was
            done; or the engine failed; or it wrote somewhere else.
        WorkspaceError: Databricks failed, or does not tell what it calls the tables.
    """
    raw = open_table(ends.raw, ends.raw_table)
    golden = _open_golden(ends, raw, first, last)
    lacking = [column.name for column in missing_columns(raw, ends.raw_table)]
    plan = golden_plan(
        Stored(carrier.naming(ends.raw_table.name, ends.raw), stored_period(raw), lacking),
        Stored(carrier.naming(ends.golden_table.name, ends.golden), stored_period(golden)),
        ends.golden_table,
        first=first,
        last=last,
    )
    carried = carrier.carry(plan, context)
    after = open_table(ends.golden, ends.golden_table)
    _require_every_day(ends, raw, after, first, last)
    return _advanced(ends, golden.version(), after), carried


def _open_golden(ends: Ends, raw: DeltaTable, first: date, last: date) -> DeltaTable:
    """Open it with all its columns; a new one is laid out as its first rows ask for."""
    try:
        open_table(ends.golden, ends.golden_table)
        period = Period.YEAR  # not asked for: what is there keeps its own
    except TableMissingError:
        rows = scan_opened(raw, ends.raw, ends.raw_table, first_day=first, last_day=last)
        number = collect(ends.raw, rows.select(pl.col("repo_id").n_unique())).item()
        period = suitable_period(number)
    return open_or_create(ends.golden, ends.golden_table, period)


def _require_every_day(
    ends: Ends, raw: DeltaTable, golden: DeltaTable, first: date, last: date
) -> None:
    """Hold what delta-rs sees now against the observations that were there before the engine ran.

    An engine that says "done" may have written to another bucket of the same name.
    """
    key = list(ends.golden_table.key)
    seen, known = (
        scan_opened(opened, place, table, first_day=first, last_day=last).select(key)
        for opened, place, table in (
            (raw, ends.raw, ends.raw_table),
            (golden, ends.golden, ends.golden_table),
        )
    )
    lacking = collect(ends.golden, seen.unique().join(known, on=key, how="anti").select(pl.len()))
    if number := lacking.item():
        raise StoreError(
            f"The engine reported success, but {number} repository-days of {ends.raw_table.name} "
            f"are not in {ends.golden.uri}. Does it write to the same place? Nothing was lost: "
            "correct the engine's storage settings and run again."
        )


def _advanced(ends: Ends, before: int, after: DeltaTable) -> Advanced:
    """Sum up the merges of other engines than delta-rs since a version."""
    commits = after.version() - before
    with storage_faults(ends.golden, "read the history of"):
        history = after.history(commits) if commits else []
    metrics = [entry.get("operationMetrics") or {} for entry in history]
    added, changed = (
        sum(int(found.get(name) or 0) for found in metrics) for name in (_ADDED, _CHANGED)
    )
    return Advanced(added, changed, after.version())
