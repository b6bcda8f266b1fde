"""Tell the kinds of 4xx and 5xx apart. Pure: no network, nothing is waited for here.

Sources:
https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api
https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

import json
from http import HTTPStatus

from github_traffic_dagster.github_api.headers import Headers
from github_traffic_dagster.github_api.redaction import Redaction
from github_traffic_dagster.github_api.troubles import (
    LimitReachedError,
    RefusedError,
    ServerTroubleError,
    UnauthorizedError,
)

_LIMIT_WORDS = ("rate limit", "abuse detection", "wait a few minutes", "retry your request again")
_SUSPENDED = "installation has been suspended"
_PERMISSION_WORDS = ("must have push access", "must have admin", "resource not accessible")


def refusal(status: int, headers: Headers, body: str, redaction: Redaction) -> Exception:
    """The exception that stands for an answer of 400 or more.

    A 403 is three things at GitHub: a permission, a limit, a block. The words decide first,
    because a refused permission may by chance have used up the last request of the hour.

    Returns:
        UnauthorizedError, LimitReachedError, ServerTroubleError (may pass) or RefusedError.
    """
    message = redaction.brief(_message(body))
    suspended = status == HTTPStatus.FORBIDDEN and _SUSPENDED in message.lower()
    if status == HTTPStatus.UNAUTHORIZED or suspended:
        return UnauthorizedError(status, message)
    if status in {HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS}:
        return _forbidden_or_limited(status, headers, message)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        return ServerTroubleError(f'GitHub answered {status} "{message}"')
    return RefusedError(status, message)


def _forbidden_or_limited(
    status: int, headers: Headers, message: str
) -> LimitReachedError | RefusedError:
    words = message.lower()
    spent = headers.get("x-ratelimit-remaining") == "0"
    by_words = any(word in words for word in _LIMIT_WORDS)
    by_headers = spent or "retry-after" in headers or status == HTTPStatus.TOO_MANY_REQUESTS
    permission = any(word in words for word in _PERMISSION_WORDS)
    if by_words or (by_headers and not permission):
        return LimitReachedError(message, primary=spent and "secondary" not in words)
    return RefusedError(status, message)


def _message(body: str) -> str:
    """GitHub's own words; proxies and outages answer with HTML, which nobody wants to read."""
    try:
        answer = json.loads(body)
    except ValueError:
        text = body.strip()
        return "a web page" if text.startswith("<") else text
    if isinstance(answer, dict) and isinstance(answer.get("message"), str):
        return str(answer["message"])
    return ""
