"""How our tables are laid out in Delta: types, comments, partitions, table properties.

A folder a day can't be compacted: after ten years it is 3,650 files that every query opens. A
period (`periods`) is one file, and its folder's name alone lets readers skip it.
"""

from datetime import date
from typing import Final

import polars as pl
from deltalake import DeltaTable, Field, Schema
from deltalake.schema import PrimitiveType

from github_traffic_dagster.store.periods import Period
from github_traffic_dagster.traffic.tables import (
    BIGINT,
    BOOLEAN,
    DATE,
    TEXT,
    TIMESTAMP,
    Column,
    Table,
)

PERIOD: Final = Column("period", DATE, "First day of the year or month in whose folder the row is")
PERIOD_PROPERTY: Final = "github_traffic.period"
"""Which of the two it is."""

FORMAT_PROPERTY: Final = "github_traffic.format"
FORMAT: Final = 1
"""Raised when a release writes what an older one must not touch."""

TIME_TRAVEL_DAYS: Final = 30
"""How far back a table can be read as it was, unless a setting says otherwise."""

_DELTA_TYPES: Final = {
    BIGINT: "long",
    TEXT: "string",
    BOOLEAN: "boolean",
    DATE: "date",
    TIMESTAMP: "timestamp",
}


def stored_columns(table: Table) -> tuple[Column, ...]:
    """The table's columns and, last, the partition column."""
    return (*table.columns, PERIOD)


def delta_schema(table: Table) -> Schema:
    """The table's schema in Delta, with its comments.

    Columns of the key hold no null: without that, Unity Catalog takes no primary key. It raises no
    protocol version. Tables of older releases keep their columns as they are.
    """
    return Schema(
        [
            delta_field(column, nullable=column.name not in table.key)
            for column in stored_columns(table)
        ]
    )


def delta_field(column: Column, *, nullable: bool = True) -> Field:
    """A column in Delta, with its comment."""
    return Field(
        column.name,
        PrimitiveType(_DELTA_TYPES[column.dtype]),
        nullable=nullable,
        metadata={"comment": column.comment},
    )


def configuration(
    table: Table, period: Period, time_travel_days: int = TIME_TRAVEL_DAYS
) -> dict[str, str | None]:
    """Table properties (https://docs.delta.io/latest/table-properties.html).

    Raw tables are append-only by Delta's own word: no engine can update or delete a row of them.

    Args:
        table: the table they are for.
        period: what it is laid out by.
        time_travel_days: how far back it can be read as it was.
    """
    properties: dict[str, str | None] = {
        FORMAT_PROPERTY: str(FORMAT),
        PERIOD_PROPERTY: period.value,
        # With this and the retention, the log stays under 50 files over the years (default: 132).
        "delta.checkpointInterval": "10",
        # Names of runs, by which a retry knows itself: for ever, they would fill the checkpoints.
        "delta.setTransactionRetentionDuration": "interval 60 days",
        **retention(time_travel_days),
    }
    if table.merge is None:
        properties["delta.appendOnly"] = "true"
    return properties


def retention(time_travel_days: int) -> dict[str, str]:
    """The properties that keep replaced files and old versions for some days.

    What a table was 30 days ago was mostly written a little before that: with 30 days for the log,
    a checkpoint in between loses it (measured), so the log gets a day more.
    """
    return {
        "delta.logRetentionDuration": f"interval {time_travel_days + 1} days",
        "delta.deletedFileRetentionDuration": f"interval {time_travel_days} days",
    }


def stored_period(opened: DeltaTable) -> Period:
    """What a table is laid out by.

    Raises:
        ValueError: its property names no period of ours.
    """
    return Period(opened.metadata().configuration.get(PERIOD_PROPERTY, ""))


def stored_months(opened: DeltaTable) -> list[date]:
    """The months of all periods that the table has rows of, ascending; some may be empty."""
    period = stored_period(opened)
    folders = (date.fromisoformat(folder[PERIOD.name]) for folder in opened.partitions())
    return sorted(month for folder in folders for month in period.months(folder))


def with_period(frame: pl.DataFrame, period: Period) -> pl.DataFrame:
    """Add the partition column."""
    return frame.with_columns(period.of_day().alias(PERIOD.name))


def day_range_filter(
    period: Period, first_day: date | None, last_day: date | None
) -> list[pl.Expr]:
    """Predicates that readers push down to folders (period) and to file statistics (day)."""
    predicates = []
    if first_day:
        in_time = pl.col(PERIOD.name) >= period.first_day(first_day)
        predicates += [in_time, pl.col("day") >= first_day]
    if last_day:
        predicates += [pl.col(PERIOD.name) <= last_day, pl.col("day") <= last_day]
    return predicates
