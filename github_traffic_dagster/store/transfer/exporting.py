"""Export: every row of the tables, as one file a month, with a manifest written last."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import obstore
from deltalake import DeltaTable
from obstore.store import ObjectStore

from github_traffic_dagster.errors import StoreError, TableMissingError
from github_traffic_dagster.store.faults import storage_faults
from github_traffic_dagster.store.layout import stored_months
from github_traffic_dagster.store.objects import names_below, objects
from github_traffic_dagster.store.opening import open_table
from github_traffic_dagster.store.periods import Period
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.store.reading import collect, scan_opened
from github_traffic_dagster.store.transfer.files import describe_file, to_bytes
from github_traffic_dagster.store.transfer.manifest import (
    FILE_NAME,
    TIMEOUT,
    ExportedFile,
    ExportedTable,
    Format,
    Manifest,
    columns_of,
)
from github_traffic_dagster.traffic.tables import GOLDEN, TABLES, Table


def export(
    places: dict[str, Place],
    target: Place,
    *,
    form: Format,
    names: Sequence[str] = tuple(TABLES),
    now: datetime,
    release: str,
) -> Manifest:
    """Write tables into plain files; at no time is more than one month of one table in memory.

    Args:
        places: the tables' places by name.
        target: an empty or missing folder, or such a place in an object store.
        form: of the files.
        names: the tables wanted; those that do not exist yet are left out.
        now: the current time (UTC).
        release: this program's name and version.

    Returns:
        The manifest, which lies beside the files as `manifest.json`.

    Raises:
        StoreError: there is nothing to export, the target is not empty, or reading or writing
            failed; without a manifest, what was written is no export.
    """
    opened = _open_all(places, names)
    if not opened:
        wanted = ", ".join(names)
        raise StoreError(f"There is nothing to export: no table of {wanted} exists yet.")
    with storage_faults(target, "export to"):
        _refuse_taken(target)
        store = objects(target, timeout=TIMEOUT)
        manifest = Manifest(
            exported_at=now,
            exported_by=release,
            format=form,
            tables={
                name: ExportedTable(
                    version=opened[name].version(),
                    columns=columns_of(TABLES[name]),
                    files=tuple(_files(opened[name], places[name], TABLES[name], store, form)),
                )
                for name in names
                if name in opened
            },
        )
        obstore.put(store, FILE_NAME, manifest.to_bytes())
    return manifest


def _open_all(places: dict[str, Place], names: Sequence[str]) -> dict[str, DeltaTable]:
    """Every table at one version, golden first: so raw holds all that golden was built from."""
    golden = {table.name for table in GOLDEN.values()}
    opened = {}
    for name in sorted(names, key=lambda name: name not in golden):
        try:
            opened[name] = open_table(places[name], TABLES[name])
        except TableMissingError:
            continue
    return opened


def _refuse_taken(target: Place) -> None:
    names = names_below(target)
    if names:
        unfinished = (
            "" if FILE_NAME in names else ", maybe those of an export that was not finished"
        )
        raise StoreError(
            f"{target.uri} holds files already ({', '.join(names[:3])}{unfinished}). Nothing was "
            "written: choose an empty place, or empty this one."
        )


def _files(
    opened: DeltaTable, place: Place, table: Table, store: ObjectStore, form: Format
) -> Iterator[ExportedFile]:
    for month in stored_months(opened):
        last_day = Period.MONTH.last_day(month)
        rows = scan_opened(opened, place, table, first_day=month, last_day=last_day)
        frame = collect(place, rows.sort(table.key))
        if frame.is_empty():
            continue
        path = f"{table.name}/{month:%Y-%m}.{form}"
        content = to_bytes(frame, form)
        obstore.put(store, path, content)
        yield describe_file(path, frame, content)
