"""The ways in which a request to an object store fails here."""

from enum import StrEnum


class Fault(StrEnum):
    """What the proxy does with a request instead of passing it on and its answer back."""

    INTERNAL_ERROR = "500"
    SLOW_DOWN = "503"
    RESET = "reset"
    RESET_AFTER = "applied, reset"
    HANG = "hang"
    APPLIED_THEN_HANG = "applied, hang"
    FORBIDDEN = "403"
    TRUNCATED = "truncated"
    NOT_THERE = "says empty"

    @property
    def reaches_the_store(self) -> bool:
        """The request is carried out; only its answer is spoilt."""
        return self in {Fault.RESET_AFTER, Fault.APPLIED_THEN_HANG, Fault.TRUNCATED}

    @property
    def is_a_wait(self) -> bool:
        """It shows only when the client's patience ends."""
        return self in {Fault.HANG, Fault.APPLIED_THEN_HANG}

    @property
    def what(self) -> str:
        """In words."""
        return _WORDS[self]


_WORDS = {
    Fault.INTERNAL_ERROR: "500 Internal Error, not applied",
    Fault.SLOW_DOWN: "503 Slow Down, not applied",
    Fault.RESET: "connection reset, not applied",
    Fault.RESET_AFTER: "applied, then connection reset",
    Fault.HANG: "no answer until the client gives up, not applied",
    Fault.APPLIED_THEN_HANG: "applied, then no answer until the client gives up",
    Fault.FORBIDDEN: "403 Access Denied, not applied",
    Fault.TRUNCATED: "applied, then half the answer's body and a reset",
    Fault.NOT_THERE: "a lie: an empty listing, or 404 for an object",
}
