"""One credential's requests: shared limits, retries, and a token that is renewed in time.

Source: https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
"""

import json
import threading
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from types import TracebackType
from typing import Any, NoReturn, Self, TypeVar

import tenacity
from github.Requester import Requester

from github_traffic_dagster.errors import BadTokenError, GitHubUnavailableError, SettingError
from github_traffic_dagster.github_api.access import Access
from github_traffic_dagster.github_api.clock import GitHubClock
from github_traffic_dagster.github_api.connection import GatedConnection, requester_over
from github_traffic_dagster.github_api.credentials import Credential, PersonalToken
from github_traffic_dagster.github_api.headers import Headers, read_date, read_expiry
from github_traffic_dagster.github_api.limits import Limiter, OnWait, account_of
from github_traffic_dagster.github_api.remembered import Remembered
from github_traffic_dagster.github_api.troubles import (
    BadAnswerError,
    LimitReachedError,
    OutOfBudgetError,
    PassingTroubleError,
    RefusedError,
    TroubleError,
    UnauthorizedError,
)

T = TypeVar("T")

_FIRST_BACKOFF = 0.5  # seconds; doubled each time
_LONGEST_BACKOFF = 30.0


class GitHubSession:
    """Every request of a run goes through `call`, from any thread.

    Use as a context manager: `with GitHubSession.open(access) as session`.
    """

    def __init__(
        self,
        access: Access,
        credential: Credential,
        clock: GitHubClock | None = None,
        on_wait: OnWait | None = None,
    ) -> None:
        self.access = access
        self.credential = credential
        self.clock = clock or GitHubClock()
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._token_expires_at: datetime | None = None
        self._login = ""
        self._limiter = Limiter(
            account=account_of(access, credential.account),
            max_wait=access.max_wait,
            on_wait=on_wait,
        )
        self._connection = GatedConnection(access, self._limiter, credential.redaction, self._hear)
        self._requester = requester_over(self._connection, access, credential)

    @classmethod
    def open(
        cls, access: Access, on_wait: OnWait | None = None, clock: GitHubClock | None = None
    ) -> Self:
        """Start a session with the personal token and prove it with `GET /user`.

        Args:
            access: how to reach GitHub; has a token.
            on_wait: told when the run waits for a limit: until when (UTC), and which one.
            clock: GitHub's; shared with other sessions of a conversation.

        Raises:
            SettingError: there is no token.
            BadTokenError: GitHub refuses the token, or it belongs to no user.
            GitHubUnavailableError: GitHub can't be reached at this address, or not now.
        """
        if access.token is None:
            raise SettingError("There is no token: set GITHUB_TOKEN.")
        session = cls(access, PersonalToken(access.token), clock, on_wait)
        try:
            session._login = session._who_am_i()
        except BaseException:
            session.close()
            raise
        return session

    def __enter__(self) -> Self:
        """The session itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()

    @property
    def login(self) -> str:
        """The user the token belongs to."""
        return self._login

    @property
    def calls_made(self) -> int:
        """Requests sent so far, redirects and repetitions included."""
        return self._limiter.sent

    @property
    def calls_spent(self) -> int:
        """Requests that cost something of GitHub's hourly budget: all but the 304s."""
        return self._limiter.spent

    @property
    def budget_left(self) -> int | None:
        """Requests left in this hour as GitHub last told it; None on servers without limits."""
        return self._limiter.budget_left

    @property
    def budget_reachable(self) -> int | None:
        """Requests of the hourly budget that this run can wait for; None without limits."""
        return self._limiter.reachable

    def allow(self, requests: int | None) -> None:
        """Let the run spend so many more requests of GitHub's budget; None: all that it gives."""
        spent = self._limiter.spent
        self._limiter.allowance = None if requests is None else spent + requests

    @property
    def allowed(self) -> int | None:
        """Requests that the run may still spend; None: all that GitHub gives."""
        allowance = self._limiter.allowance
        return None if allowance is None else max(allowance - self._limiter.spent, 0)

    @property
    def token_expires_at(self) -> datetime | None:
        """When the token expires (UTC); None when it never does."""
        with self._lock:
            return self._token_expires_at

    def now(self) -> datetime:
        """The present by GitHub's clock (UTC), as its last answer told it; else by ours."""
        return self.clock.now()

    def call(self, fn: Callable[[Requester], T], remembered: Remembered | None = None) -> T:
        """Do `fn` with PyGithub's requester; again while the trouble may pass.

        `fn` may be called several times and from any thread, so it keeps no state. Limits are
        waited out and don't count as attempts.

        Args:
            fn: one request.
            remembered: GitHub's earlier answer to it, which it gets once more if nothing changed.

        Raises:
            TroubleError: what a request came to in the end, `OutOfBudgetError` included.
            BadTokenError: 401, at once if it can't be renewed, else after a new token's refusal.
            CancelledError: the session is over.
        """
        attempts = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(PassingTroubleError),
            stop=tenacity.stop_after_attempt(self.access.attempts)
            | tenacity.stop_when_event_set(self._over),
            wait=tenacity.wait_exponential(multiplier=_FIRST_BACKOFF, max=_LONGEST_BACKOFF)
            + tenacity.wait_random(0, _FIRST_BACKOFF),
            sleep=tenacity.sleep_using_event(self._over),
            reraise=True,
        )
        answer: T = attempts(self._past_limits, fn, remembered)
        return answer

    def post(self, path: str) -> Any:
        """POST to `path`; again while the trouble may pass.

        Returns:
            The JSON of the answer.

        Raises:
            As `call`.
        """

        def send(_: Requester) -> Any:
            headers: dict[str, str] = {}
            self.credential.authentication(headers)
            return json.loads(self._connection.post(path, headers).read())

        return self.call(send)

    def cancel(self) -> None:
        """Send nothing more and wake all threads that wait."""
        self._over.set()
        self._limiter.cancel()

    def close(self) -> None:
        """Cancel, and close the connections."""
        self.cancel()
        self._connection.hang_up()

    def _past_limits(self, fn: Callable[[Requester], T], remembered: Remembered | None) -> T:
        """Each refusal makes the limiter pause, so this loop ends when its patience does."""
        again = False
        while True:
            try:
                with self._connection.revalidating(remembered):
                    return fn(self._requester)
            except LimitReachedError:
                continue
            except UnauthorizedError as error:
                refusal = error
            # Outside of the handler: what is raised here refers to nothing that was sent.
            if not self.credential.renewed(again=again):
                raise self.credential.refused(refusal)
            again = True

    def _hear(self, headers: Headers) -> None:
        told = read_date(headers)
        expiry = read_expiry(headers)
        if told is not None:
            self.clock.hear(told)
        if expiry is not None:
            with self._lock:
                self._token_expires_at = expiry

    def _who_am_i(self) -> str:
        try:
            return self.call(_login)
        except TroubleError as trouble:
            self._refuse_to_start(trouble)

    def _refuse_to_start(self, trouble: TroubleError) -> NoReturn:
        if isinstance(trouble, RefusedError) and trouble.status == HTTPStatus.FORBIDDEN:
            raise BadTokenError(
                f'GitHub knows the token but won\'t say whose it is (403 "{trouble}"). Put a'
                " personal access token of a user in GITHUB_TOKEN."
            ) from None
        if isinstance(trouble, OutOfBudgetError):
            raise GitHubUnavailableError(
                f"GitHub can be asked nothing now: {trouble}. Nothing was collected; run again"
                " later, or raise GITHUB_TRAFFIC_MAX_WAIT."
            ) from None
        raise GitHubUnavailableError(
            f"GitHub did not answer as it should at {self.access.host}: {trouble}. Check the"
            f" network, and GITHUB_API_URL, which is {self.access.api_url}."
        ) from None


def _login(requester: Requester) -> str:
    _, user = requester.requestJsonAndCheck("GET", "/user")
    login: Any = user.get("login") if isinstance(user, dict) else None
    if not isinstance(login, str) or not login:
        raise BadAnswerError("GET /user names no login, so this is no GitHub")
    return login
