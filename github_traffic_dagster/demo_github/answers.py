"""A request as the simulated GitHub understands it, and the answer it gives.

Nothing here touches a socket: an answer is a value, and `wire` delivers it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from http import HTTPStatus
from typing import Any

from github_traffic_dagster.demo_github.callers import Caller

DOCS = "https://docs.github.com/rest"


@dataclass(frozen=True, slots=True)
class RateState:
    """A token's hourly budget as told in headers; `reset` is in epoch seconds of real time."""

    limit: int
    used: int
    reset: int

    @property
    def remaining(self) -> int:
        """Requests left until `reset`."""
        return max(self.limit - self.used, 0)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request.

    Attributes:
        path: without an Enterprise prefix.
        base_url: with that prefix, without a final slash.
        caller: who asks, or the refusal that the request's token gets.
        account: whose limits it is charged to.
    """

    method: str
    path: str
    query: Mapping[str, str]
    base_url: str
    caller: "Caller | Answer"
    account: str
    rate: RateState


class Delivery(Enum):
    """What becomes of an answer on its way to the client."""

    WHOLE = auto()
    TRUNCATED = auto()
    RESET = auto()


@dataclass(frozen=True, slots=True)
class Answer:
    """What to send: JSON (anything `json` can write) or raw bytes as they are.

    Attributes:
        delay: seconds to wait before sending.
        headers: beyond those that every answer carries, and stronger than those.
    """

    status: int
    content: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    delivery: Delivery = Delivery.WHOLE

    @property
    def body(self) -> bytes:
        """The bytes to send."""
        if isinstance(self.content, bytes):
            return self.content
        return json.dumps(self.content, separators=(",", ":")).encode()


def refusal(
    status: int, message: str, *, docs: str = DOCS, headers: Mapping[str, str] | None = None
) -> Answer:
    """An error as GitHub words it: a message, a page to read, the status again as text.

    Source: https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api
    """
    content = {"message": message, "documentation_url": docs, "status": str(status)}
    return Answer(status, content, headers or {})


def not_found() -> Answer:
    """404, also for what the token may not see: GitHub does not tell the two apart."""
    return refusal(HTTPStatus.NOT_FOUND, "Not Found")
