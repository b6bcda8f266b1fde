"""The ways in which a workspace can fail."""

from collections.abc import Callable
from dataclasses import dataclass

from github_traffic_dagster_tests.databricks.workspace.answers import RefusalError


@dataclass(frozen=True)
class Answered:
    """A request is answered with a refusal."""

    refusal: RefusalError


@dataclass(frozen=True)
class Dropped:
    """The connection is reset; `after` the request was served, or before."""

    after: bool = False


@dataclass(frozen=True)
class Slow:
    """The answer takes a while."""

    seconds: float


@dataclass(frozen=True)
class Page:
    """A page for people where an API's answer is expected, as from a wrong host."""


RequestFault = Answered | Dropped | Slow | Page

UNAUTHENTICATED = Answered(
    RefusalError(
        401,
        "401",
        "Credential was not sent or was of an unsupported type for this API. [ReqId: 1]",
    )
)
FORBIDDEN = Answered(
    RefusalError(
        403, "PERMISSION_DENIED", "You do not have permission to do that. Contact an admin."
    )
)
UNAVAILABLE = Answered(
    RefusalError(503, "TEMPORARILY_UNAVAILABLE", "The service is in maintenance.")
)


def throttled(retry_after: int) -> Answered:
    message = "Current request has to be retried later: rate limit exceeded"
    headers = {"Retry-After": str(retry_after)}
    return Answered(RefusalError(429, "RESOURCE_EXHAUSTED", message, headers))


@dataclass
class Planned:
    """A fault that waits for its requests.

    Attributes:
        method: of the requests it is for; empty for any.
        path: what their path begins with.
        fault: what happens to them.
        times: how many of them; None for all.
        skip: how many pass before.
    """

    method: str
    path: str
    fault: RequestFault
    times: int | None
    skip: int

    def take(self, method: str, path: str) -> RequestFault | None:
        """The fault, when it is this request's turn."""
        if self.method not in ("", method) or not path.startswith(self.path) or self.times == 0:
            return None
        if self.skip:
            self.skip -= 1
            return None
        if self.times is not None:
            self.times -= 1
        return self.fault


@dataclass(frozen=True)
class StatementFate:
    """What becomes of a statement, whatever it says.

    Attributes:
        states: shown one after the other, a look each; the last one for ever.
        error_code: of FAILED.
        message: of FAILED.
        runs: whether the statement is executed all the same.
    """

    states: tuple[str, ...]
    error_code: str = "BAD_REQUEST"
    message: str = ""
    runs: bool = False


Condition = Callable[[int, str], bool]
"""Says of a statement, by its number (from 1) and text, whether a fate is for it."""
