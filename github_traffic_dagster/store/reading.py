"""Read tables: only the columns, periods and files that a question needs."""

from datetime import date

import polars as pl
from deltalake import DeltaTable

from github_traffic_dagster.store.faults import storage_faults
from github_traffic_dagster.store.layout import day_range_filter, stored_period
from github_traffic_dagster.store.opening import missing_columns, open_table
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.traffic.golden import golden_from_observations
from github_traffic_dagster.traffic.newest_names import newest_names
from github_traffic_dagster.traffic.tables import Table


def scan(
    place: Place, table: Table, *, first_day: date | None = None, last_day: date | None = None
) -> pl.LazyFrame:
    """The table's rows for a range of days (both included), in its own columns, lazily.

    Periods outside the range are skipped by their folders, files by their statistics.

    Raises:
        TableMissingError: there is no table yet.
        StoreError: it could not be opened.
    """
    opened = open_table(place, table)
    return scan_opened(opened, place, table, first_day=first_day, last_day=last_day)


def scan_opened(
    opened: DeltaTable,
    place: Place,
    table: Table,
    *,
    first_day: date | None = None,
    last_day: date | None = None,
) -> pl.LazyFrame:
    """As `scan`, at the version that `opened` stands at; columns it still lacks are null."""
    rows = pl.scan_delta(opened, storage_options=place.polars_options).with_columns(
        pl.lit(None, dtype=column.dtype).alias(column.name)
        for column in missing_columns(opened, table)
    )
    in_range = day_range_filter(stored_period(opened), first_day, last_day)
    return rows.filter(*in_range).select(table.schema.names())


def collect(place: Place, frame: pl.LazyFrame) -> pl.DataFrame:
    """Execute a scan of the table at `place`; a broken file is a StoreError that names it.

    As a stream: the observations of 50,000 repositories' windows take half the memory.
    """
    with storage_faults(place, "read"):
        return frame.collect(engine="streaming")


def golden_rows(place: Place, observations: pl.LazyFrame) -> pl.DataFrame:
    """What golden should hold for the observations, read from the raw table at `place`.

    The names are read before the numbers: both at once take a third more memory (925 against
    685 MB for two weeks of looks at 50,000 repositories; benchmarks/golden_at_scale.py).
    """
    names = collect(place, newest_names(observations, "observed_at"))
    return collect(place, golden_from_observations(observations, names.lazy()))


def days_present(place: Place, table: Table, first_day: date, last_day: date) -> set[date]:
    """The days of the range for which the table holds any row."""
    days = scan(place, table, first_day=first_day, last_day=last_day).select(pl.col("day").unique())
    return set(collect(place, days)["day"])
