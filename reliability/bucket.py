"""A bucket as its server holds it: what lies below a prefix, and copies of it."""

from typing import Final

import obstore

from github_traffic_dagster.store.objects import objects
from github_traffic_dagster.store.place import Place
from reliability.emulators import ObjectStore

Listing = dict[str, str | None]
"""Key below a prefix, and what changes with the object's bytes (its ETag)."""

_AT_ONCE: Final = 1000


class Bucket:
    """The emulator's bucket, spoken to directly."""

    def __init__(self, store: ObjectStore) -> None:
        self._objects = objects(Place(store.root, store.options()))

    def listing(self, prefix: str) -> Listing:
        """Everything below `prefix`."""
        return {
            found["path"].removeprefix(f"{prefix}/"): found["e_tag"]
            for batch in obstore.list(self._objects, prefix, chunk_size=_AT_ONCE)
            for found in batch
        }

    def copy(self, source: str, target: str) -> None:
        """Copy everything below a prefix to another."""
        for name in self.listing(source):
            obstore.copy(self._objects, f"{source}/{name}", f"{target}/{name}")

    def delete(self, prefix: str) -> None:
        """Delete everything below a prefix."""
        obstore.delete(self._objects, [f"{prefix}/{name}" for name in self.listing(prefix)])
