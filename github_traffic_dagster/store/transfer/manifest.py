"""The manifest of an export: what was exported, and the proof that all of it is there.

It is written last, so that an export without one is half of one and is never taken for a whole.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from github_traffic_dagster.errors import ForeignTableError, StoreError
from github_traffic_dagster.traffic.tables import SQL_TYPES, TABLES, Column, Table

FILE_NAME: Final = "manifest.json"
TIMEOUT: Final = "120s"
"""For one file: a month of many thousand repositories takes its time."""

_KIND: Final = "github-traffic-export"
_VERSION: Final = 1
"""Raised when a release exports what an older one can't bring in."""


class Format(StrEnum):
    """What the rows are written as."""

    PARQUET = "parquet"
    CSV = "csv"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ExportedFile(_Part):
    """One month of one table.

    Attributes:
        path: relative to the manifest, as repos/2026-11.parquet.
        rows: how many there are.
        size: bytes.
        sha256: of the file's bytes.
    """

    path: Annotated[str, Field(pattern=r"^[a-z_]+/\d{4}-\d{2}\.(parquet|csv)$")]
    rows: Annotated[int, Field(ge=0)]
    size: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

    @property
    def month(self) -> date:
        """The first day of the month whose rows these are."""
        return date.fromisoformat(f"{self.path.rpartition('/')[2][:7]}-01")


class ExportedTable(_Part):
    """A table as it was at one version: its columns with their SQL types, and its files."""

    version: Annotated[int, Field(ge=0)]
    columns: Mapping[str, str]
    files: tuple[ExportedFile, ...]

    @property
    def rows(self) -> int:
        """In all files."""
        return sum(file.rows for file in self.files)


class Manifest(_Part):
    """What an export holds.

    Attributes:
        kind: that it is one of ours.
        version: of the export's layout.
        exported_at: when (UTC).
        exported_by: which release.
        format: of all files.
        tables: by name.
    """

    kind: str = _KIND
    version: int = _VERSION
    exported_at: datetime
    exported_by: str
    format: Format
    tables: Mapping[str, ExportedTable]

    @model_validator(mode="after")
    def _files_lie_where_they_belong(self) -> Self:
        for name, table in self.tables.items():
            for file in table.files:
                if file.path != f"{name}/{file.month:%Y-%m}.{self.format}":
                    raise ValueError(f"{file.path} is no file of {name} in {self.format}")
            if len({file.path for file in table.files}) < len(table.files):
                raise ValueError(f"a file of {name} is named twice")
        return self

    def to_bytes(self) -> bytes:
        """As it is written: JSON that a person can read."""
        return (self.model_dump_json(indent=2) + "\n").encode()


def read_manifest(content: bytes, uri: str) -> Manifest:
    """Parse and check a manifest.

    Args:
        content: the file's bytes.
        uri: where the export lies, for the messages.

    Raises:
        ForeignTableError: it is none of ours, or of a newer release.
        StoreError: it is damaged.
    """
    try:
        found = json.loads(content)
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise StoreError(
            f"{uri}/{FILE_NAME} is damaged ({error}). Nothing was imported; export once more."
        ) from None
    if not isinstance(found, dict) or found.get("kind") != _KIND:
        raise ForeignTableError(
            f"{uri} is no export of github-traffic: its {FILE_NAME} is somebody else's. "
            "Nothing was imported."
        )
    if not isinstance(found.get("version"), int) or found["version"] > _VERSION:
        raise ForeignTableError(
            f"{uri} was exported by a newer release (layout {found.get('version')}, this one "
            f"knows {_VERSION}). Upgrade github-traffic-dagster; nothing was imported."
        )
    try:
        manifest = Manifest.model_validate(found)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise StoreError(
            f"{uri}/{FILE_NAME} is damaged ({where}: {first['msg']}). Nothing was imported; "
            "export once more."
        ) from None
    for name, exported in manifest.tables.items():
        _refuse_other_columns(uri, name, exported)
    return manifest


def columns_of(table: Table) -> dict[str, str]:
    """A table's columns with their SQL types, as a manifest names them."""
    return {column.name: SQL_TYPES[column.dtype] for column in table.columns}


def exported_columns(table: Table, exported: ExportedTable) -> list[Column]:
    """Those of the table's columns that the export has; an older release may know fewer."""
    return [column for column in table.columns if column.name in exported.columns]


def fingerprint(manifest: Manifest) -> str:
    """A short name of the export, the same wherever it is copied to."""
    return hashlib.sha256(manifest.to_bytes()).hexdigest()[:16]


def _refuse_other_columns(uri: str, name: str, exported: ExportedTable) -> None:
    table = TABLES.get(name)
    if table is None:
        raise ForeignTableError(
            f"{uri} holds a table {name} that this release does not know. Upgrade "
            "github-traffic-dagster; nothing was imported."
        )
    ours, theirs = columns_of(table), dict(exported.columns)
    lacking = sorted({*table.key, "day"} - theirs.keys())
    other = sorted(f"{name} {kind}" for name, kind in theirs.items() if ours.get(name) != kind)
    if lacking or other:
        what = f"lacks {', '.join(lacking)}" if lacking else f"has {', '.join(other)}"
        raise ForeignTableError(
            f"{name} in {uri} is not our table: it {what}. Nothing was imported."
        )
