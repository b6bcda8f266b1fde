"""The protocol that our tables keep: every reader in support can read what we wrote.

Reader 1, writer 2 ask for no table feature
(https://github.com/delta-io/delta/blob/master/PROTOCOL.md#table-features). Another engine can
raise a table's protocol, by a command or by a workspace's default, and delta-rs 1.6.6 then reads it
and fails in the middle of a write (clustering, row tracking) or writes what polars can't read
(column mapping, checkpoints of the second version): so such a table is refused at once.
"""

from typing import Final

from deltalake import DeltaTable

from github_traffic_dagster.errors import ForeignTableError
from github_traffic_dagster.store.place import Place

READER_VERSION: Final = 1
WRITER_VERSION: Final = 2

# What an owner may have asked for: delta-rs keeps it up, and readers need to know nothing of it.
_TAKEN_ALONG: Final = frozenset({"appendOnly", "invariants", "checkConstraints", "changeDataFeed"})
_BY_PROPERTY: Final = {
    "delta.columnMapping.mode": "columnMapping",
    "delta.enableDeletionVectors": "deletionVectors",
    "delta.enableRowTracking": "rowTracking",
    "delta.enableInCommitTimestamps": "inCommitTimestamp",
    "delta.enableTypeWidening": "typeWidening",
    "delta.enableIcebergCompatV2": "icebergCompatV2",
}
"""Properties that tell the features of protocols that name none (reader 2, writer 5)."""
_OFF: Final = frozenset({None, "", "none", "false"})
_CHANGE_DATA_FEED_WRITER: Final = 4
"""The highest writer version that asks for little more than what is taken along."""


def refuse_raised_protocol(opened: DeltaTable, place: Place) -> None:
    """Refuse a table whose protocol another engine has raised.

    The commands are those of https://docs.databricks.com/delta/drop-feature.html.

    Raises:
        ForeignTableError: names the features and the commands that take them out again.
    """
    protocol = opened.protocol()
    versions = (protocol.min_reader_version, protocol.min_writer_version)
    named = {*(protocol.reader_features or ()), *(protocol.writer_features or ())} - _TAKEN_ALONG
    unnamed = not protocol.writer_features and (
        versions[0] > READER_VERSION or versions[1] > _CHANGE_DATA_FEED_WRITER
    )
    if not named and not unnamed:
        return
    stored = opened.metadata().configuration
    asked = named | {name for key, name in _BY_PROPERTY.items() if stored.get(key) not in _OFF}
    raise ForeignTableError(
        f"Another engine has raised the Delta protocol of {place.uri} to reader {versions[0]}, "
        f"writer {versions[1]}{_named(asked)}; this release keeps its tables at reader "
        f"{READER_VERSION}, writer {WRITER_VERSION}. Nothing was written. Undo it there, then run "
        f"again: {_commands(place, asked)}"
    )


def _named(features: set[str]) -> str:
    return f" ({', '.join(sorted(features))})" if features else ""


def _commands(place: Place, features: set[str]) -> str:
    table = f"ALTER TABLE delta.`{place.uri}`"
    # Liquid clustering is what needs domain metadata: it goes last.
    ordered = sorted(features, key=lambda feature: (feature == "domainMetadata", feature))
    commands = [f"{table} CLUSTER BY NONE;"] if "clustering" in features else []
    commands += [f"{table} DROP FEATURE {feature};" for feature in ordered]
    return " ".join(commands) or (
        f"DESCRIBE DETAIL delta.`{place.uri}` names its features, {table} DROP FEATURE <name> "
        "takes one out."
    )
