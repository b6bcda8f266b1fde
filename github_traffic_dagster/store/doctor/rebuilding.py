"""Bring rows back: from data files that are not live, from duplicates, and golden from raw."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date

import polars as pl
from deltalake import write_deltalake

from github_traffic_dagster.errors import StoreError
from github_traffic_dagster.store.appending import append_missing
from github_traffic_dagster.store.committing import commit, signed
from github_traffic_dagster.store.doctor.content_findings import RAW_OF, lost_in_raw, month_rows
from github_traffic_dagster.store.doctor.data_findings import by_period, stored_data_files
from github_traffic_dagster.store.doctor.losses import record_losses
from github_traffic_dagster.store.doctor.rows import one_per_key, read_batches, read_rows
from github_traffic_dagster.store.doctor.storage import Storage
from github_traffic_dagster.store.faults import storage_faults
from github_traffic_dagster.store.layout import PERIOD, stored_months, stored_period, with_period
from github_traffic_dagster.store.merging import Merged, merge
from github_traffic_dagster.store.naming import with_newest_names
from github_traffic_dagster.store.opening import open_table
from github_traffic_dagster.store.periods import Period, period_by_folders, suitable_period
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.store.reading import collect, scan_opened
from github_traffic_dagster.traffic.golden import golden_from_observations
from github_traffic_dagster.traffic.tables import GOLDEN, Table


def adopt_rows(
    place: Place, table: Table, months: set[date] | None, *, run_id: str
) -> Iterator[tuple[str, int]]:
    """Bring rows of data files into the table, those that it does not hold yet.

    All files of a period are read, also older versions: they can't do harm. Raw rows are
    observations whichever file they lie in, and the merge rules of the others take nothing that is
    less than what is stored. Files that can't be read are left out.

    Args:
        place: the table's place.
        table: the table.
        months: those whose periods are wanted; None for all.
        run_id: named in the table's history.

    Yields:
        Each period, as people write it, to which something was added, and how many rows were
        added or grew.
    """
    storage = Storage(place)
    folders = by_period(stored_data_files(storage))
    period = period_by_folders(folders)
    for first_day, paths in folders.items():
        if months is None or not months.isdisjoint(period.months(first_day)):
            adopt = _append_all if table.merge is None else _merge_all
            taken = adopt(storage, place, table, paths, run_id)
            if taken:
                yield period.shown(first_day), taken


def _append_all(
    storage: Storage, place: Place, table: Table, paths: Iterable[str], run_id: str
) -> int:
    """Some rows at a time: a year of observations is too much for memory."""
    return sum(
        append_missing(place, table, batch, run_id=run_id).rows
        for path in paths
        for batch in read_batches(storage, table, path)
    )


def _merge_all(
    storage: Storage, place: Place, table: Table, paths: Iterable[str], run_id: str
) -> int:
    merged = _merge(place, table, read_rows(storage, table, paths), run_id)
    return merged.inserted + merged.updated


def period_to_recreate(place: Place, table: Table, raw: Place | None) -> Period:
    """What a table whose log is lost was laid out by, as its data files' folders say.

    Where they don't, because there is none or nothing but one January, it is as its raw table, or
    as a new one with so many repositories.
    """
    storage = Storage(place)
    folders = by_period(stored_data_files(storage))
    if len(folders) > 1 or period_by_folders(folders) is Period.MONTH:
        return period_by_folders(folders)
    if raw:
        with suppress(StoreError):
            return stored_period(open_table(raw, RAW_OF[table.name]))
    batches = (
        batch
        for paths in folders.values()
        for path in paths
        for batch in read_batches(storage, table, path)
    )
    return suitable_period(len({one for batch in batches for one in batch["repo_id"]}))


def merge_duplicates(place: Place, table: Table, month: date, *, run_id: str) -> int:
    """Leave one row of each key in a month's period: what the table's rule makes of the several.

    Returns:
        How many rows there were too many.
    """

    def attempt() -> int:
        opened = open_table(place, table)
        period = stored_period(opened)
        first_day = period.first_day(month)
        last_day = period.last_day(first_day)
        stored = scan_opened(opened, place, table, first_day=first_day, last_day=last_day)
        rows = collect(place, stored)
        single = one_per_key(table, rows)
        if single.height < rows.height:
            write_deltalake(
                opened,
                with_period(single, period),
                mode="overwrite",
                predicate=f"{PERIOD.name} = DATE '{first_day}'",
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
    for month in stored_months(opened) if months is None else sorted(months):
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
