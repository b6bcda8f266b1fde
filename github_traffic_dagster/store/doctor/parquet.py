"""Parquet files, read whole and without trust.

With Arrow, which raises on broken files; polars panics on some. A changed byte inside a value can
still pass: writers of Delta tables put no checksums on pages.
"""

import io

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from github_traffic_dagster.traffic.tables import Table


class BrokenFileError(Exception):
    """The bytes are no readable Parquet; the text says why. Never leaves the doctor."""


def read_parquet(content: bytes) -> pl.DataFrame:
    """All rows of a Parquet file.

    Raises:
        BrokenFileError: it can't be read to its end.
    """
    try:
        read = pl.from_arrow(pq.read_table(io.BytesIO(content)))
    except (pa.ArrowException, OSError, pl.exceptions.PolarsError) as error:
        raise BrokenFileError(" ".join(str(error).split())[:200]) from None
    return read if isinstance(read, pl.DataFrame) else read.to_frame()


def rows_of(content: bytes, table: Table) -> pl.DataFrame:
    """A data file's rows in the table's columns; a column it is older than is null.

    Raises:
        BrokenFileError: it can't be read, or holds something else than rows of the table.
    """
    frame = read_parquet(content)
    foreign = set(frame.columns) - set(table.schema.names()) - {"month"}
    lacking = {*table.key} - set(frame.columns)
    if foreign or lacking:
        raise BrokenFileError(f"it holds no rows of {table.name}: {', '.join(frame.columns)}")
    try:
        return frame.select(
            (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)
            for name, dtype in table.schema.items()
        )
    except pl.exceptions.PolarsError as error:
        raise BrokenFileError(f"its columns are of other types: {error}") from None
