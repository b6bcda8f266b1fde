"""The present by GitHub's clock: tokens end by it, and the traffic window is judged by it."""

import threading
import time
from datetime import UTC, datetime, timedelta


class GitHubClock:
    """Runs on from the last moment GitHub told; by this machine's clock before that.

    One for all sessions of a conversation, and for all threads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._told: tuple[datetime, float] | None = None

    def hear(self, moment: datetime) -> None:
        """GitHub's `Date` of an answer that came just now (UTC)."""
        with self._lock:
            self._told = (moment, time.monotonic())

    def now(self) -> datetime:
        """The present (UTC)."""
        with self._lock:
            if self._told is None:
                return datetime.now(UTC)
            told, at = self._told
            return told + timedelta(seconds=time.monotonic() - at)
