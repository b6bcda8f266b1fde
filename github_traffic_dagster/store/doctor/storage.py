"""The files of a table as they lie there, on disk or in an object store, past Delta's reader."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import obstore

from github_traffic_dagster.store.objects import objects
from github_traffic_dagster.store.place import Place

LOG: Final = "_delta_log"
QUARANTINE: Final = "_quarantine"
"""Beside the tables. Nothing is ever deleted by a repair: it is kept here, by table and time."""

_TIMEOUT: Final = "120s"
"""For one file, which is read and copied whole: up to 100 MB of Parquet."""
_LISTED_AT_ONCE: Final = 1000


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of the table's folder.

    Attributes:
        path: relative to the folder.
        size: bytes.
        modified: when it was written (UTC).
    """

    path: str
    size: int
    modified: datetime


class Storage:
    """A table's folder, and a place beside it for what is taken out of it."""

    def __init__(self, place: Place) -> None:
        parent, _, self._name = place.uri.rstrip("/").rpartition("/")
        self._parent_uri = parent
        self._files = objects(Place(parent, place.options), timeout=_TIMEOUT, make_folder=False)

    def files(self, folder: str = "") -> list[StoredFile]:
        """All files below the table's folder, or a folder in it, by path; none where none is.

        Files that are just being written, and those of writers that died over it, are left out.
        """
        base = f"{self._name}/"
        found = [
            StoredFile(info["path"].removeprefix(base), info["size"], info["last_modified"])
            for infos in obstore.list(self._files, base + folder, chunk_size=_LISTED_AT_ONCE)
            for info in infos
        ]
        return sorted(found, key=lambda file: file.path)

    def read(self, path: str) -> bytes:
        """A file's bytes.

        Raises:
            FileNotFoundError: it is not there (any more).
        """
        return self._read(f"{self._name}/{path}")

    def write(self, path: str, content: bytes) -> None:
        """Write a file whole; one that is there is replaced."""
        self._write(f"{self._name}/{path}", content)

    def keep_copy(self, path: str, stamp: str) -> str:
        """Copy a file into quarantine.

        Args:
            path: the file, relative to the table's folder.
            stamp: the repair's folder in the quarantine.

        Returns:
            Where the copy lies.
        """
        copy = f"{QUARANTINE}/{self._name}/{stamp}/{path}"
        content = self.read(path)
        self._write(copy, content)
        if self._read(copy) != content:
            raise OSError(f"The copy {self._parent_uri}/{copy} differs from what was copied.")
        return f"{self._parent_uri}/{copy}"

    def set_aside(self, path: str, stamp: str) -> str:
        """Move a file into quarantine: the copy is there, and read back, before the file goes."""
        kept = self.keep_copy(path, stamp)
        obstore.delete(self._files, f"{self._name}/{path}")
        return kept

    def note(self, name: str) -> bytes | None:
        """A note that lies in the table's quarantine, or None."""
        try:
            return self._read(f"{QUARANTINE}/{self._name}/{name}")
        except FileNotFoundError:
            return None

    def write_note(self, name: str, content: bytes) -> None:
        """Leave a note in the table's quarantine."""
        self._write(f"{QUARANTINE}/{self._name}/{name}", content)

    def _read(self, path: str) -> bytes:
        return bytes(obstore.get(self._files, path).bytes())

    def _write(self, path: str, content: bytes) -> None:
        obstore.put(self._files, path, content)
