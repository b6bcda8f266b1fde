"""SQLite databases of other tools, read and never written."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from github_traffic_dagster.history.told import refused

_MAGIC: Final = b"SQLite format 3\0"


def is_sqlite(path: Path) -> bool:
    """Whether a file begins as a SQLite database does (https://www.sqlite.org/fileformat.html)."""
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def columns_by_table(path: Path) -> dict[str, set[str]]:
    """The tables of a database with the names of their columns.

    Raises:
        HistoryFileError: it can't be read.
    """
    with _opened(path) as database:
        tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return {
            name: {
                column
                for (column,) in database.execute("SELECT name FROM pragma_table_info(?)", (name,))
            }
            for (name,) in tables
        }


def rows_of(path: Path, query: str) -> Iterator[tuple[Any, ...]]:
    """The rows of a query.

    Raises:
        HistoryFileError: the database can't be read, or lacks what the query names.
    """
    with _opened(path) as database:
        yield from database.execute(query)


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    # Without a log beside it the file is all there is; a reader would make one in that folder.
    mode = "mode=ro" if path.with_name(f"{path.name}-wal").exists() else "immutable=1"
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?{mode}", uri=True)) as database:
            yield database
    except sqlite3.Error as error:
        raise refused(str(path), f"it can't be read ({error})", "a whole SQLite database") from None
