"""The clock of the simulated GitHub: real time, or whatever time a test wants it to be."""

import threading
from datetime import UTC, datetime, timedelta


class SimulatedClock:
    """What time it is at the simulated GitHub. Safe to use from several threads.

    Args:
        start: the moment at which the clock stands still until it is moved (must carry a time
            zone); None follows the machine's real time.
    """

    def __init__(self, start: datetime | None = None) -> None:
        self._lock = threading.Lock()
        self._frozen_at: datetime | None = None
        if start is not None:
            self.move_to(start)

    def now(self) -> datetime:
        """The current moment, aware and in UTC."""
        with self._lock:
            return self._frozen_at or datetime.now(UTC)

    def move_to(self, moment: datetime) -> None:
        """Stand still at `moment` from now on.

        Raises:
            ValueError: `moment` has no time zone, so nobody knows which traffic day it lies in.
        """
        if moment.tzinfo is None:
            raise ValueError(f"{moment!r} has no time zone: say datetime(..., tzinfo=UTC)")
        with self._lock:
            self._frozen_at = moment.astimezone(UTC)

    def advance(self, by: timedelta) -> None:
        """Go forward (or back) by `by` and stand still there."""
        with self._lock:
            self._frozen_at = (self._frozen_at or datetime.now(UTC)) + by
