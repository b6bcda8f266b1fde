"""Open an export and check all of it, before anything is done with it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import obstore
import polars as pl

from github_traffic_dagster.errors import ForeignTableError, StoreError
from github_traffic_dagster.store.faults import storage_faults
from github_traffic_dagster.store.objects import names_below, objects
from github_traffic_dagster.store.periods import Period, suitable_period
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.store.transfer.files import from_bytes
from github_traffic_dagster.store.transfer.manifest import (
    FILE_NAME,
    TIMEOUT,
    Manifest,
    fingerprint,
    read_manifest,
)
from github_traffic_dagster.traffic.tables import TABLES, Table


@dataclass(frozen=True, slots=True)
class Export:
    """An export that lies at `source`.

    Attributes:
        source: where.
        manifest: what it says of itself.
        period: what new tables should be laid out by to hold it.
    """

    source: Place
    manifest: Manifest
    period: Period

    @property
    def name(self) -> str:
        """What the history of the tables it is brought into says about who wrote."""
        return f"import {fingerprint(self.manifest)}"

    @property
    def tables(self) -> list[Table]:
        """The tables it holds."""
        return [table for table in TABLES.values() if table.name in self.manifest.tables]

    def frames(self, table: Table) -> Iterator[pl.DataFrame]:
        """A table's rows, month by month; each file is checked as it is read.

        Raises:
            StoreError: a file is missing, can't be read or is not what was exported.
        """
        exported = self.manifest.tables.get(table.name)
        if exported is None:
            return
        for file in exported.files:
            content = self._read(file.path)
            yield from_bytes(self.source, table, exported, file, content)

    def _read(self, path: str) -> bytes:
        with storage_faults(self.source, "import from"):
            try:
                store = objects(self.source, timeout=TIMEOUT)
                return bytes(obstore.get(store, path).bytes())
            except FileNotFoundError:
                raise StoreError(
                    f"The export at {self.source.uri} is damaged: {path} is missing. Nothing was "
                    "imported; take another copy of it, or export once more."
                ) from None


def open_export(source: Place) -> Export:
    """Read and check an export: its manifest, and every byte of every file.

    Raises:
        ForeignTableError: it is none, or of a newer release.
        StoreError: it is not whole, damaged or can't be read.
    """
    with storage_faults(source, "import from"):
        names = names_below(source)
        if FILE_NAME not in names:
            raise ForeignTableError(
                f"{source.uri} is no whole export: it has no {FILE_NAME}, which is written last. "
                "Nothing was imported."
            )
        content = bytes(obstore.get(objects(source), FILE_NAME).bytes())
    export = Export(source, read_manifest(content, source.uri), Period.YEAR)
    # Each file is checked as it is read.
    repositories = [
        frame["repo_id"].n_unique() for table in export.tables for frame in export.frames(table)
    ]
    return replace(export, period=suitable_period(max(repositories, default=0)))
