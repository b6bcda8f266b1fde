import json

import pytest
from pydantic import SecretStr

from github_traffic_dagster.github_api.redaction import Redaction
from github_traffic_dagster.github_api.refusals import refusal
from github_traffic_dagster.github_api.troubles import (
    LimitReachedError,
    RefusedError,
    ServerTroubleError,
    UnauthorizedError,
)

REDACTION = Redaction(SecretStr("ghp_x"))
SPENT = {"x-ratelimit-remaining": "0"}


def refused(status: int, message: str = "", headers: dict[str, str] | None = None) -> Exception:
    return refusal(status, headers or {}, json.dumps({"message": message}), REDACTION)


@pytest.mark.parametrize(
    ("status", "message"),
    [(401, "Bad credentials"), (403, "This installation has been suspended")],
)
def test_a_refused_credential_is_told_from_a_refused_permission(status: int, message: str) -> None:
    error = refused(status, message)
    assert isinstance(error, UnauthorizedError)
    assert (error.status, str(error)) == (status, message)


@pytest.mark.parametrize(
    ("status", "message", "headers", "primary"),
    [
        (403, "API rate limit exceeded for user ID 1.", SPENT, True),
        (403, "You have exceeded a secondary rate limit.", {"retry-after": "60"}, False),
        (403, "You have exceeded a secondary rate limit.", {}, False),
        (403, "You have triggered an abuse detection mechanism.", {}, False),
        (403, "", {"retry-after": "5"}, False),
        (403, "", SPENT, True),
        (429, "", {}, False),
        (429, "API rate limit exceeded", SPENT, True),
    ],
)
def test_a_limit_is_known_by_its_words_or_its_headers(
    status: int, message: str, headers: dict[str, str], primary: bool
) -> None:
    error = refused(status, message, headers)
    assert isinstance(error, LimitReachedError)
    assert error.primary is primary


@pytest.mark.parametrize(
    "message",
    ["Must have push access to repository", "Resource not accessible by personal access token"],
)
def test_a_refused_permission_that_used_up_the_hour_is_not_a_limit(message: str) -> None:
    assert isinstance(refused(403, message, SPENT), RefusedError)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
def test_trouble_of_the_server_may_pass(status: int) -> None:
    assert isinstance(refused(status), ServerTroubleError)


@pytest.mark.parametrize("status", [400, 403, 404, 410, 422, 451])
def test_other_refusals_are_final(status: int) -> None:
    error = refused(status, "No.")
    assert isinstance(error, RefusedError)
    assert error.status == status


@pytest.mark.parametrize("body", ["<html>token ghp_x</html>", "", "[]", '{"message": 3}', "{bad"])
def test_an_error_body_of_any_kind_is_borne(body: str) -> None:
    error = refusal(502, {}, body, REDACTION)
    assert isinstance(error, ServerTroubleError)
    assert "ghp_x" not in str(error)
