"""What a table is made of: columns, their types, how a write meets what is stored.

Only types that every Databricks runtime reads without a table feature: bigint, string, boolean,
date and timestamp in UTC (https://docs.delta.io/latest/versioning.html). The SQL texts use `s`
for the incoming row and `t` for the stored one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import polars as pl

BIGINT = pl.Int64()
TEXT = pl.String()
BOOLEAN = pl.Boolean()
DATE = pl.Date()
TIMESTAMP = pl.Datetime("us", "UTC")

SQL_TYPES = {
    BIGINT: "bigint",
    TEXT: "string",
    BOOLEAN: "boolean",
    DATE: "date",
    TIMESTAMP: "timestamp",
}
"""As Databricks SQL calls them."""

PolarsType = pl.Int64 | pl.String | pl.Boolean | pl.Date | pl.Datetime


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its polars type and the comment that is written into the table."""

    name: str
    dtype: PolarsType
    comment: str


@dataclass(frozen=True, slots=True)
class MergeRule:
    """How an incoming row changes the stored row of the same key.

    Attributes:
        when: SQL condition under which anything changes at all.
        updates: column to SQL expression. Columns not named keep what is stored.
    """

    when: str
    updates: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the store.

    Attributes:
        merge: None for tables that are only ever appended to.
        optional: a sound store may lack it: it is switched on by a setting, or younger than others.
    """

    name: str
    grain: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    merge: MergeRule | None = field(default=None)
    optional: bool = False

    @property
    def schema(self) -> pl.Schema:
        """The columns as a polars schema, in order."""
        return polars_schema(self.columns)


def polars_schema(columns: Iterable[Column]) -> pl.Schema:
    """The polars schema of `columns`, in order."""
    return pl.Schema({column.name: column.dtype for column in columns})


REPO_ID = Column("repo_id", BIGINT, "GitHub's numeric id; survives renames and transfers")
NAME_THEN = Column("full_name", TEXT, "owner/name when observed")
OBSERVED_AT = Column("observed_at", TIMESTAMP, "When GitHub answered (UTC, GitHub's clock)")
RUN_ID = Column("run_id", TEXT, "Dagster run that observed it")
