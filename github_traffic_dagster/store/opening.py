"""Open a table, or refuse. Only "there is no table" may lead to creating one.

The stock handler opens inside a catch-all and goes on with an overwrite: one passing "503" and
the history is gone (dagster-io/dagster#34064). Here every other failure ends the step.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError, TableNotFoundError

from github_traffic_dagster.errors import ForeignTableError, StoreError, TableMissingError
from github_traffic_dagster.store.faults import storage_faults
from github_traffic_dagster.store.layout import (
    FORMAT,
    FORMAT_PROPERTY,
    MONTH,
    configuration,
    delta_schema,
)
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.traffic.tables import Table

_STAGED: Final = re.compile(r".*#\d+")
"""A commit that is being written, or whose writer died (object_store's name for it)."""


def open_table(place: Place, table: Table) -> DeltaTable:
    """Open the table at its newest version and check that it is ours.

    Raises:
        TableMissingError: there is none yet.
        ForeignTableError: something else lies there; it is left untouched.
        StoreError: it could not be opened; whether it exists is not known.
    """
    with storage_faults(place, "open"):
        _refuse_a_file(place)
        try:
            opened = _newest_version(place)
        except TableNotFoundError:
            opened = _created_meanwhile(place, table)
        _refuse_what_is_not_ours(opened, place, table)
    return opened


def open_or_create(place: Place, table: Table) -> DeltaTable:
    """Open the table, creating it empty where there is none.

    Never `write_deltalake` on a missing table: two of those at once can both succeed with both
    their rows, and a false "empty" answer of an object store makes one commit duplicates.
    """
    try:
        return open_table(place, table)
    except TableMissingError:
        # A conflict means that another process created it just now.
        with storage_faults(place, "create"), suppress(CommitFailedError):
            DeltaTable.create(
                place.uri,
                delta_schema(table),
                mode="ignore",
                partition_by=[MONTH.name],
                name=table.name,
                description=table.grain,
                configuration=configuration(table),
                storage_options=place.delta_options,
                raise_if_key_not_exists=False,
            )
        return open_table(place, table)


def _newest_version(place: Place) -> DeltaTable:
    return DeltaTable(place.uri, storage_options=place.delta_options)


def _created_meanwhile(place: Place, table: Table) -> DeltaTable:
    """Look again where files lie although no table was found: another process may be creating it.

    Eight processes creating a table at once otherwise called it broken in one of eight cases.
    """
    refusal = _what_lies_there(place)
    if refusal is None:
        raise TableMissingError(
            f"There is no table at {place.uri} yet. Materialize {table.name} first."
        ) from None
    try:
        return _newest_version(place)
    except TableNotFoundError:
        raise refusal from None


def _refuse_a_file(place: Place) -> None:
    path = place.local_path
    for folder in (path, *path.parents) if path else ():
        if folder.is_file():
            raise ForeignTableError(
                f"{folder} is a file, not a folder for {place.uri}. Move it away or choose "
                "another GITHUB_TRAFFIC_STORE."
            )


def _what_lies_there(place: Place) -> StoreError | None:
    """delta-rs says "not found" of a folder it may not read and of one full of other files too."""
    path = place.local_path
    try:
        names = sorted(entry.name for entry in path.iterdir()) if path else []
    except FileNotFoundError:
        return None
    if path is None or not names:
        return None
    if names != ["_delta_log"]:
        return ForeignTableError(
            f"The folder {path} holds files ({', '.join(names[:3])}) but no Delta table. "
            "It was left untouched: move it away or choose another GITHUB_TRAFFIC_STORE."
        )
    return _what_the_log_holds(path)


def _what_the_log_holds(path: Path) -> StoreError | None:
    """Nothing but commits that were never finished is no table yet."""
    if all(_STAGED.fullmatch(entry.name) for entry in (path / "_delta_log").iterdir()):
        return None
    return StoreError(
        f"The Delta log of {path} has files but no readable version. It was left untouched."
    )


def _refuse_what_is_not_ours(opened: DeltaTable, place: Place, table: Table) -> None:
    metadata = opened.metadata()
    written = str(metadata.configuration.get(FORMAT_PROPERTY, FORMAT))
    if not written.isdecimal() or int(written) > FORMAT:
        raise ForeignTableError(
            f"{place.uri} was written by a newer release (format {written}, this one knows "
            f"{FORMAT}). Upgrade github-traffic-dagster; the table was left untouched."
        )
    ours = {column.name: column.type for column in delta_schema(table).fields}
    theirs = {column.name: column.type for column in opened.schema().fields}
    if ours != theirs or metadata.partition_columns != [MONTH.name]:
        raise ForeignTableError(
            f"{place.uri} is not our table {table.name}: {_difference(ours, theirs)}. "
            "It was left untouched: move it away or choose another GITHUB_TRAFFIC_STORE."
        )


def _difference(ours: Mapping[str, object], theirs: Mapping[str, object]) -> str:
    missing = sorted(ours.keys() - theirs.keys())
    unknown = sorted(theirs.keys() - ours.keys())
    other = sorted(name for name in ours.keys() & theirs.keys() if ours[name] != theirs[name])
    parts = [
        f"{what} {', '.join(names)}"
        for what, names in (
            ("it lacks", missing),
            ("it has unknown columns", unknown),
            ("of another type:", other),
        )
        if names
    ]
    return "; ".join(parts) or f"it is not partitioned by {MONTH.name}"
