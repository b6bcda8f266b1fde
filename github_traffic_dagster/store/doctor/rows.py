"""Rows of a table brought together from several files: each key once, by the table's own rule."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date

import polars as pl

from github_traffic_dagster.store.doctor.parquet import (
    BrokenFileError,
    batches_of,
    rows_of,
)
from github_traffic_dagster.store.doctor.storage import Storage
from github_traffic_dagster.traffic.tables import GOLDEN, Table


def read_rows(
    storage: Storage, table: Table, paths: Iterable[str], days: tuple[date, date] | None = None
) -> pl.DataFrame:
    """The rows of data files, each key once; files that can't be read are left out.

    Args:
        storage: the table's files.
        table: the table.
        paths: the files; of older versions of a file, only what differs takes memory.
        days: the first and last day wanted; None for all.
    """
    rows = pl.DataFrame(schema=table.schema)
    for path in paths:
        try:
            more = rows_of(storage.read(path), table, days)
        except (BrokenFileError, FileNotFoundError):
            continue
        rows = one_per_key(table, pl.concat([rows, more]))
    return rows


def read_batches(storage: Storage, table: Table, path: str) -> Iterator[pl.DataFrame]:
    """A data file's rows, some at a time; from where it can't be read on, it is left out."""
    with suppress(BrokenFileError, FileNotFoundError):
        for batch in batches_of(storage.read(path), table):
            yield one_per_key(table, batch)


def one_per_key(table: Table, rows: pl.DataFrame) -> pl.DataFrame:
    """What the table's rule makes of rows with the same key: what merging them would leave."""
    if table in GOLDEN.values():
        return _greatest(table, rows)
    if table.merge is None:
        return rows.unique(table.key, keep="any", maintain_order=True)
    seen_that_day = pl.col("observed_at").dt.date() == pl.col("day")
    best_first = rows.sort(seen_that_day, pl.col("observed_at"), descending=True)
    return best_first.unique(table.key, keep="first", maintain_order=True)


def _greatest(table: Table, rows: pl.DataFrame) -> pl.DataFrame:
    return (
        rows.sort("last_observed_at", "full_name")
        .group_by(table.key, maintain_order=True)
        .agg(
            pl.col("full_name").last(),
            pl.col("count", "uniques", "last_observed_at", "observations").max(),
            # 'complete' < 'partial': the lesser one is the surer one.
            pl.col("status", "first_observed_at").min(),
        )
        .select(table.schema.names())
    )
