"""One run's conversation with GitHub, over a line for each credential.

A personal token is one line. An App has as many as there are accounts it is installed on: each has
its own token, its own limits and its own troubles.
https://docs.github.com/en/apps/creating-github-apps/registering-a-github-app/rate-limits-for-github-apps
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from types import TracebackType
from typing import Self

from github_traffic_dagster.errors import (
    BadTokenError,
    GitHubTrafficError,
    GitHubUnavailableError,
)
from github_traffic_dagster.github_api.access import Access
from github_traffic_dagster.github_api.app_key import AppKey
from github_traffic_dagster.github_api.clock import GitHubClock
from github_traffic_dagster.github_api.credentials import AppSignature, InstallationToken
from github_traffic_dagster.github_api.installations import (
    Installation,
    app_name,
    list_installations,
    mint,
)
from github_traffic_dagster.github_api.limits import OnWait
from github_traffic_dagster.github_api.lines import AccountTrouble, Line
from github_traffic_dagster.github_api.outcomes import Reason
from github_traffic_dagster.github_api.session import GitHubSession
from github_traffic_dagster.github_api.spending import Spending
from github_traffic_dagster.github_api.troubles import RefusedError, TroubleError

_MOST_THREADS = 512
_FEWEST_WORKERS = 2


class Conversation:
    """All lines of a run. Use as a context manager: `with Conversation.open(access) as ...`.

    Attributes:
        lines: those that are open.
        troubles: accounts and credentials that can't be used, or not for traffic.
    """

    def __init__(self, access: Access, on_wait: OnWait | None = None) -> None:
        self.access = access
        self.lines: list[Line] = []
        self.troubles: list[AccountTrouble] = []
        self._on_wait = on_wait
        self._clock = GitHubClock()
        self._app: GitHubSession | None = None

    @classmethod
    def open(cls, access: Access, on_wait: OnWait | None = None) -> Self:
        """Prove the token, the App, or both; one of two may fail, which is a trouble then.

        Args:
            access: how to reach GitHub.
            on_wait: told when the run waits for a limit: until when (UTC), and which one.

        Raises:
            BadTokenError: GitHub refuses whatever there is, or the App is installed nowhere.
            GitHubUnavailableError: GitHub can't be reached at this address, or not now.
        """
        conversation = cls(access, on_wait)
        try:
            conversation._begin()
        except BaseException:
            conversation.close()
            raise
        return conversation

    def __enter__(self) -> Self:
        """The conversation itself."""
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
    def only_session(self) -> GitHubSession | None:
        """The personal token's, where there is nothing else."""
        return self.lines[0].session if self.access.app is None else None

    @property
    def calls_made(self) -> int:
        """Requests sent so far, by all."""
        return sum(session.calls_made for _, session in self._sessions())

    @property
    def budget_left(self) -> int | None:
        """Requests left in this hour on all lines together; None on servers without limits."""
        told = [line.session.budget_left for line in self.lines]
        known = [left for left in told if left is not None]
        return sum(known) if known else None

    @property
    def spending(self) -> tuple[Spending, ...]:
        """What it cost each account so far, of those that were asked anything."""
        return tuple(
            # The App's own budget buys names and tokens only.
            Spending(
                name,
                session.calls_made,
                session.calls_spent,
                None if session is self._app else session.budget_left,
            )
            for name, session in self._sessions()
            if session.calls_made
        )

    @property
    def token_expires_at(self) -> datetime | None:
        """When the personal token expires (UTC); None when it never does, or there is none."""
        for line in self.lines:
            if line.installation is None:
                return line.session.token_expires_at
        return None

    def lines_to(self, owner: str) -> list[Line]:
        """Who may read the traffic of an account's repositories, the best first.

        Its installation has a budget of its own; the personal token's is shared by all others.
        """
        at_home = [line for line in self.lines if _is_on(line.installation, owner)]
        token = [line for line in self.lines if line.installation is None]
        return [line for line in at_home if _reads_traffic(line)] + token

    def has_installation(self, owner: str) -> bool:
        """Whether the App has a line to an account."""
        return any(_is_on(line.installation, owner) for line in self.lines)

    def why_not(self, owner: str) -> AccountTrouble:
        """Why there is no line to an account, or none of the App's."""
        for login in (owner.lower(), ""):
            for trouble in self.troubles:
                if trouble.login.lower() == login:
                    return trouble
        or_else = ", or set GITHUB_TOKEN" if self.access.token is None else ""
        text = f"the App is not installed on {owner}: install it there{or_else}"
        return AccountTrouble(owner, Reason.NO_CREDENTIAL, text)

    def cancel(self) -> None:
        """Send nothing more and wake all threads that wait."""
        for _, session in self._sessions():
            session.cancel()

    def close(self) -> None:
        """Cancel, and close the connections."""
        for _, session in self._sessions():
            session.close()

    def _sessions(self) -> Iterator[tuple[str, GitHubSession]]:
        for line in self.lines:
            yield line.name, line.session
        if self._app is not None:
            yield "the App itself", self._app

    def _begin(self) -> None:
        refusals: list[GitHubTrafficError] = []
        for begin in (self._begin_with_token, self._begin_with_app):
            try:
                begin()
            except (BadTokenError, GitHubUnavailableError) as error:
                refusals.append(error)
        if not self.lines:
            texts = [str(refusal) for refusal in refusals]
            texts += [trouble.text for trouble in self.troubles]
            kind = type(refusals[0]) if refusals else BadTokenError
            raise kind(" ".join(texts))
        for refusal in refusals:
            self.troubles.append(AccountTrouble("", Reason.NO_CREDENTIAL, str(refusal)))

    def _begin_with_token(self) -> None:
        if self.access.token is None:
            return
        told = self._on_wait if self.access.app is None else self._named("the token")
        session = GitHubSession.open(self.access, told, self._clock)
        self.lines.append(Line(f"{session.login} (token)", session))

    def _begin_with_app(self) -> None:
        if self.access.app is None:
            return
        signature = AppSignature(self.access.app, self._clock)
        self._app = GitHubSession(self.access, signature, self._clock, self._named("the App"))
        try:
            name = app_name(self._app)
            installations = list_installations(self._app)
        except TroubleError as trouble:
            raise _no_app(self.access, self.access.app, trouble) from None
        if not installations:
            raise BadTokenError(
                f"The App {name} is installed nowhere: install it on the accounts to collect."
            )
        access = _thinned(self.access, len(installations))
        for installation in installations:
            if self._may_be_asked(installation):
                self._add(installation, access, self._app, signature)

    def _may_be_asked(self, installation: Installation) -> bool:
        """Take down what is wrong with an installation; a suspended one is of no use at all."""
        login = installation.login
        if installation.suspended:
            text = (
                f"the App's installation on {login} is suspended: unsuspend it{_at(installation)}"
            )
            self.troubles.append(AccountTrouble(login, Reason.NO_CREDENTIAL, text))
            return False
        if not installation.reads_traffic:
            text = (
                f'needs "Administration: read" on {login}: grant it to the App, and accept it for'
                f" {login}{_at(installation)}"
            )
            self.troubles.append(AccountTrouble(login, Reason.FORBIDDEN, text))
        return True

    def _add(
        self,
        installation: Installation,
        access: Access,
        app: GitHubSession,
        signature: AppSignature,
    ) -> None:
        login = installation.login
        token = InstallationToken(
            place=access.api_url,
            app=signature.account,
            installation_id=installation.installation_id,
            login=login,
            mint=lambda: mint(app, installation),
            clock=self._clock,
            redaction=signature.redaction,
        )
        session = GitHubSession(access, token, self._clock, self._named(login))
        self.lines.append(Line(f"{login} (App)", session, installation))

    def _named(self, account: str) -> OnWait | None:
        """Says whose limit is waited for: the other accounts go on meanwhile."""
        on_wait = self._on_wait
        if on_wait is None:
            return None
        return lambda until, why: on_wait(until, f"{why} for {account}")


def _thinned(access: Access, installations: int) -> Access:
    """Fewer requests at once for each account where there are very many: each has its thread."""
    workers = min(access.workers, max(_FEWEST_WORKERS, _MOST_THREADS // installations))
    return replace(access, workers=workers)


def _is_on(installation: Installation | None, owner: str) -> bool:
    return installation is not None and installation.login.lower() == owner.lower()


def _reads_traffic(line: Line) -> bool:
    return line.installation is None or line.installation.reads_traffic


def _at(installation: Installation) -> str:
    return f" at {installation.page}" if installation.page else ""


def _no_app(access: Access, app: AppKey, trouble: TroubleError) -> GitHubTrafficError:
    unknown = isinstance(trouble, RefusedError) and trouble.status == HTTPStatus.NOT_FOUND
    if unknown and "integration" in str(trouble).lower():
        return BadTokenError(
            f'There is no App with GITHUB_APP_ID {app.app_id} (404 "{trouble}"). Copy the id from'
            " the App's page."
        )
    return GitHubUnavailableError(
        f"GitHub did not answer the App as it should at {access.host}: {trouble}. Check the"
        f" network, and GITHUB_API_URL, which is {access.api_url}."
    )
