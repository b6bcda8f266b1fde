"""All-time totals without adding up all of time: what each settled data file adds up to is kept.

A data file never changes, so what it adds up to is right for as long as a version of the table
holds it. Nothing here can be out of date: which files the table has now is read from its log, and
those of which nothing is kept are added up anew. The totals lie in `_totals` in the table's folder,
one file for each data file and under its name; Delta's readers and its vacuum leave out folders
whose names begin with an underscore. They may be deleted at any time.
"""

import io
from collections.abc import Sequence
from typing import Final

import obstore
import polars as pl
from deltalake import DeltaTable

from github_traffic_dagster.store.faults import is_storage_fault, storage_faults
from github_traffic_dagster.store.objects import names_below, objects
from github_traffic_dagster.store.opening import open_table
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.traffic.tables import Table

SCHEMA: Final = pl.Schema(
    {
        "repo_id": pl.Int64(),
        "count": pl.Int64(),
        "peak_uniques": pl.Int64(),
        "days": pl.Int64(),
        "first_day": pl.Date(),
        "last_day": pl.Date(),
    }
)
"""One row per repository: its count of all days, the uniques of the day that had most (null where
no day's are known), how many days there are, and the first and last of them."""

FOLDER: Final = "_totals"


def totals_by_repository(place: Place, table: Table) -> pl.DataFrame:
    """All-time totals of each repository of a golden table, by `repo_id`.

    Args:
        place: where the table lies.
        table: `golden_views` or `golden_clones`.

    Returns:
        Rows in the columns of `SCHEMA`.

    Raises:
        TableMissingError: there is no table yet.
        StoreError: it could not be read.
    """
    opened = open_table(place, table)
    with storage_faults(place, "read"):
        files = {_name(uri): uri for uri in opened.file_uris()}
        kept = files.keys() & _kept(place)
        others = [uri for name, uri in files.items() if name not in kept]
        try:
            return _together(place, sorted(kept), others)
        except BaseException as error:
            if not kept or not is_storage_fault(error):
                raise
        # A broken total costs the time to do without all of them, and nothing else.
        return _together(place, [], list(files.values()))


def keep_totals(opened: DeltaTable, place: Place, settled: Sequence[str]) -> None:
    """Keep the totals of settled files, and drop those of files that are gone.

    Args:
        opened: a golden table at its newest version.
        place: where it lies.
        settled: names of files in it that will hardly be replaced soon.
    """
    uris = {_name(uri): uri for uri in opened.file_uris()}
    kept = _kept(place)
    missing, gone = sorted(uris.keys() & set(settled) - kept), kept - uris.keys()
    if not (missing or gone):
        return
    folder = objects(_folder(place))
    for name in missing:
        buffer = io.BytesIO()
        _added_up(_scan(place, [uris[name]])).collect(engine="streaming").write_parquet(buffer)
        obstore.put(folder, name, buffer.getvalue())
    for name in gone:
        obstore.delete(folder, name)


def _together(place: Place, kept: Sequence[str], others: Sequence[str]) -> pl.DataFrame:
    parts = [SCHEMA.to_frame().lazy()]
    if kept:
        parts.append(_scan(place, [f"{_folder(place).uri}/{name}" for name in kept]))
    if others:
        parts.append(_added_up(_scan(place, others)))
    together = pl.concat([part.select(SCHEMA.names()) for part in parts]).group_by("repo_id")
    return (
        together.agg(
            pl.col("count", "days").sum(),
            pl.col("peak_uniques", "last_day").max(),
            pl.col("first_day").min(),
        )
        .select(SCHEMA.names())
        .sort("repo_id")
        .collect(engine="streaming")
    )


def _added_up(rows: pl.LazyFrame) -> pl.LazyFrame:
    return rows.group_by("repo_id").agg(
        pl.col("count").sum(),
        peak_uniques=pl.col("uniques").max(),
        days=pl.len().cast(pl.Int64),
        first_day=pl.col("day").min(),
        last_day=pl.col("day").max(),
    )


def _scan(place: Place, uris: Sequence[str]) -> pl.LazyFrame:
    options = {**place.options, **(place.polars_options or {})}
    return pl.scan_parquet(
        list(uris), storage_options=options or None, hive_partitioning=False, glob=False
    )


def _kept(place: Place) -> set[str]:
    return set(names_below(_folder(place)))


def _folder(place: Place) -> Place:
    return Place(f"{place.uri.rstrip('/')}/{FOLDER}", place.options)


def _name(uri: str) -> str:
    """A data file's own name: it holds a UUID, no other file has it."""
    return uri.rpartition("/")[2]
