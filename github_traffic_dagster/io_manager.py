"""dagster-deltalake's IO manager with a type handler of our own for polars frames.

The stock handler opens tables inside a catch-all, overwrites, and can't take ranges or UTC; this
one hands every frame to `store`, by the rule of its table: raw tables are appended to, the others
merged. Loading reads only the days asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import dagster as dg
import polars as pl
from dagster._core.storage.db_io_manager import DbTypeHandler, TableSlice
from dagster_deltalake import AzureConfig, DeltaLakeIOManager, GcsConfig, LocalConfig, S3Config
from dagster_deltalake.io_manager import TableConnection

from github_traffic_dagster.errors import (
    MissingUpstreamError,
    RequestError,
    StoreError,
    TableMissingError,
)
from github_traffic_dagster.step_failures import clear_failures
from github_traffic_dagster.store.appending import append
from github_traffic_dagster.store.maintenance import maintain
from github_traffic_dagster.store.merging import merge
from github_traffic_dagster.store.naming import with_newest_names
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.store.reading import collect, days_present, scan
from github_traffic_dagster.traffic.tables import GOLDEN, TABLES, Table

SCHEMA: Final = "github_traffic"
"""The folder of the store that holds our tables."""

Frame = pl.DataFrame | pl.LazyFrame
StorageConfig = LocalConfig | S3Config | AzureConfig | GcsConfig


def storage_config(root: str) -> StorageConfig:
    """dagster-deltalake's configuration for a store.

    Credentials are not part of it: the object store reads them from the environment (AWS_*,
    AZURE_*, GOOGLE_*), so that they appear in no resource, run or page.
    """
    parts = urlsplit(root)
    if parts.scheme == "s3":
        return S3Config()
    if parts.scheme == "abfss":
        return AzureConfig(account_name=(parts.hostname or "").partition(".")[0])
    if parts.scheme == "gs":
        return GcsConfig()
    return LocalConfig()


def storage_place(uri: str) -> Place:
    """Any folder or place in an object store, spoken to as the IO manager does."""
    given = storage_config(uri).model_dump(exclude_none=True, exclude={"provider"})
    return Place(uri, {name: str(value) for name, value in given.items()})


def table_places(root: str, time_travel_days: int | None = None) -> dict[str, Place]:
    """The place of every table below a store's root, as the IO manager finds them.

    Args:
        root: the store.
        time_travel_days: how far back tables are kept readable; None leaves it as it is.
    """
    options = storage_place(root).options
    return {name: Place(f"{root}/{SCHEMA}/{name}", options, time_travel_days) for name in TABLES}


def write(place: Place, table: Table, frame: pl.DataFrame, *, run_id: str) -> dict[str, Any]:
    """Store a frame by its table's rule, then do what maintenance the table is due.

    Returns:
        Metadata of the write: rows given, added and grown, the table's place and version, what
        maintenance did.

    Raises:
        StoreError: the frame does not fit the table, or the storage failed; nothing changed.
    """
    if frame.schema != table.schema:
        raise StoreError(f"A frame for {table.name} has {frame.schema}, expected {table.schema}.")
    return {
        "table_uri": dg.MetadataValue.path(place.uri),
        "rows": frame.height,
        **_write_by_rule(place, table, frame, run_id),
        "maintenance": maintained(place, table),
    }


def _write_by_rule(place: Place, table: Table, frame: pl.DataFrame, run_id: str) -> dict[str, int]:
    if table.merge is None:
        appended = append(place, table, frame, run_id=run_id)
        return {"rows_added": appended.rows, "table_version": appended.version}
    if table in GOLDEN.values():
        frame = with_newest_names(place, table, frame, run_id=run_id)
    merged = merge(place, table, frame, run_id=run_id)
    return {
        "rows_added": merged.inserted,
        "rows_changed": merged.updated,
        "table_version": merged.version,
    }


def maintained(place: Place, table: Table) -> str:
    """Maintain the table, in words; the rows are stored, so that its failure is only a warning."""
    try:
        return str(maintain(place, table, now=datetime.now(UTC)))
    except StoreError as error:
        warning = f"Maintenance failed and is tried again by the next run: {error}"
        dg.get_dagster_logger(__name__).warning(warning)
        return warning


class PolarsDeltaHandler(DbTypeHandler[Frame]):
    """Writes and reads `pl.DataFrame` and `pl.LazyFrame` for the tables in `traffic.tables`."""

    @property
    def supported_types(self) -> Sequence[type[object]]:
        """Both kinds of polars frame."""
        return [pl.DataFrame, pl.LazyFrame]

    def handle_output(
        self,
        context: dg.OutputContext,
        table_slice: TableSlice,
        obj: Frame,
        connection: TableConnection,
    ) -> Mapping[str, Any]:
        """Store an asset's frame; rows outside the run's days are refused."""
        with clear_failures():
            table, days = _table(table_slice), _days(table_slice)
            frame = obj.collect() if isinstance(obj, pl.LazyFrame) else obj
            if days and not frame["day"].is_between(*days).all():
                raise RequestError(
                    f"A frame for {table.name} holds days outside {days[0]}...{days[1]}; "
                    "nothing was written."
                )
            config: Mapping[str, Any] = context.resource_config or {}
            place = replace(_place(connection), time_travel_days=config.get("time_travel_days"))
            return write(place, table, frame, run_id=context.run_id)

    def load_input(
        self, context: dg.InputContext, table_slice: TableSlice, connection: TableConnection
    ) -> Frame:
        """Load the run's days, lazily or not, refusing days that were never materialized."""
        with clear_failures():
            table, place, days = _table(table_slice), _place(connection), _days(table_slice)
            if days:
                _refuse_missing(context, place, table, *days)
            first_day, last_day = days or (None, None)
            frame = scan(place, table, first_day=first_day, last_day=last_day)
            if table_slice.columns:
                frame = frame.select(table_slice.columns)
            lazy = context.dagster_type.typing_type is not pl.DataFrame
            return frame if lazy else collect(place, frame)


class GitHubTrafficIOManager(DeltaLakeIOManager):
    """Persists the assets as Delta tables at `<root_uri>/github_traffic/<asset>`."""

    time_travel_days: int | None = None

    @staticmethod
    def type_handlers() -> Sequence[DbTypeHandler[Any]]:
        """Our handler alone."""
        return [PolarsDeltaHandler()]

    @staticmethod
    def default_load_type() -> type | None:
        """Unannotated inputs are lazy."""
        return pl.LazyFrame


def traffic_io_manager(root: str, time_travel_days: int | None = None) -> GitHubTrafficIOManager:
    """The IO manager for a store whose tables can be read as they were so many days ago."""
    return GitHubTrafficIOManager(
        root_uri=root,
        storage_options=storage_config(root),
        schema=SCHEMA,
        time_travel_days=time_travel_days,
    )


class TrafficStore(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The same tables for code that is no asset output: checks, summaries, partly served runs."""

    root_uri: str
    time_travel_days: int | None = None

    def place(self, table: Table) -> Place:
        """Where a table lies."""
        return table_places(self.root_uri, self.time_travel_days)[table.name]

    @property
    def latest_answers(self) -> Place:
        """Where GitHub's latest answers are remembered."""
        return storage_place(f"{self.root_uri}/{SCHEMA}/_latest_answers")

    def scan(
        self, table: Table, *, first_day: date | None = None, last_day: date | None = None
    ) -> pl.LazyFrame:
        """A table's rows for some days; no rows where there is no table yet."""
        try:
            return scan(self.place(table), table, first_day=first_day, last_day=last_day)
        except TableMissingError:
            return pl.LazyFrame(schema=table.schema)


def _table(table_slice: TableSlice) -> Table:
    try:
        return TABLES[table_slice.table]
    except KeyError:
        raise RequestError(
            f"The store knows no table {table_slice.table}: declare it in traffic/tables.py."
        ) from None


def _place(connection: TableConnection) -> Place:
    options = {k: v for k, v in connection.storage_options.items() if k != "provider"}
    return Place(connection.table_uri, options)


def _days(table_slice: TableSlice) -> tuple[date, date] | None:
    """The slice's days, both included; None for all."""
    for dimension in table_slice.partition_dimensions or ():
        window = dimension.partitions
        if not isinstance(window, dg.TimeWindow):
            raise RequestError(f"{table_slice.table} can only be asked for by days.")
        return window.start.date(), window.end.date() - timedelta(days=1)
    return None


def _refuse_missing(
    context: dg.InputContext, place: Place, table: Table, first_day: date, last_day: date
) -> None:
    """A day counts as there when the table has rows of it or Dagster saw it materialized.

    Days without any row are legitimate (nothing is known of today yet), and so is a fresh Dagster
    instance over an old store.
    """
    asked = {first_day + timedelta(days=n) for n in range((last_day - first_day).days + 1)}
    try:
        missing = asked - days_present(place, table, first_day, last_day)
    except TableMissingError:
        missing = asked
    if missing:
        materialized = context.instance.get_materialized_partitions(context.asset_key)
        missing = {day for day in missing if str(day) not in materialized}
    if missing:
        raise MissingUpstreamError(
            f"{table.name} has no data for {day_ranges(missing)}. Materialize {table.name} for "
            "these days first (for days GitHub no longer serves, that is no longer possible)."
        )


def day_ranges(days: set[date]) -> str:
    """Days in words, contiguous ones as `first...last`."""
    ranges: list[list[date]] = []
    for day in sorted(days):
        if ranges and day - ranges[-1][-1] == timedelta(days=1):
            ranges[-1][1:] = [day]
        else:
            ranges.append([day])
    return ", ".join("...".join(map(str, found)) for found in ranges)
