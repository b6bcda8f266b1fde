"""What the Dagster UI shows of tables and frames."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final

import dagster as dg
import polars as pl

from github_traffic_dagster.assets.days import DayRange
from github_traffic_dagster.store.layout import stored_columns
from github_traffic_dagster.traffic.tables import SQL_TYPES, Table

OWNERS: Final = ["team:github-traffic"]
TABLE_ROWS: Final = 50
"""Metadata is stored with every run: longer tables show their first rows and say how many more."""
PREVIEW_ROWS: Final = 10
"""Of a day's preview: it is stored for every day of every run."""


def definition_metadata(table: Table) -> dict[str, Any]:
    """Metadata of an asset's definition: its columns, and which of them is the partition's day."""
    columns = [
        dg.TableColumn(column.name, type=SQL_TYPES[column.dtype], description=column.comment)
        for column in stored_columns(table)
    ]
    return {
        "partition_expr": "day",
        "dagster/column_schema": dg.TableSchema(columns=columns),
        "key": ", ".join(table.key),
    }


def table_value(frame: pl.DataFrame) -> dg.TableMetadataValue:
    """The first rows of a frame as a table; dates and times as text."""
    return rows_value(frame.head(TABLE_ROWS).to_dicts(), frame.columns)


def rows_value(rows: Iterable[Mapping[str, Any]], columns: list[str]) -> dg.TableMetadataValue:
    """Rows as a table, also when there are none."""
    records = [
        dg.TableRecord({name: _cell(row[name]) for name in columns})
        for _, row in zip(range(TABLE_ROWS), rows, strict=False)
    ]
    schema = dg.TableSchema(columns=[dg.TableColumn(name) for name in columns])
    return dg.MetadataValue.table(records=records, schema=schema)


def _cell(value: Any) -> str | int | float | bool | None:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    return str(value) if isinstance(value, date) else value


def per_day(
    rows: pl.LazyFrame,
    days: DayRange,
    measures: Mapping[str, pl.Expr],
    preview: Iterable[str] = (),
) -> dict[str, dict[str, Any]]:
    """Figures for each partition of a run.

    Args:
        rows: with a `day`.
        days: the run's days; those without rows get zeros.
        measures: name to aggregation.
        preview: columns of a table of each day's busiest repositories, `preview` among the figures;
            `full_name` and `count` are two of them. None, no table.

    Returns:
        Partition key to figures.
    """
    columns = list(preview)
    if columns:
        by, ascending = ["count", "full_name"], [False, True]
        top = pl.struct(columns).top_k_by(by, PREVIEW_ROWS, reverse=ascending)
        measures = {**measures, "preview": top}
    found = rows.group_by("day").agg(**measures).collect(engine="streaming")
    figures = {row.pop("day"): row for row in found.to_dicts()}
    for day in days:
        theirs = figures.setdefault(
            day, {name: [] if name == "preview" else 0 for name in measures}
        )
        if columns:
            busiest = sorted(theirs["preview"], key=lambda row: (-row["count"], row["full_name"]))
            theirs["preview"] = rows_value(busiest, columns)
    return {str(day): figures[day] for day in days}


def add_partition_metadata(
    context: dg.AssetExecutionContext, figures: Mapping[str, Mapping[str, Any]]
) -> None:
    """Attach figures to each partition of the running asset."""
    for key, values in figures.items():
        context.add_asset_metadata(
            values, asset_key=context.asset_key.to_user_string(), partition_key=key
        )
