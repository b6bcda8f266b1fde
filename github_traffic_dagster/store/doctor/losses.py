"""Losses of raw observations that a repair has written down.

Nothing can bring them back, so from then on they are a note and no longer a finding to act on.
"""

import json
from collections.abc import Mapping
from datetime import date
from typing import Final

from github_traffic_dagster.store.doctor.storage import Storage

_NOTE: Final = "lost_observations.json"


def known_losses(storage: Storage) -> dict[date, int]:
    """Repository-days per month whose raw observations are known to be lost."""
    note = storage.note(_NOTE)
    if note is None:
        return {}
    try:
        recorded = json.loads(note)["months"]
        return {date.fromisoformat(month): int(entry["count"]) for month, entry in recorded.items()}
    except (ValueError, TypeError, KeyError):
        return {}


def record_losses(storage: Storage, losses: Mapping[date, list[tuple[str, date]]]) -> None:
    """Write down which repositories' days raw has lost observations of.

    Args:
        storage: the golden table's files.
        losses: by month: (full name, day) of each repository-day.
    """
    note = storage.note(_NOTE)
    try:
        months = dict(json.loads(note)["months"]) if note else {}
    except (ValueError, TypeError, KeyError):
        months = {}
    for month, lost in losses.items():
        by_repository: dict[str, list[str]] = {}
        for name, day in sorted(lost):
            by_repository.setdefault(name, []).append(str(day))
        months[str(month)] = {"count": len(lost), "days": by_repository}
    storage.write_note(_NOTE, json.dumps({"months": months}, indent=1).encode())
