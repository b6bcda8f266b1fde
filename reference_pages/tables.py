"""docs/reference/tables.md: every table, its key and its columns as they are written into it."""

from typing import Final

from github_traffic_dagster.store.layout import PERIOD
from github_traffic_dagster.traffic.tables import SQL_TYPES, TABLES, Column, Table
from reference_pages.markdown import page, table

_INTRODUCTION: Final = """\
Delta tables in `<store>/github_traffic/<table>`, the store being `GITHUB_TRAFFIC_STORE`. Days are
days in UTC. The comments below are written into the tables too. Types are as Databricks SQL calls
them; no table feature is used that an older reader lacks. Don't read a folder's Parquet files
directly: some are versions that have been replaced.

*Only grows*: rows are appended and never changed. *Merged*: a row of the same key is changed; in
`repos` a look on the day itself beats every later one, in golden tables
[the golden rule](../explanation/golden-rule.md) holds."""


def tables_page() -> str:
    """The page."""
    parts = [block for each in TABLES.values() for block in _part(each)]
    return page("Tables", _INTRODUCTION, *parts)


def _part(each: Table) -> list[str]:
    ways = ["merged" if each.merge else "only grows"]
    if each.optional:
        ways.append("may be missing: switched on by a setting, or younger than a store's last run")
    key = ", ".join(f"`{name}`" for name in each.key)
    return [
        f"## {each.name}",
        f"{each.grain}.",
        f"Key: {key}. Writing: {'; '.join(ways)}.",
        table(["Column", "Type", "What it is"], map(_row, (*each.columns, PERIOD))),
    ]


def _row(column: Column) -> list[str]:
    return [f"`{column.name}`", SQL_TYPES[column.dtype], column.comment]
