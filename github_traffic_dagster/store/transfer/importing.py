"""Import: bring an export into a store that is empty or has rows of its own.

Nothing stored is lost or lowered: observations are added where they are not there yet, listings
and golden rows are merged by their tables' own rules, and golden is built anew from raw. To do it
twice changes nothing. Never more than one month of one table is in memory.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from github_traffic_dagster.errors import StoreError, TableMissingError
from github_traffic_dagster.store.appending import append_missing
from github_traffic_dagster.store.merging import Merged, merge
from github_traffic_dagster.store.naming import with_newest_names
from github_traffic_dagster.store.opening import create_table, open_table
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.store.reading import collect, golden_rows, scan
from github_traffic_dagster.store.transfer.opening import Export
from github_traffic_dagster.traffic.tables import GOLDEN, RAW, TABLES, Table

_SEEN: Final = frozenset(
    {"count", "uniques", "observed_at", "referrer", "path", "asset_id", "downloads"}
)
"""What a look saw; of a table, those of its columns."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """An export's table beside that of the store.

    Attributes:
        rows: in the export.
        missing: of these, how many the store has no row for.
        first_day: the oldest day of the export, None without rows.
    """

    rows: int
    missing: int
    first_day: date | None


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did to a table: rows added, and rows that grew."""

    added: int = 0
    changed: int = 0

    def __add__(self, other: "Imported") -> "Imported":
        """Both together."""
        return Imported(self.added + other.added, self.changed + other.changed)


def compare(export: Export, places: dict[str, Place]) -> dict[str, Comparison]:
    """What an import would add, by table; nothing is written.

    Raises:
        StoreError: a table can't be read, or holds another observation under the same key.
    """
    return {table.name: _compare(export, places[table.name], table) for table in export.tables}


def bring_in(export: Export, places: dict[str, Place]) -> dict[str, Imported]:
    """Import what `compare` has found to fit; to repeat it, also after a failure, is harmless.

    Returns:
        By table, the golden tables that were built anew among them.

    Raises:
        StoreError: the storage failed; what was written until then stays, and is whole.
    """
    done: dict[str, Imported] = {}
    _create_missing(export, places)
    for name, result in _steps(export, places):
        done[name] = done.get(name, Imported()) + result
    return done


def _compare(export: Export, place: Place, table: Table) -> Comparison:
    rows, missing, days = 0, 0, []
    for frame in export.frames(table):
        stored = _stored(place, table, frame)
        if table.merge is None:
            _refuse_contradiction(export, table, frame, stored)
        rows += frame.height
        missing += frame.join(stored, on=table.key, how="anti").height
        days += [day for day in (frame["day"].min(),) if isinstance(day, date)]
    return Comparison(rows, missing, min(days, default=None))


def _stored(place: Place, table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """The store's rows of the days of `frame`."""
    try:
        return collect(place, scan(place, table, **_days(frame)))
    except TableMissingError:
        return pl.DataFrame(schema=table.schema)


def _refuse_contradiction(
    export: Export, table: Table, frame: pl.DataFrame, stored: pl.DataFrame
) -> None:
    both = frame.join(stored, on=table.key, suffix="_stored")
    differs = pl.any_horizontal(
        pl.col(column).ne_missing(pl.col(f"{column}_stored"))
        for column in table.schema
        if column in _SEEN
    )
    found = both.filter(differs)
    if not found.is_empty():
        name, day, run = found.row(0, named=True), found["day"][0], found["run_id"][0]
        raise StoreError(
            f"The export at {export.source.uri} contradicts {table.name}: of {name['full_name']} "
            f"on {day} run {run} saw something else there ({found.height} such rows). One of the "
            "two was changed by hand. Nothing was imported."
        )


def _create_missing(export: Export, places: dict[str, Place]) -> None:
    """Create the tables by the period that suits the whole export, not its first month."""
    filled = [name for name, table in export.manifest.tables.items() if table.rows]
    built = [GOLDEN[metric].name for metric, raw in RAW.items() if raw.name in filled]
    for name in {*filled, *built}:
        try:
            open_table(places[name], TABLES[name])
        except TableMissingError:
            create_table(places[name], TABLES[name], export.period)


def _steps(export: Export, places: dict[str, Place]) -> Iterator[tuple[str, Imported]]:
    for table in export.tables:
        for frame in export.frames(table):
            place = places[table.name]
            if table.merge is None:
                appended = append_missing(place, table, frame, run_id=export.name)
                yield table.name, Imported(added=appended.rows)
            else:
                yield table.name, _merge(place, table, frame, run_id=export.name)
    for metric, raw in RAW.items():
        golden = GOLDEN[metric]
        for frame in export.frames(raw):
            observed = scan(places[raw.name], raw, **_days(frame))
            rebuilt = golden_rows(places[raw.name], observed)
            yield golden.name, _merge(places[golden.name], golden, rebuilt, run_id=export.name)


def _merge(place: Place, table: Table, frame: pl.DataFrame, *, run_id: str) -> Imported:
    if table in GOLDEN.values():
        frame = with_newest_names(place, table, frame, run_id=run_id)
    merged: Merged = merge(place, table, frame, run_id=run_id)
    return Imported(merged.inserted, merged.updated)


def _days(frame: pl.DataFrame) -> dict[str, date]:
    """The first and last day of rows, as a scan takes them."""
    return {"first_day": frame["day"].min(), "last_day": frame["day"].max()}  # type: ignore[dict-item]
