"""Rows as the bytes of a file and back, without any change to them.

CSV knows neither types nor nulls: instants are written to the microsecond in UTC, days as
2026-11-24, a null as nothing at all and an empty text as two quotes.
"""

import hashlib
from io import BytesIO
from typing import Final

import polars as pl

from github_traffic_dagster.errors import StoreError
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.store.transfer.manifest import (
    ExportedFile,
    ExportedTable,
    Format,
    exported_columns,
)
from github_traffic_dagster.traffic.tables import (
    BIGINT,
    BOOLEAN,
    DATE,
    TEXT,
    TIMESTAMP,
    Column,
    Table,
    polars_schema,
)

_INSTANT: Final = "%Y-%m-%dT%H:%M:%S%.6fZ"
_DAY: Final = "%Y-%m-%d"


def to_bytes(frame: pl.DataFrame, form: Format) -> bytes:
    """The file that holds the rows of `frame`."""
    buffer = BytesIO()
    if form is Format.PARQUET:
        frame.write_parquet(buffer)
    else:
        frame.write_csv(buffer, datetime_format=_INSTANT, date_format=_DAY)
    return buffer.getvalue()


def describe_file(path: str, frame: pl.DataFrame, content: bytes) -> ExportedFile:
    """What the manifest says about a file."""
    return ExportedFile(
        path=path,
        rows=frame.height,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def from_bytes(
    source: Place,
    table: Table,
    exported: ExportedTable,
    file: ExportedFile,
    content: bytes,
) -> pl.DataFrame:
    """The rows of a file, checked against all that the manifest and the table say of them.

    Returns:
        Rows in the table's columns; columns that an older release did not know are null.

    Raises:
        StoreError: the file is not what was exported. Names it.
    """
    if len(content) != file.size or hashlib.sha256(content).hexdigest() != file.sha256:
        raise _damaged(source, file, "its bytes are not those that were exported")
    columns = exported_columns(table, exported)
    try:
        frame = _parse(content, Format(file.path.rpartition(".")[2]), columns)
    except pl.exceptions.PolarsError as error:
        raise _damaged(source, file, " ".join(str(error).split())[:200]) from None
    if frame.schema != polars_schema(columns):
        raise _damaged(source, file, "its columns are not those of the manifest")
    if frame.height != file.rows:
        raise _damaged(source, file, f"it has {frame.height} rows instead of {file.rows}")
    if frame.select(pl.any_horizontal(pl.col(table.key).is_null()).any()).item():
        raise _damaged(source, file, f"a {', '.join(table.key)} is missing")
    if frame.select(table.key).is_duplicated().any():
        raise _damaged(source, file, f"a {', '.join(table.key)} is there twice")
    if not (frame["day"].dt.month_start() == file.month).all():
        raise _damaged(source, file, "it holds days of another month")
    return frame.with_columns(
        pl.lit(None, dtype=column.dtype).alias(column.name)
        for column in table.columns
        if column not in columns
    ).select(table.schema.names())


def _parse(content: bytes, form: Format, columns: list[Column]) -> pl.DataFrame:
    if form is Format.PARQUET:
        return pl.read_parquet(BytesIO(content))
    texts = pl.read_csv(BytesIO(content), infer_schema=False)
    if texts.columns != [column.name for column in columns]:
        return texts
    return texts.select(_typed(column) for column in columns)


def _typed(column: Column) -> pl.Expr:
    text = pl.col(column.name)
    if column.dtype == BOOLEAN:
        values = {"true": True, "false": False}
        return text.replace_strict(values, return_dtype=BOOLEAN)
    if column.dtype == DATE:
        return text.str.to_date(_DAY)
    if column.dtype == TIMESTAMP:
        naive = text.str.to_datetime(_INSTANT, time_unit="us", time_zone="UTC")
        return naive.cast(TIMESTAMP)
    if column.dtype == BIGINT:
        return text.cast(BIGINT)
    return text.cast(TEXT)


def _damaged(source: Place, file: ExportedFile, why: str) -> StoreError:
    return StoreError(
        f"The export at {source.uri} is damaged: {file.path}: {why}. Nothing was imported; "
        "take another copy of it, or export once more."
    )
