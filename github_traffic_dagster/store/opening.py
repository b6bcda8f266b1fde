"""Open a table, or refuse. Only "there is no table" may lead to creating one.

The stock handler opens inside a catch-all and goes on with an overwrite: one passing "503" and
the history is gone (dagster-io/dagster#34064). Here every other failure ends the step.
"""

from collections.abc import Mapping

from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError

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


def open_table(place: Place, table: Table) -> DeltaTable:
    """Open the table at its newest version and check that it is ours.

    Raises:
        TableMissingError: there is none yet.
        ForeignTableError: something else lies there; it is left untouched.
        StoreError: it could not be opened; whether it exists is not known.
    """
    with storage_faults(place, "open"):
        try:
            opened = DeltaTable(place.uri, storage_options=place.delta_options)
        except TableNotFoundError:
            _refuse_what_is_not_empty(place)
            raise TableMissingError(
                f"There is no table at {place.uri} yet. Materialize {table.name} first."
            ) from None
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
        with storage_faults(place, "create"):
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


def _refuse_what_is_not_empty(place: Place) -> None:
    """delta-rs says "not found" of a folder it may not read and of one full of other files too."""
    path = place.local_path
    if path is None:
        return
    try:
        names = sorted(entry.name for entry in path.iterdir())
    except FileNotFoundError:
        return
    except NotADirectoryError:
        raise ForeignTableError(
            f"{path} is a file, not a folder for a table. Move it away or choose another "
            "GITHUB_TRAFFIC_STORE."
        ) from None
    if names and names != ["_delta_log"]:
        raise ForeignTableError(
            f"The folder {path} holds files ({', '.join(names[:3])}) but no Delta table. "
            "It was left untouched: move it away or choose another GITHUB_TRAFFIC_STORE."
        )
    if names and any((path / "_delta_log").iterdir()):
        raise StoreError(
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
