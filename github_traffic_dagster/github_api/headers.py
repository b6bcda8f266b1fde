"""Read what GitHub says in an answer's headers. Pure: no clock, no network.

Sources:
https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

Headers = Mapping[str, str]
"""Header names in lower case."""

EXPIRY_HEADER = "github-authentication-token-expiration"


@dataclass(frozen=True, slots=True)
class Budget:
    """The hourly budget as one answer tells it.

    Attributes:
        remaining: requests left until `reset`.
        reset: when the budget is full again, in epoch seconds.
        limit: what it is then.
    """

    remaining: int
    reset: int
    limit: int = 0


def read_budget(headers: Headers) -> Budget | None:
    """The hourly budget of ordinary requests, None when the answer doesn't tell it."""
    # Search, code scanning and others have budgets of their own, told in the same headers.
    if headers.get("x-ratelimit-resource", "core") != "core":
        return None
    remaining = _whole(headers.get("x-ratelimit-remaining"))
    reset = _whole(headers.get("x-ratelimit-reset"))
    if remaining is None or reset is None:
        return None
    limit = _whole(headers.get("x-ratelimit-limit"))
    return Budget(remaining, reset, remaining if limit is None else limit)


def read_retry_after(headers: Headers, now: datetime) -> float | None:
    """Seconds to stay away. RFC 9110 allows a number and a date; None when absent or neither."""
    value = headers.get("retry-after")
    if value is None:
        return None
    seconds = _whole(value)
    if seconds is not None:
        return float(seconds)
    moment = _http_date(value)
    return None if moment is None else max((moment - now).total_seconds(), 0.0)


def read_date(headers: Headers) -> datetime | None:
    """When GitHub answered, by its own clock (UTC, whole seconds)."""
    return _http_date(headers.get("date", ""))


def read_expiry(headers: Headers) -> datetime | None:
    """When the token expires (UTC): "2026-12-01 10:00:00 UTC" or with a numeric offset."""
    value = headers.get(EXPIRY_HEADER, "").strip()
    if value.endswith("UTC"):
        value = f"{value.removesuffix('UTC').strip()} +0000"
    try:
        return datetime.strptime(value, "%Y-%m-%d %H:%M:%S %z").astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _whole(value: str | None) -> int | None:
    """A number that is not negative; GitHub has been seen to send floats (PyGithub #2697)."""
    try:
        number = int(float(value or ""))
    except (ValueError, OverflowError):
        return None
    return number if number >= 0 else None


def _http_date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
