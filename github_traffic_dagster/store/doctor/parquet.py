"""Parquet files, read whole and without trust.

With Arrow, which raises on broken files; polars panics on some. A changed byte inside a value can
still pass: writers of Delta tables put no checksums on pages.
"""

import io
from collections.abc import Iterator
from datetime import date

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from github_traffic_dagster.store.layout import PERIOD
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


def batches_of(content: bytes, table: Table) -> Iterator[pl.DataFrame]:
    """A data file's rows in the table's columns, some at a time; a column it is older than is null.

    Raises:
        BrokenFileError: it can't be read, or holds something else than rows of the table.
    """
    try:
        file = pq.ParquetFile(io.BytesIO(content))
        names = set(file.schema_arrow.names)
        foreign = names - set(table.schema.names()) - {PERIOD.name}
        if foreign or {*table.key} - names:
            raise BrokenFileError(f"it holds no rows of {table.name}: {', '.join(sorted(names))}")
        for batch in file.iter_batches():
            frame = pl.DataFrame(batch)
            yield frame.select(
                (pl.col(name) if name in names else pl.lit(None)).cast(dtype).alias(name)
                for name, dtype in table.schema.items()
            )
    except (pa.ArrowException, OSError, pl.exceptions.PolarsError) as error:
        raise BrokenFileError(" ".join(str(error).split())[:200]) from None


def rows_of(content: bytes, table: Table, days: tuple[date, date] | None = None) -> pl.DataFrame:
    """A data file's rows, or those of a range of days (both included).

    Raises:
        BrokenFileError: it can't be read, or holds something else than rows of the table.
    """
    wanted = pl.col("day").is_between(*days) if days else pl.lit(value=True)
    return pl.concat(
        [
            pl.DataFrame(schema=table.schema),
            *(batch.filter(wanted) for batch in batches_of(content, table)),
        ]
    )


def count_rows(content: bytes, table: Table) -> int:
    """How many rows a data file holds, each of them read.

    Raises:
        BrokenFileError: it can't be read, or holds something else than rows of the table.
    """
    return sum(batch.height for batch in batches_of(content, table))
