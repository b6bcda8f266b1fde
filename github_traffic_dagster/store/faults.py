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
from obstore.exceptions import BaseError as ObjectStoreError

from github_traffic_dagster.errors import StoreError
from github_traffic_dagster.store.place import Place

_STORE: Final = "GITHUB_TRAFFIC_STORE"
_ANSI: Final = re.compile(r"\x1b\[[0-9;]*m")
_SYSTEM_ERROR: Final = re.compile(r"(?:Os \{ code: |\[Errno )(\d+)[],]")
_HINTS: Final = {
    # Asking the virtual machine it runs on is what an object store does without credentials.
    r"169\.254\.169\.254|metadata\.google\.internal|loading credentials|"
    r"no credentials found": "No credentials were found: set "
    "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (S3), AZURE_STORAGE_ACCOUNT_KEY (Azure) or "
    "GOOGLE_SERVICE_ACCOUNT (Google)",
    r"URL scheme is not allowed": "The endpoint is no https: set AWS_ALLOW_HTTP to true",
    r"Kernel error: Unsupported": "Another engine raised the table's Delta protocol: drop the "
    "feature there (ALTER TABLE ... DROP FEATURE ...)",
    r"os error 28\b": "The disk is full: free some space, then run again",
    r"os error 30\b": "The file system is read-only: choose another GITHUB_TRAFFIC_STORE",
    r"os error 13\b": "Permission denied: give this user read and write access to the folder",
    r"\b403\b": "Access denied: check the storage credentials and their rights on this location",
    r"\b404\b": "No such bucket or container, or it lacks a file: check GITHUB_TRAFFIC_STORE",
}
_NO_HINT: Final = "Run again; if it stays, check that the store is reachable and whole"
_LONGEST_TEXT: Final = 400


def is_storage_fault(error: BaseException) -> bool:
    """Whether `error` comes from the storage or from a reader of broken files."""
    return (
        isinstance(error, (OSError, DeltaError, pl.exceptions.PolarsError, ObjectStoreError))
        or type(error).__name__ == "PanicException"
    )


def describe(error: BaseException, *, otherwise: str = "") -> str:
    """The error in one line, with a hint where the cause is known, else with `otherwise`."""
    said = str(error).partition("\n\nDebug source:")[0]
    text = " ".join(_ANSI.sub("", said).split())
    marks = _SYSTEM_ERROR.sub(r"os error \1,", text)
    hint = next((hint for mark, hint in _HINTS.items() if re.search(mark, marks)), otherwise)
    return f"{text[:_LONGEST_TEXT].rstrip('. ')}.{f' {hint}.' if hint else ''}"


@contextmanager
def storage_faults(place: Place, doing: str, *, setting: str = _STORE) -> Iterator[None]:
    """Turn any storage fault inside the block into a StoreError that names the table.

    Args:
        place: the table spoken to.
        doing: what was tried, as "read" or "open".
        setting: the variable that says where the place is.
    """
    try:
        yield
    except BaseException as error:
        if not is_storage_fault(error):
            raise
        said = describe(error, otherwise=_NO_HINT).replace(_STORE, setting)
        raise StoreError(
            f"Could not {doing} {place.uri}: {said} Nothing stored was changed."
        ) from error
