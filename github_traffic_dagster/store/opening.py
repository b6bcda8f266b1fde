"""Open a table, or refuse. Only "there is no table" may lead to creating one.

The stock handler opens inside a catch-all and goes on with an overwrite: one passing "503" and
the history is gone (dagster-io/dagster#34064). Here every other failure ends the step.
"""

from contextlib import suppress
from pathlib import Path
from typing import Final

from deltalake import CommitProperties, DeltaTable
from deltalake.exceptions import CommitFailedError, TableNotFoundError

from github_traffic_dagster.errors import ForeignTableError, TableMissingError
from github_traffic_dagster.store.commit_safety import (
    prove_put_if_absent,
    refuse_unsafe_options,
)
from github_traffic_dagster.store.committing import commit
from github_traffic_dagster.store.faults import storage_faults
from github_traffic_dagster.store.layout import (
    FORMAT,
    FORMAT_PROPERTY,
    PERIOD,
    PERIOD_PROPERTY,
    TIME_TRAVEL_DAYS,
    configuration,
    delta_field,
    delta_schema,
    stored_period,
)
from github_traffic_dagster.store.occupants import refusal
from github_traffic_dagster.store.periods import Period
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.store.protocol import refuse_raised_protocol
from github_traffic_dagster.traffic.tables import Column, Table

_LOOKS: Final = 10
"""Somebody may write faster than we look; what is newest then is as good as what follows."""


def open_table(place: Place, table: Table) -> DeltaTable:
    """Open the table at its newest version and check that it is ours.

    Raises:
        TableMissingError: there is none yet.
        ForeignTableError: something else lies there; it is left untouched.
        SettingError: an option of the object store makes commits unsafe.
        StoreError: it could not be opened; whether it exists is not known.
    """
    refuse_unsafe_options(place)
    with storage_faults(place, "open"):
        _refuse_a_file(place)
        try:
            opened = _newest_version(place)
        except TableNotFoundError:
            opened = _created_meanwhile(place, table)
        _refuse_what_is_not_ours(opened, place, table)
        refuse_raised_protocol(opened, place)
    return opened


def open_or_create(place: Place, table: Table, period: Period) -> DeltaTable:
    """Open the table, creating it empty where there is none.

    Never `write_deltalake` on a missing table: two of those at once can both succeed with both
    their rows, and a false "empty" answer of an object store makes one commit duplicates.

    Args:
        place: where it lies.
        table: the table.
        period: what a new one is laid out by; one that is there keeps its own.
    """
    try:
        opened = open_table(place, table)
    except TableMissingError:
        create_table(place, table, period)
        opened = open_table(place, table)
    return _with_every_column(opened, place, table)


def create_table(place: Place, table: Table, period: Period) -> None:
    """Create the table empty unless it is there; data files that lie there are no part of it.

    Without delta-rs' own retries: of several processes at once, each other one would create it
    again in a later version, with metadata of its own (1.6.6; six processes, 55 of 60 tables).
    """
    # A conflict means that another process created it just now.
    with storage_faults(place, "create"), suppress(CommitFailedError):
        prove_put_if_absent(place)
        DeltaTable.create(
            place.uri,
            delta_schema(table),
            mode="ignore",
            partition_by=[PERIOD.name],
            name=table.name,
            description=table.grain,
            configuration=configuration(table, period, place.time_travel_days or TIME_TRAVEL_DAYS),
            storage_options=place.delta_options,
            commit_properties=CommitProperties(max_commit_retries=0),
            raise_if_key_not_exists=False,
        )


def missing_columns(opened: DeltaTable, table: Table) -> list[Column]:
    """Columns that a later release gave the table and that this one, being older, lacks."""
    stored = {field.name for field in opened.schema().fields}
    return [column for column in table.columns if column.name not in stored]


def _with_every_column(opened: DeltaTable, place: Place, table: Table) -> DeltaTable:
    """Add what the table lacks: a commit of metadata alone; rows written before hold null.

    Two processes may do so at once: the conflict's loser opens again and finds nothing to add.
    """
    if not missing_columns(opened, table):
        return opened

    def attempt() -> DeltaTable:
        newest = open_table(place, table)
        missing = missing_columns(newest, table)
        if missing:
            newest.alter.add_columns([delta_field(column) for column in missing])
        return open_table(place, table)

    with storage_faults(place, "add columns to"):
        return commit(place, attempt)


def _newest_version(place: Place) -> DeltaTable:
    """The table as it stands now.

    object_store leaves out of a local folder's listing, without a word, what it could not look at
    for a moment (1.6.6: one failing `statx`): without the newest commit the table would be what it
    was before, and golden would be built from that.
    """
    for _ in range(_LOOKS):
        opened = DeltaTable(place.uri, storage_options=place.delta_options)
        if not (path := place.local_path) or not _commit(path, opened.version() + 1).exists():
            break
    return opened


def _commit(path: Path, version: int) -> Path:
    return path / "_delta_log" / f"{version:020}.json"


def _created_meanwhile(place: Place, table: Table) -> DeltaTable:
    """Look again where files lie although no table was found: another process may be creating it.

    Eight processes creating a table at once otherwise called it broken in one of eight cases.
    """
    in_the_way = refusal(place)
    if in_the_way is None:
        raise TableMissingError(
            f"There is no table at {place.uri} yet. Materialize {table.name} first."
        ) from None
    try:
        return _newest_version(place)
    except TableNotFoundError:
        raise in_the_way from None


def _refuse_a_file(place: Place) -> None:
    path = place.local_path
    for folder in (path, *path.parents) if path else ():
        if folder.is_file():
            raise ForeignTableError(
                f"{folder} is a file, not a folder for {place.uri}. Move it away or choose "
                "another GITHUB_TRAFFIC_STORE."
            )


def _refuse_what_is_not_ours(opened: DeltaTable, place: Place, table: Table) -> None:
    metadata = opened.metadata()
    written = str(metadata.configuration.get(FORMAT_PROPERTY, FORMAT))
    if not written.isdecimal() or int(written) > FORMAT:
        raise ForeignTableError(
            f"{place.uri} was written by a newer release (format {written}, this one knows "
            f"{FORMAT}). Upgrade github-traffic-dagster; the table was left untouched."
        )
    difference = _difference(opened, table)
    if metadata.partition_columns != [PERIOD.name]:
        difference = difference or f"it is not partitioned by {PERIOD.name}"
    difference = difference or _other_period(opened)
    if difference:
        raise ForeignTableError(
            f"{place.uri} is not our table {table.name}: {difference}. "
            "It was left untouched: move it away or choose another GITHUB_TRAFFIC_STORE."
        )


def _other_period(opened: DeltaTable) -> str:
    try:
        stored_period(opened)
    except ValueError:
        return f"its property {PERIOD_PROPERTY} is neither {' nor '.join(Period)}"
    return ""


def _difference(opened: DeltaTable, table: Table) -> str:
    """What makes the table another one than ours; columns it still lacks do not."""
    ours = {column.name: column.type for column in delta_schema(table).fields}
    theirs = {column.name: column.type for column in opened.schema().fields}
    missing = sorted({*table.key, "day", PERIOD.name} - theirs.keys())
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
    return "; ".join(parts)
