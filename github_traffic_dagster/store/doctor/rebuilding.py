"""Bring rows back: from data files that are not live, from duplicates, and golden from raw."""

from collections.abc import Iterator, Sequence
from datetime import date

import polars as pl
from deltalake import DeltaTable, write_deltalake

from github_traffic_dagster.store.appending import append
from github_traffic_dagster.store.committing import commit, signed
from github_traffic_dagster.store.doctor.content_findings import RAW_OF, lost_in_raw, month_rows
from github_traffic_dagster.store.doctor.data_findings import month_of, stored_data_files
from github_traffic_dagster.store.doctor.losses import record_losses
from github_traffic_dagster.store.doctor.rows import one_per_key, read_rows
from github_traffic_dagster.store.doctor.storage import Storage
from github_traffic_dagster.store.faults import storage_faults
from github_traffic_dagster.store.layout import MONTH, with_month
from github_traffic_dagster.store.merging import Merged, merge
from github_traffic_dagster.store.naming import with_newest_names
from github_traffic_dagster.store.opening import open_table
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.store.reading import collect
from github_traffic_dagster.traffic.golden import golden_from_observations
from github_traffic_dagster.traffic.tables import GOLDEN, Table


def adopt_months(
    place: Place, table: Table, months: set[date] | None, *, run_id: str
) -> Iterator[tuple[date, int]]:
    """Bring rows of data files into the table, those that it does not hold yet.

    All files of a month are read, also older versions: they can't do harm. Raw rows are
    observations whichever file they lie in, and the merge rules of the others take nothing that is
    less than what is stored. Files that can't be read are left out.

    Args:
        place: the table's place.
        table: the table.
        months: None for all.
        run_id: named in the table's history.

    Yields:
        Each month to which something was added, and how many rows were added or grew.
    """
    storage = Storage(place)
    by_month: dict[date, list[str]] = {}
    for path in stored_data_files(storage):
        month = month_of(path)
        if month and (months is None or month in months):
            by_month.setdefault(month, []).append(path)
    for month, paths in sorted(by_month.items()):
        rows = read_rows(storage, table, paths)
        taken = _adopt(place, table, month, rows, run_id)
        if taken:
            yield month, taken


def _adopt(place: Place, table: Table, month: date, rows: pl.DataFrame, run_id: str) -> int:
    if table.merge is not None:
        merged = _merge(place, table, rows, run_id)
        return merged.inserted + merged.updated
    stored = month_rows(open_table(place, table), place, table, month)
    lacking = rows.join(stored, on=table.key, how="anti")
    # A run of its own for each month and look: a second append of one run would be taken for a
    # repetition of the first.
    return append(place, table, lacking, run_id=f"{run_id}-{month}-{len(stored)}").rows


def merge_duplicates(place: Place, table: Table, month: date, *, run_id: str) -> int:
    """Leave one row of each key in a month: what the table's rule makes of the several.

    Returns:
        How many rows there were too many.
    """

    def attempt() -> int:
        opened = open_table(place, table)
        rows = month_rows(opened, place, table, month)
        single = one_per_key(table, rows)
        if single.height < rows.height:
            write_deltalake(
                opened,
                with_month(single),
                mode="overwrite",
                predicate=f"{MONTH.name} = DATE '{month}'",
                commit_properties=signed(run_id),
            )
        return rows.height - single.height

    with storage_faults(place, "join duplicates in"):
        return commit(place, attempt)


def rebuild(
    place: Place, table: Table, raw: Place, months: set[date] | None, *, run_id: str
) -> Iterator[tuple[date, Merged]]:
    """Merge into golden what raw makes of some months, or of all; the greatest of both stays.

    Args:
        place: the golden table's place.
        table: the golden table.
        raw: its raw table's place.
        months: None for all.
        run_id: named in the table's history.

    Yields:
        Each month and what the merge did.
    """
    raw_table = RAW_OF[table.name]
    opened = open_table(raw, raw_table)
    for month in sorted(_months(opened, raw) if months is None else months):
        observations = month_rows(opened, raw, raw_table, month)
        golden = golden_from_observations(observations.lazy()).collect()
        yield month, _merge(place, table, golden, run_id)


def record_lost(
    storage: Storage, place: Place, table: Table, raw: Place, months: Sequence[date]
) -> int:
    """Write down what raw has lost of some months, going by golden.

    Returns:
        How many repository-days that concerns.
    """
    raw_table = RAW_OF[table.name]
    opened, opened_raw = open_table(place, table), open_table(raw, raw_table)
    losses = {}
    for month in months:
        golden = month_rows(opened, place, table, month)
        lost = lost_in_raw(golden, month_rows(opened_raw, raw, raw_table, month))
        losses[month] = lost.select("full_name", "day").rows()
    if any(losses.values()):
        record_losses(storage, losses)
    return sum(len(lost) for lost in losses.values())


def _merge(place: Place, table: Table, rows: pl.DataFrame, run_id: str) -> Merged:
    if table in GOLDEN.values():
        rows = with_newest_names(place, table, rows, run_id=run_id)
    return merge(place, table, rows, run_id=run_id)


def _months(opened: DeltaTable, place: Place) -> list[date]:
    rows = pl.scan_delta(opened, storage_options=place.polars_options)
    return collect(place, rows.select(pl.col(MONTH.name).unique()))[MONTH.name].to_list()
