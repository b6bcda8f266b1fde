"""From what went wrong with a request to the outcome a user reads. Pure.

Sources:
https://docs.github.com/en/rest/metrics/traffic
https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api
"""

from http import HTTPStatus
from typing import Final

from github_traffic_dagster.github_api.outcomes import Outcome, Reason
from github_traffic_dagster.github_api.troubles import (
    BadAnswerError,
    NameReusedError,
    OutOfBudgetError,
    RefusedError,
    TimedOutError,
    TroubleError,
    UnreadableAnswerError,
)
from github_traffic_dagster.traffic.answers import Target

ADMINISTRATION: Final = "Administration: read"

_REASONS: dict[type[TroubleError], Reason] = {
    TimedOutError: Reason.TIMED_OUT,
    UnreadableAnswerError: Reason.BAD_ANSWER,
    BadAnswerError: Reason.BAD_ANSWER,
    NameReusedError: Reason.NAME_REUSED,
    OutOfBudgetError: Reason.OUT_OF_BUDGET,
}


def outcome_of(target: Target, trouble: TroubleError, permission: str = ADMINISTRATION) -> Outcome:
    """The outcome of a target whose request, which needs a permission, came to `trouble`."""
    if isinstance(trouble, RefusedError):
        reason, detail = _refused(target, trouble, permission)
    else:
        reason, detail = _REASONS.get(type(trouble), Reason.SERVER_ERROR), str(trouble)
    return Outcome(target.repo_id, target.full_name, reason, detail)


def _refused(target: Target, trouble: RefusedError, permission: str) -> tuple[Reason, str]:
    said = f'GitHub answered {trouble.status} "{trouble}"'
    words = str(trouble).lower()
    if trouble.status == HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS or "access blocked" in words:
        return Reason.BLOCKED, said
    if trouble.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        return Reason.NOT_FOUND, f"{said}: deleted, or the token may not see it"
    if trouble.status == HTTPStatus.FORBIDDEN and "must have push access" in words:
        return Reason.NO_PUSH_ACCESS, f"{said}: its traffic is shown to those who may push"
    if trouble.status == HTTPStatus.FORBIDDEN:
        owner = target.full_name.partition("/")[0]
        needed = (
            f'"{permission}" on {owner} (fine-grained token or GitHub App),'
            " or the scope repo of a classic token"
        )
        return Reason.FORBIDDEN, f"needs {needed}; {said}"
    return Reason.SERVER_ERROR, said
