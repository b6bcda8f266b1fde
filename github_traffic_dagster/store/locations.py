"""Where a store may lie: a folder of this machine, or a place in an object store."""

import re
from pathlib import Path
from typing import Final

_STORE_FORMS: Final = {
    "s3": re.compile(r"s3://[a-z0-9][a-z0-9.-]+(/[^?#]*)?"),
    "abfss": re.compile(r"abfss://[a-z0-9-]+@[a-z0-9]+\.dfs\.core\.windows\.net(/[^?#]*)?"),
    "gs": re.compile(r"gs://[a-z0-9][a-z0-9._-]+(/[^?#]*)?"),
}


def absolute(folder: Path) -> Path:
    """A folder as an absolute path; ~ is the user's home.

    Raises:
        ValueError: there is no such home.
    """
    try:
        return folder.expanduser().absolute()
    except RuntimeError:
        raise ValueError("no such user's home") from None


def location(text: str) -> str:
    """A folder as an absolute path, or a place in an object store.

    Raises:
        ValueError: it is no place that can be written to.
    """
    scheme, found, _ = text.partition("://")
    if not found:
        return str(absolute(Path(text)))
    form = _STORE_FORMS.get(scheme)
    if form is None or not form.fullmatch(text):
        raise ValueError("no location that can be written to")
    return text.rstrip("/")
