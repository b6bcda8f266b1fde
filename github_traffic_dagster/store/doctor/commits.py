"""One commit of a Delta log, read without trust.

Commits are lines of JSON (https://github.com/delta-io/delta/blob/master/PROTOCOL.md#actions), and a
cut at the end of a line leaves valid JSON. What shows it then: delta-rs writes `commitInfo` first,
with the numbers of files that the commit adds and removes, and some operations must carry metadata.
A cut that loses nothing but a `txn` line can't be told from a whole commit; its rows are all there.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from github_traffic_dagster.store.doctor.findings import Damage

_ADDED: Final = ("num_added_files", "num_target_files_added", "numFilesAdded")
_REMOVED: Final = ("num_removed_files", "num_target_files_removed", "numFilesRemoved")
_WITH_METADATA: Final = ("CREATE TABLE", "ADD COLUMN", "SET TBLPROPERTIES")
_INFO: Final = "commitInfo"
_METADATA: Final = "metaData"

Action = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Commit:
    """What a commit says.

    Attributes:
        actions: the actions that could be read, as {kind: content}, in order.
        defect: what is wrong with it, or None.
        reason: the defect in words.
    """

    actions: tuple[Action, ...]
    defect: Damage | None = None
    reason: str = ""


def parse_commit(content: bytes) -> Commit:
    """Read a commit and say what is wrong with it."""
    if not content.strip():
        return Commit((), Damage.COMMIT_EMPTY, "it has no content")
    actions: list[Action] = []
    for number, line in enumerate(content.splitlines(), start=1):
        try:
            action = json.loads(line)
        except ValueError:
            action = None
        if not _is_action(action):
            return Commit(tuple(actions), Damage.COMMIT_UNREADABLE, f"line {number} is no action")
        actions.append(action)
    reason = _what_lacks(actions)
    return Commit(tuple(actions), Damage.COMMIT_INCOMPLETE if reason else None, reason)


def blank_commit(replaced: str) -> bytes:
    """A commit that changes nothing, to stand where an unreadable one stood."""
    now = int(datetime.now(UTC).timestamp() * 1000)
    info = {
        "timestamp": now,
        "operation": "REPAIR",
        "operationParameters": {"replaced": replaced},
        "engineInfo": "github-traffic doctor",
    }
    return json.dumps({_INFO: info}).encode()


def _is_action(line: Any) -> bool:
    """A JSON object; files that are added or removed have what readers need of them."""
    if not isinstance(line, dict) or not all(isinstance(one, dict) for one in line.values()):
        return False
    add, remove = line.get("add"), line.get("remove")
    return (add is None or {"path", "size"} <= add.keys()) and (remove is None or "path" in remove)


def _what_lacks(actions: list[Action]) -> str:
    """What the commit's own words promise and it does not hold, or nothing."""
    info = next((action[_INFO] for action in actions if _INFO in action), None)
    if not isinstance(info, dict):
        return f"it has no {_INFO}, which every writer of ours puts first"
    metrics = info.get("operationMetrics") or {}
    for kind, names in (("add", _ADDED), ("remove", _REMOVED)):
        promised = next((metrics[name] for name in names if name in metrics), None)
        held = sum(kind in action for action in actions)
        if promised is not None and int(promised) != held:
            return f"it promises {promised} {kind} actions and holds {held}"
    if info.get("operation") in _WITH_METADATA and not any(_METADATA in one for one in actions):
        return f"it lacks the {_METADATA} of its {info['operation']}"
    return ""
