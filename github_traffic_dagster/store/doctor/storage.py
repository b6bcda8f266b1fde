"""The files of a table as they lie there, on disk or in an object store, past Delta's own reader.

Spoken to with delta-rs' own storage options, so that whoever can open the table can examine it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import pyarrow as pa
from deltalake.fs import DeltaStorageHandler
from pyarrow import fs

from github_traffic_dagster.store.place import Place

LOG: Final = "_delta_log"
QUARANTINE: Final = "_quarantine"
"""Beside the tables. Nothing is ever deleted by a repair: it is kept here, by table and time."""


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
        self._files = fs.PyFileSystem(_Handler(parent, place.delta_options))

    def files(self, folder: str = "") -> list[StoredFile]:
        """All files below the table's folder, or a folder in it, by path; none where none is."""
        base = f"{self._name}/"
        selector = fs.FileSelector(base + folder, recursive=True, allow_not_found=True)
        found = [
            StoredFile(info.path.removeprefix(base), info.size, _utc(info.mtime))
            for info in self._files.get_file_info(selector)
            if info.type is fs.FileType.File
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
        self._files.delete_file(f"{self._name}/{path}")
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
        with self._files.open_input_stream(path) as stream:
            return bytes(stream.read())

    def _write(self, path: str, content: bytes) -> None:
        with self._files.open_output_stream(path) as stream:
            stream.write(content)


class _Handler(DeltaStorageHandler):
    """delta-rs' file system. Its streams take nothing but `bytes` (1.6.6); Arrow gives Buffers."""

    def open_output_stream(
        self, path: str, metadata: dict[str, str] | None = None
    ) -> pa.PythonFile:
        return pa.PythonFile(_BytesOnly(self._handler.open_output_stream(path, metadata)), mode="w")


class _BytesOnly:
    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.closed = False

    def write(self, content: bytes | pa.Buffer) -> int:
        self._stream.write(bytes(content))
        return len(content)

    def flush(self) -> None:
        self._stream.flush()

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
        self.closed = True


def _utc(moment: datetime | None) -> datetime:
    return moment.astimezone(UTC) if moment else datetime.now(UTC)
