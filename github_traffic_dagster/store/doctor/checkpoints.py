"""A checkpoint: the whole table's state in Parquet, which readers start from.

https://github.com/delta-io/delta/blob/master/PROTOCOL.md#checkpoints
"""

from dataclasses import dataclass
from typing import Any

from github_traffic_dagster.store.doctor.commits import Action
from github_traffic_dagster.store.doctor.parquet import BrokenFileError, read_parquet


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a checkpoint says: its actions, or the reason why it can't be read."""

    actions: tuple[Action, ...] = ()
    reason: str = ""


def read_checkpoint(parts: list[bytes]) -> Checkpoint:
    """Read a checkpoint's files of the classic form (one, or several numbered parts)."""
    actions: list[Action] = []
    kinds: set[str] = set()
    for part in parts:
        try:
            frame = read_parquet(part)
        except BrokenFileError as error:
            return Checkpoint(reason=str(error))
        for kind in {"add", "remove", "metaData", "protocol"} & set(frame.columns):
            found = frame[kind].drop_nulls()
            kinds |= {kind} if found.len() else set()
            if kind in {"add", "remove"}:
                actions += [{kind: _plain(one)} for one in found.to_list()]
    missing = {"metaData", "protocol"} - kinds
    if missing:
        return Checkpoint(reason=f"it lacks {' and '.join(sorted(missing))}")
    return Checkpoint(tuple(actions))


def _plain(action: dict[str, Any]) -> dict[str, Any]:
    """Maps come from Parquet as lists of pairs."""
    values = action.get("partitionValues")
    if isinstance(values, list):
        action = action | {"partitionValues": {one["key"]: one["value"] for one in values}}
    return action
