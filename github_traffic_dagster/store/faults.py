"""Storage faults as errors that say what to do.

delta-rs raises OSError, DeltaError and, on broken files, a PanicException that is no Exception
(pyo3). Their texts hold ANSI colours and no errno, so hints go by the number in the text, which
stands there as "os error 28" or, where Rust shows the whole error, as "Os { code: 28, ...".
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import polars as pl
from deltalake.exceptions import DeltaError

from github_traffic_dagster.errors import StoreError
from github_traffic_dagster.store.place import Place

_ANSI: Final = re.compile(r"\x1b\[[0-9;]*m")
_SYSTEM_ERROR: Final = re.compile(r"Os \{ code: (\d+),")
_HINTS: Final = {
    "os error 28": "The disk is full: free some space, then run again",
    "os error 30": "The file system is read-only: choose another GITHUB_TRAFFIC_STORE",
    "os error 13": "Permission denied: give this user read and write access to the folder",
    "403": "Access denied: check the storage credentials and their rights on this location",
    "404": "No such bucket or container: check GITHUB_TRAFFIC_STORE",
}
_LONGEST_TEXT: Final = 400


def is_storage_fault(error: BaseException) -> bool:
    """Whether `error` comes from the storage or from a reader of broken files."""
    return (
        isinstance(error, (OSError, DeltaError, pl.exceptions.PolarsError))
        or type(error).__name__ == "PanicException"
    )


def describe(error: BaseException) -> str:
    """The error in one line, with a hint where the cause is known."""
    text = " ".join(_ANSI.sub("", str(error)).split())
    marks = _SYSTEM_ERROR.sub(r"os error \1,", text)
    hint = next((hint for mark, hint in _HINTS.items() if mark in marks), None)
    return f"{text[:_LONGEST_TEXT]}{f'. {hint}.' if hint else ''}"


@contextmanager
def storage_faults(place: Place, doing: str) -> Iterator[None]:
    """Turn any storage fault inside the block into a StoreError that names the table.

    Args:
        place: the table spoken to.
        doing: what was tried, as "read" or "open".
    """
    try:
        yield
    except BaseException as error:
        if not is_storage_fault(error):
            raise
        raise StoreError(
            f"Could not {doing} {place.uri}: {describe(error)} Nothing stored was changed."
        ) from error
