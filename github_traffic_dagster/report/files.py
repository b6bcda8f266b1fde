"""Put files into a folder or an object store, each whole or not at all.

obstore writes a local file beside its place and renames it; an object appears when all of it has
come (https://docs.rs/object_store/latest/object_store/trait.ObjectStore.html, `put_opts`).
"""

import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import obstore
from obstore.store import ObjectStore

from github_traffic_dagster.store.faults import storage_faults
from github_traffic_dagster.store.objects import objects
from github_traffic_dagster.store.place import Place

_DOING: Final = "write the report to"
_SETTING: Final = "GITHUB_TRAFFIC_REPORT"
_AT_ONCE: Final = 16
_TIMEOUT: Final = "60s"
"""For one request with all it carries: the page of a large store has some megabytes."""


@dataclass(frozen=True, slots=True)
class File:
    """A file to be written: its path below the place, and its type for browsers."""

    path: str
    content: bytes
    content_type: str


def parent_and_name(file: Place) -> tuple[Place, str]:
    """The folder that a file lies in, and its name there."""
    path = file.local_path
    if path:
        return replace(file, uri=str(path.parent)), path.name
    folder, _, name = file.uri.rpartition("/")
    return replace(file, uri=folder), name


def put(place: Place, file: File) -> None:
    """Write a file; readers see the one before or this one.

    Raises:
        StoreError: the storage failed; a file that was there is as it was.
    """
    with storage_faults(place, _DOING, setting=_SETTING):
        _put(objects(place, timeout=_TIMEOUT), place.local_path, file)


def put_all(place: Place, files: Iterable[File], *, folder: str, ours: re.Pattern[str]) -> int:
    """Write files below a folder, then remove older ones of ours there.

    Args:
        place: where.
        files: all that should be there; their paths begin with `folder`.
        folder: what they lie below, as "badges".
        ours: which paths are ours to remove, when no file of this time has them.

    Returns:
        How many were written.

    Raises:
        StoreError: the storage failed; some may be new and others old, each of them whole.
    """
    with storage_faults(place, _DOING, setting=_SETTING):
        store = objects(place, timeout=_TIMEOUT)
        with ThreadPoolExecutor(_AT_ONCE) as crew:
            written = set(crew.map(lambda file: _put(store, place.local_path, file), files))
        stale = [
            str(found["path"])
            for chunk in obstore.list(store, folder)
            for found in chunk
            if found["path"] not in written and ours.fullmatch(found["path"])
        ]
        if stale:
            obstore.delete(store, stale)
    return len(written)


def _put(store: ObjectStore, local: Path | None, file: File) -> str:
    # Local files have no attributes; obstore refuses them there.
    attributes = None if local else {"Content-Type": file.content_type}
    obstore.put(store, file.path, file.content, attributes=attributes)
    return file.path
