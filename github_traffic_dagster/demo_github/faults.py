"""What can go wrong between GitHub and a client, as values that a test hands to the world.

A fault turns the answer that would have been given into the one that is given. Texts and headers
follow https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api.
"""

import copy
import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

from github_traffic_dagster.demo_github.answers import DOCS, Answer, Delivery, refusal
from github_traffic_dagster.demo_github.repository import SimulatedRepository

LIMITS_DOCS = f"{DOCS}/using-the-rest-api/rate-limits-for-the-rest-api"
SECONDARY_LIMIT_TEXT = (
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. "
    "For more on scraping GitHub and how it may affect your rights, please review our Terms of "
    "Service (https://docs.github.com/en/site-policy/github-terms/github-terms-of-service)"
)

FaultTarget = SimulatedRepository | str
"""A repository (its traffic endpoints) or the beginning of a path, by whole segments."""


class Fault(ABC):
    """One way for an answer to go wrong."""

    @abstractmethod
    def distort(self, answer: Answer) -> Answer:
        """The answer that is given in place of `answer`."""


@dataclass(frozen=True)
class Status(Fault):
    """Another status, with GitHub's error body: 500, 502, 503, 403, 404, 429, 451, ..."""

    code: int
    message: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def distort(self, answer: Answer) -> Answer:
        """An error; without a message of its own it says the status' standard phrase."""
        text = self.message or HTTPStatus(self.code).phrase
        return replace(refusal(self.code, text, headers=self.headers), delay=answer.delay)


@dataclass(frozen=True)
class Slow(Fault):
    """The right answer, `seconds` late."""

    seconds: float

    def distort(self, answer: Answer) -> Answer:
        """The same answer with a delay."""
        return replace(answer, delay=self.seconds)


@dataclass(frozen=True)
class ConnectionReset(Fault):
    """No answer: the connection is reset (TCP RST)."""

    def distort(self, answer: Answer) -> Answer:
        """An answer that never arrives."""
        return replace(answer, delivery=Delivery.RESET)


@dataclass(frozen=True)
class TruncatedBody(Fault):
    """Content-Length promises the whole body, then the connection closes half-way."""

    def distort(self, answer: Answer) -> Answer:
        """An answer that arrives in part."""
        return replace(answer, delivery=Delivery.TRUNCATED)


@dataclass(frozen=True)
class NotJson(Fault):
    """Status 200 with a web page, as from a proxy or a maintenance page."""

    def distort(self, answer: Answer) -> Answer:
        """A page in place of the data."""
        page = b"<!DOCTYPE html><html><body><h1>Be right back</h1></body></html>"
        headers = {"content-type": "text/html; charset=utf-8"}
        return replace(answer, status=HTTPStatus.OK, content=page, headers=headers)


@dataclass(frozen=True)
class EmptyBody(Fault):
    """Status 200 and not one byte."""

    def distort(self, answer: Answer) -> Answer:
        """Nothing, successfully."""
        return replace(answer, status=HTTPStatus.OK, content=b"")


@dataclass(frozen=True)
class Entries(Fault):
    """The JSON answer passed through `mutate`; what is no successful JSON stays as it is."""

    mutate: Callable[[Any], Any]

    def distort(self, answer: Answer) -> Answer:
        """The answer with other content."""
        if answer.status not in {HTTPStatus.OK, HTTPStatus.CREATED} or isinstance(
            answer.content, bytes
        ):
            return answer
        return replace(answer, content=self.mutate(copy.deepcopy(answer.content)))


@dataclass(frozen=True)
class SecondaryLimit(Fault):
    """403 with Retry-After (seconds): too fast, though the hour's budget is not used up."""

    retry_after: int = 1

    def distort(self, answer: Answer) -> Answer:
        """GitHub's refusal for a secondary limit."""
        return replace(secondary_limit_answer(self.retry_after), delay=answer.delay)


@dataclass(frozen=True)
class PrimaryLimit(Fault):
    """403 with X-RateLimit-Remaining 0: the hour's budget is used up for `reset_in` seconds."""

    reset_in: float

    def distort(self, answer: Answer) -> Answer:
        """GitHub's refusal for the primary limit; the reset is told in real time."""
        reset = math.ceil(time.time() + self.reset_in)
        return replace(primary_limit_answer(reset), delay=answer.delay)


def secondary_limit_answer(
    retry_after: int, status: int = HTTPStatus.FORBIDDEN, text: str = SECONDARY_LIMIT_TEXT
) -> Answer:
    """403 or 429 with the seconds to wait."""
    docs = f"{LIMITS_DOCS}#about-secondary-rate-limits"
    return refusal(status, text, docs=docs, headers={"retry-after": str(retry_after)})


def primary_limit_answer(reset: int) -> Answer:
    """403 without Retry-After, as GitHub gives it: the reset header says until when to wait."""
    return refusal(
        HTTPStatus.FORBIDDEN,
        "API rate limit exceeded for user ID 1. If you reach out to GitHub Support for help, "
        "please include the request ID.",
        docs=f"{LIMITS_DOCS}#about-primary-rate-limits",
        headers={"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(reset)},
    )


@dataclass
class _Planned:
    target: FaultTarget
    fault: Fault
    times: int | None

    def hits(self, path: str, repository: SimulatedRepository | None) -> bool:
        if isinstance(self.target, str):
            prefix = self.target.rstrip("/")
            return path == prefix or path.startswith(f"{prefix}/")
        return self.target is repository


class FaultPlan:
    """The faults that are waiting for requests: a repository's own first, then in order."""

    def __init__(self) -> None:
        self._planned: list[_Planned] = []

    def add(self, target: FaultTarget, fault: Fault, times: int | None) -> None:
        """Let `fault` hit the next `times` requests to `target` (None: all of them)."""
        if times is not None and times < 1:
            raise ValueError(f"times is {times}: say how many requests, or None for all")
        self._planned.append(_Planned(target, fault, times))

    def remove(self, target: FaultTarget | None) -> None:
        """Forget the faults of `target`, or all of them."""
        self._planned = [p for p in self._planned if target is not None and p.target != target]

    def take(self, path: str, repository: SimulatedRepository | None) -> Fault | None:
        """The fault that hits this request, counted as used once."""
        hits = [planned for planned in self._planned if planned.hits(path, repository)]
        if not hits:
            return None
        # False sorts before True: what is meant for one repository beats what is meant for many.
        first = min(hits, key=lambda planned: isinstance(planned.target, str))
        if first.times is not None:
            first.times -= 1
            if first.times == 0:
                self._planned.remove(first)
        return first.fault
