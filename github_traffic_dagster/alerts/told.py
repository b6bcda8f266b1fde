"""What was told already, so that a trouble is told once, and again after a day while it lasts."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

AGAIN_AFTER: Final = timedelta(hours=23)
"""Less than a day: tomorrow's run may fail some minutes earlier than today's."""
_FORGOTTEN_AFTER: Final = timedelta(days=60)


@dataclass(frozen=True)
class Told:
    """When each cause of one kind of alert was last told.

    Attributes:
        causes: with aware times.
    """

    causes: Mapping[str, datetime] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str | None) -> "Told":
        """From what `write` gave; nothing was told where that can't be understood."""
        try:
            found: Any = json.loads(text or "{}")
            return cls({cause: datetime.fromisoformat(at) for cause, at in found.items()})
        except (ValueError, TypeError, AttributeError):
            return cls()

    def write(self) -> str:
        """As text."""
        return json.dumps({cause: at.isoformat() for cause, at in self.causes.items()})

    def is_due(self, cause: str, now: datetime) -> bool:
        """Whether it is to be told, for the first time or again."""
        told = self.causes.get(cause)
        return told is None or now - told >= AGAIN_AFTER

    def with_told(self, cause: str, now: datetime) -> "Told":
        """After telling it; what was told long ago is forgotten."""
        kept = {one: at for one, at in self.causes.items() if now - at < _FORGOTTEN_AFTER}
        return Told({**kept, cause: now})
