"""The files that are text: CSV with a header, and JSON."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from github_traffic_dagster.history.told import refused

_ENCODING: Final = "utf-8-sig"  # with or without a byte order mark


def header_of(path: Path) -> list[str]:
    """The first line's names; none where the file is empty.

    Raises:
        HistoryFileError: it is no text.
    """
    try:
        with path.open(encoding=_ENCODING, newline="") as file:
            return [name.strip() for name in next(csv.reader(file), [])]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _unreadable(path, error, "a CSV file in UTF-8") from None


def rows_of(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The lines below the header: the number of the line, and its values by name.

    Raises:
        HistoryFileError: it is no CSV, or a line has another number of values than the header.
    """
    header = header_of(path)
    try:
        with path.open(encoding=_ENCODING, newline="") as file:
            reader = csv.reader(file, strict=True)
            next(reader, None)
            for values in reader:
                if not values:
                    continue
                if len(values) != len(header):
                    raise refused(
                        f"{path}, line {reader.line_num}",
                        f"{len(values)} values",
                        f"{len(header)}, as many as the header names",
                    )
                yield reader.line_num, dict(zip(header, map(str.strip, values), strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _unreadable(path, error, "a CSV file in UTF-8") from None


def json_of(path: Path) -> Any:
    """What a JSON file holds.

    Raises:
        HistoryFileError: it is none.
    """
    try:
        return json.loads(path.read_text(encoding=_ENCODING))
    except (OSError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise _unreadable(path, error, "JSON in UTF-8") from None


def _unreadable(path: Path, error: Exception, expected: str) -> Exception:
    said = " ".join(str(error).split())[:200]
    return refused(str(path), f"it can't be read ({said})", expected)
