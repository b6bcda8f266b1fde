"""The connection PyGithub sends its requests over: gated, thread-safe, and without secrets.

PyGithub's own connection keeps the request on itself between `request()` and `getresponse()`.
Two threads on one client can therefore get each other's answers: one repository's traffic stored
as another's. It also repeats 202 and 301 by itself, unseen by any limiter around its methods, and
takes an empty body for an empty list. So PyGithub is handed this connection through its own
`Requester.injectConnectionClasses`, on a subclass: other users of PyGithub in the same process
keep theirs.
"""

import json
import threading
from collections.abc import Callable, ItemsView, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import urljoin, urlsplit

import requests
from github.Auth import Auth
from github.Requester import Requester
from urllib3.exceptions import HTTPError, ReadTimeoutError

from github_traffic_dagster.github_api.access import Access
from github_traffic_dagster.github_api.headers import Headers
from github_traffic_dagster.github_api.http_session import http_session
from github_traffic_dagster.github_api.limits import Limiter
from github_traffic_dagster.github_api.redaction import Redaction
from github_traffic_dagster.github_api.refusals import refusal
from github_traffic_dagster.github_api.remembered import Remembered
from github_traffic_dagster.github_api.troubles import (
    BadAnswerError,
    LimitReachedError,
    ServerTroubleError,
    TimedOutError,
    TroubleError,
    UnreadableAnswerError,
)

_USER_AGENT = "github-traffic-dagster"
_MEDIA_TYPE = "application/vnd.github+json"
_PER_PAGE = 100  # GitHub's largest
_MOST_REDIRECTS = 5
_POINTS_OF_A_WRITE = 5
# PyGithub follows 301 only; GitHub asks to follow these as well, and for a GET all are the same.
# https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
_REDIRECTS = frozenset({301, 302, 307, 308})


class Answer:
    """A complete answer in the shape PyGithub reads; the token is out of body and headers."""

    def __init__(self, status: int, headers: dict[str, str], body: str) -> None:
        self.status = status
        self.headers = headers
        self._body = body

    def getheaders(self) -> ItemsView[str, str]:
        """Names (lower case) and values."""
        return self.headers.items()

    def read(self) -> str:
        """The body as text."""
        return self._body


class GatedConnection:
    """One for all threads: requests wait for their slot, and every answer is learned from.

    Args:
        access: where to, and for how long.
        limiter: the gate.
        redaction: cleans whatever comes in.
        on_answer: hears the headers of every answer, errors included.
    """

    def __init__(
        self,
        access: Access,
        limiter: Limiter,
        redaction: Redaction,
        on_answer: Callable[[Headers], None],
    ) -> None:
        self.host = urlsplit(access.api_url).hostname
        self._base = f"{urlsplit(access.api_url).scheme}://{access.host}"
        self._prefix = urlsplit(access.api_url).path.rstrip("/")
        self._timeout = access.timeout
        self._limiter = limiter
        self._redaction = redaction
        self._on_answer = on_answer
        self._thread = threading.local()
        self._session = http_session(access)

    @contextmanager
    def revalidating(self, remembered: Remembered | None) -> Iterator[None]:
        """What this thread asks for inside the block, it has in an earlier state already.

        GitHub is asked whether it changed; where it did not, the answer is the earlier one with
        the headers, and so the time, of now.
        """
        self._thread.remembered = remembered
        try:
            yield
        finally:
            self._thread.remembered = None

    def request(
        self, verb: str, url: str, body: str | None, headers: dict[str, str], _stream: bool = False
    ) -> None:
        """Remember what this thread is about to send; `getresponse` sends it."""
        self._thread.pending = (verb, url, body, headers)

    def getresponse(self) -> Answer:
        """Send this thread's request.

        Returns:
            An answer below 400: a JSON object or list, or a redirect to the same host.

        Raises:
            TroubleError: what went wrong with this request.
            LimitReachedError: all threads have been made to pause; to be asked again.
            UnauthorizedError: 401, or an installation that was suspended.
            CancelledError: the run is over.
        """
        followed = getattr(self._thread, "redirects", 0)
        self._thread.redirects = 0
        verb = self._thread.pending[0]
        with self._limiter.slot(1 if verb == "GET" else _POINTS_OF_A_WRITE):
            answer = self._send()
            self._on_answer(answer.headers)
            self._limiter.learn(answer.headers)
            if answer.status >= HTTPStatus.BAD_REQUEST:
                raise self._declined(answer)
            self._limiter.accepted()
            if answer.status == HTTPStatus.NOT_MODIFIED:
                self._limiter.unchanged()
                answer = self._recalled(answer)
        if answer.status in _REDIRECTS:
            return self._redirect(answer, followed)
        _check_readable(answer)
        return answer

    def post(self, path: str, headers: dict[str, str]) -> Answer:
        """POST without a body, past PyGithub: it writes all answers to its debug log.

        Args:
            path: below the API's address.
            headers: with the Authorization.

        Raises:
            As `getresponse`.
        """
        own = {"Accept": _MEDIA_TYPE, "User-Agent": _USER_AGENT}
        self.request("POST", f"{self._prefix}{path}", None, own | headers)
        answer = self.getresponse()
        if answer.status in _REDIRECTS:
            self._thread.redirects = 0
            raise BadAnswerError(f"GitHub redirects a POST ({answer.status})")
        return answer

    def close(self) -> None:
        """Nothing: PyGithub closes before each request. The owner calls `hang_up`."""

    def hang_up(self) -> None:
        """Close the sockets that nobody uses."""
        self._session.close()

    def _send(self) -> Answer:
        verb, url, body, headers = self._thread.pending
        remembered = self._remembered
        if remembered is not None:
            headers = {**headers, "If-None-Match": remembered.etag}
        # Raised outside of the handler, so that nothing refers to the library's exception: it
        # holds the request with its Authorization header.
        trouble: TroubleError
        try:
            response = self._session.request(
                verb,
                f"{self._base}{url}",
                headers=headers,
                data=body,
                timeout=self._timeout,
                allow_redirects=False,
            )
        except (requests.RequestException, HTTPError) as error:
            trouble = self._broken(error)
        else:
            return self._cleaned(response)
        raise trouble

    @property
    def _remembered(self) -> Remembered | None:
        return getattr(self._thread, "remembered", None)

    def _recalled(self, answer: Answer) -> Answer:
        """The earlier answer in place of "not modified", which is left as it is if unasked for."""
        remembered = self._remembered
        if remembered is None:
            return answer
        headers = {"etag": remembered.etag, **answer.headers}
        return Answer(HTTPStatus.OK, headers, self._redaction.in_data(remembered.body))

    def _broken(self, error: Exception) -> TroubleError:
        cause = error.args[0] if error.args else error
        if isinstance(error, requests.Timeout) or isinstance(cause, ReadTimeoutError):
            return TimedOutError(f"no answer within {self._timeout:g} seconds")
        why = self._redaction.brief(str(getattr(cause, "reason", cause)))
        broken = (
            requests.exceptions.ChunkedEncodingError,
            requests.exceptions.ContentDecodingError,
        )
        if isinstance(error, broken):
            return UnreadableAnswerError(f"the answer was cut off: {why}")
        return ServerTroubleError(f"the connection failed: {why}")

    def _cleaned(self, response: requests.Response) -> Answer:
        response.encoding = "utf-8"
        headers = {
            name.lower(): self._redaction.in_data(value) for name, value in response.headers.items()
        }
        return Answer(response.status_code, headers, self._redaction.in_data(response.text))

    def _declined(self, answer: Answer) -> Exception:
        """What to raise for 400 and more; a limit pauses everybody before the slot is free."""
        error = refusal(answer.status, answer.headers, answer.read(), self._redaction)
        if isinstance(error, LimitReachedError):
            self._limiter.refused(answer.headers, primary=error.primary)
        return error

    def _redirect(self, answer: Answer, followed: int) -> Answer:
        """Make any redirect one that PyGithub follows, after a look at where it leads."""
        location = answer.headers.get("location", "")
        target = _absolute(f"{self._base}{self._thread.pending[1]}", location)
        if target is None or not _same_server(target, self._base):
            raise UnreadableAnswerError(
                f'GitHub redirects to "{self._redaction.brief(location)}", which is not the'
                " address in GITHUB_API_URL"
            )
        same = urlsplit(target).path == self._thread.pending[1]
        if same or followed >= _MOST_REDIRECTS:
            raise UnreadableAnswerError("GitHub redirects in a circle")
        self._thread.redirects = followed + 1
        headers = {**answer.headers, "location": target}
        return Answer(HTTPStatus.MOVED_PERMANENTLY, headers, answer.read())


def requester_over(connection: GatedConnection, access: Access, auth: Auth) -> Requester:
    """PyGithub's requester, lazy, that sends all it sends over `connection`, from any thread.

    It asks `auth` for the header of every single request.
    """

    class GatedRequester(Requester):
        """A class of its own, because connections are injected into classes."""

    def always_this(*_: object, **__: object) -> GatedConnection:
        return connection

    factory = cast("Any", always_this)
    GatedRequester.injectConnectionClasses(factory, factory)
    return GatedRequester(
        auth=auth,
        base_url=access.api_url,
        timeout=max(1, round(access.timeout)),
        user_agent=_USER_AGENT,
        per_page=_PER_PAGE,
        verify=True,
        retry=None,
        pool_size=access.workers,
        seconds_between_requests=None,
        seconds_between_writes=None,
        lazy=True,
    )


def _absolute(base: str, location: str) -> str | None:
    """Where a Location leads; None when it is no address at all."""
    try:
        return urljoin(base, location)
    except ValueError:
        return None


def _same_server(url: str, base: str) -> bool:
    """PyGithub goes on at the port it was given, so a port left out in `url` does no harm."""
    to, at = urlsplit(url), urlsplit(base)
    return (to.scheme, to.hostname) == (at.scheme, at.hostname)


def _check_readable(answer: Answer) -> None:
    """PyGithub takes an empty body for an empty list, and a web page for a JSON object."""
    if answer.status == HTTPStatus.ACCEPTED:
        raise ServerTroubleError("GitHub is still preparing the answer (202)")
    try:
        content = json.loads(answer.read())
    except ValueError:
        content = None
    if not isinstance(content, dict | list):
        what = "an answer that is not JSON" if answer.read().strip() else "an empty answer"
        raise UnreadableAnswerError(f"GitHub sent {what} (status {answer.status})")
