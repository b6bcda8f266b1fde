"""Send alerts by every channel there is, with a bound on how long that may take.

A channel that fails is named with the reason, in words that hold no address, key or password. It
never raises: no run may fail because its alert could not be delivered.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import tenacity

from github_traffic_dagster.alerts.alert import Alert
from github_traffic_dagster.errors import UndeliveredError

ATTEMPTS: Final = 3
TIMEOUT: Final = 5.0
"""Seconds a server may keep silent. Dagster ends a sensor's tick after 60."""
_FIRST_WAIT: Final = 0.5
_TOGETHER: Final = 40.0


class PassingError(UndeliveredError):
    """The next attempt may succeed."""


class Channel(Protocol):
    """A way to tell somebody."""

    @property
    def name(self) -> str:
        """What a user calls it."""

    def send(self, alert: Alert) -> str:
        """Send it once.

        Returns:
            What is to be said although it was sent; mostly nothing.

        Raises:
            PassingError: another attempt may succeed.
            UndeliveredError: none will.
        """


@dataclass
class Delivery:
    """What came of sending some alerts.

    Attributes:
        delivered: the alerts that at least one channel took.
        troubles: why channels did not take them, a line for each channel.
    """

    delivered: list[Alert] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)


def deliver(alerts: Sequence[Alert], channels: Sequence[Channel]) -> Delivery:
    """Send each alert by each channel. A channel that failed once is left alone afterwards."""
    delivery = Delivery()
    until = time.monotonic() + _TOGETHER
    taken: set[int] = set()
    for channel in channels:
        for number, alert in enumerate(alerts):
            try:
                remark = _attempts(until)(channel.send, alert)
            except UndeliveredError as error:
                delivery.troubles.append(f"No alert by {channel.name}: {error}")
                break
            taken.add(number)
            if remark:
                delivery.troubles.append(f"By {channel.name}, not to all: {remark}")
    delivery.delivered = [alert for number, alert in enumerate(alerts) if number in taken]
    return delivery


class _OutOfTime(tenacity.stop.stop_base):
    def __init__(self, until: float) -> None:
        self._until = until

    def __call__(self, _state: tenacity.RetryCallState) -> bool:
        return time.monotonic() >= self._until


def _attempts(until: float) -> tenacity.Retrying:
    return tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(PassingError),
        stop=tenacity.stop_after_attempt(ATTEMPTS) | _OutOfTime(until),
        wait=tenacity.wait_exponential(multiplier=_FIRST_WAIT),
        reraise=True,
    )
