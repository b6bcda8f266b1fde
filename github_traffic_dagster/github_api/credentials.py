"""What a session shows GitHub with every request, and what to do when GitHub does not take it.

Sources:
https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api
https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app
"""

import hashlib
import threading
import time
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus

import jwt
from github.Auth import Auth
from pydantic import SecretStr

from github_traffic_dagster.errors import BadTokenError
from github_traffic_dagster.github_api.app_key import AppKey
from github_traffic_dagster.github_api.clock import GitHubClock
from github_traffic_dagster.github_api.redaction import Redaction
from github_traffic_dagster.github_api.troubles import (
    NoInstallationTokenError,
    OutOfBudgetError,
    RefusedError,
    TroubleError,
    UnauthorizedError,
)

_BACKDATED = timedelta(seconds=60)  # GitHub's own advice against clocks that differ
_JWT_LASTS = timedelta(minutes=5)  # GitHub takes ten at most, by its own clock
_CLOCKS_DIFFER = timedelta(seconds=30)
_RENEWED_EARLY = timedelta(minutes=5)
_TRIED_AGAIN_AFTER = timedelta(minutes=1)


class Credential(Auth):
    """PyGithub asks it for the header of every request, from any thread.

    Attributes:
        account: whose limits are used: the same for all sessions that share them.
        redaction: knows every secret this credential has shown to anybody.
    """

    account: str
    redaction: Redaction

    @property
    def token_type(self) -> str:
        """The word before the token."""
        return "Bearer"

    @abstractmethod
    def renewed(self, *, again: bool) -> bool:
        """After a refusal of this thread's last request: whether to try once more.

        Args:
            again: the request was repeated already.
        """

    @abstractmethod
    def refused(self, refusal: UnauthorizedError) -> BadTokenError | RefusedError:
        """What to raise for a refusal that stays."""


class PersonalToken(Credential):
    """A personal access token: what GitHub refuses once it refuses for good."""

    def __init__(self, token: SecretStr) -> None:
        self._token = token
        digest = hashlib.sha256(token.get_secret_value().encode()).hexdigest()
        self.account = f"token {digest}"
        self.redaction = Redaction(token)

    @property
    def token(self) -> str:
        """The token."""
        return self._token.get_secret_value()

    def renewed(self, *, again: bool) -> bool:  # noqa: ARG002 - never
        """Nobody but its owner can make a new one."""
        return False

    def refused(self, refusal: UnauthorizedError) -> BadTokenError:
        """Names the setting."""
        return BadTokenError(
            f'GitHub refuses the token ({refusal.status} "{refusal}"): it is mistyped, revoked or'
            " expired. Make a new one and put it in GITHUB_TOKEN."
        )


class AppSignature(Credential):
    """The App as such: each request carries a JWT that was signed for it.

    Source:
    https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
    """

    def __init__(self, key: AppKey, clock: GitHubClock) -> None:
        self._key = key
        self._clock = clock
        self._signed = (clock.now(), time.monotonic())
        self._clock_was_off = timedelta(0)
        self.account = f"app {key.app_id}"
        self.redaction = Redaction()

    @property
    def token(self) -> str:
        """A new JWT, by GitHub's clock as far as it is known."""
        now = self._clock.now()
        self._signed = (now, time.monotonic())
        signed = jwt.encode(
            {
                "iat": int((now - _BACKDATED).timestamp()),
                "exp": int((now + _JWT_LASTS).timestamp()),
                "iss": self._key.app_id,
            },
            self._key.private_key,
            algorithm="RS256",
        )
        self.redaction.add(signed)
        return signed

    def renewed(self, *, again: bool) -> bool:
        """Whether the refusal told that GitHub's clock is another: then it is signed by that."""
        now, at = self._signed
        difference = self._clock.now() - now - timedelta(seconds=time.monotonic() - at)
        if again or abs(difference) < _CLOCKS_DIFFER:
            return False
        self._clock_was_off = difference
        return True

    def refused(self, refusal: UnauthorizedError) -> BadTokenError | RefusedError:
        """Names the settings, and the clock where it may have a share in it."""
        if refusal.status == HTTPStatus.FORBIDDEN:
            # An installation was suspended: that says nothing about the App.
            return RefusedError(refusal.status, str(refusal))
        text = (
            f'GitHub refuses the App ({refusal.status} "{refusal}"): GITHUB_APP_ID'
            f" {self._key.app_id} and the key in {self._key.setting} do not belong together, or"
            " the key was deleted at GitHub. Copy the id from the App's page, or make a new key"
            " there."
        )
        if self._clock_was_off:
            off = abs(self._clock_was_off.total_seconds())
            direction = "behind" if self._clock_was_off > timedelta(0) else "ahead of"
            text += f" (This machine's clock is {off:.0f} s {direction} GitHub's.)"
        return BadTokenError(text)


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token of an installation; `expires_at` is by GitHub's clock (UTC)."""

    token: str = field(repr=False)
    expires_at: datetime


_KEPT: dict[tuple[str, str], AccessToken] = {}
"""Tokens by place and account. Each step of a run has a conversation of its own, and a new token
costs five points of the App's minute: with 60 accounts, all of it."""


class InstallationToken(Credential):
    """One installation's token of the hour, renewed by whichever thread needs it, once for all.

    Args:
        place: GitHub's address.
        app: the App's account, a part of this one's name.
        installation_id: GitHub's number.
        login: the account it is on, for messages.
        mint: asks GitHub for a new token.
        clock: GitHub's.
        redaction: the App's: it learns the tokens.
    """

    def __init__(
        self,
        *,
        place: str,
        app: str,
        installation_id: int,
        login: str,
        mint: Callable[[], AccessToken],
        clock: GitHubClock,
        redaction: Redaction,
    ) -> None:
        self.account = f"{app} installation {installation_id}"
        self.redaction = redaction
        self._login = login
        self._mint = mint
        self._clock = clock
        self._lock = threading.Lock()
        self._key = (place, self.account)
        self._current: AccessToken | None = None
        self._renew_at = clock.now()
        self._failure: tuple[type[BadTokenError | TroubleError], str] | None = None
        self._thread = threading.local()
        if kept := _KEPT.get(self._key):
            self._take(kept)

    @property
    def token(self) -> str:
        """A token that is good for some minutes at least.

        Raises:
            BadTokenError: there is none any more: suspended, removed, or the App refused.
            NoInstallationTokenError: GitHub can't make one just now; asked once per conversation.
            OutOfBudgetError: the App's own limits don't allow it in time.
        """
        with self._lock:
            if self._current is None or self._clock.now() >= self._renew_at:
                self._renew()
            self._thread.used = self._current
            return self._current.token if self._current else ""

    def renewed(self, *, again: bool) -> bool:
        """Another token than the one that was refused; the first thread to come here gets it.

        One that has ended is no refusal: a run may last for many an hour.
        """
        used: AccessToken | None = getattr(self._thread, "used", None)
        with self._lock:
            if used is None or self._current is not used:
                return True
            if again and self._clock.now() < used.expires_at:
                return False
            self._current = None
            _KEPT.pop(self._key, None)
            self._renew()
            # A server whose tokens have always ended would be asked for ever.
            return not again or self._clock.now() < self._renew_at

    def refused(self, refusal: UnauthorizedError) -> BadTokenError:
        """A new token was refused as well."""
        return BadTokenError(
            f"GitHub refuses the App's installation on {self._login}"
            f' ({refusal.status} "{refusal}"). See the App in the settings of {self._login}.'
        )

    def _renew(self) -> None:
        if self._failure is not None:
            # Every repository would try again, with all attempts and their pauses.
            kind, text = self._failure
            raise kind(text)
        try:
            token = self._mint()
        except (TroubleError, BadTokenError) as error:
            if self._current is not None and self._clock.now() < self._current.expires_at:
                self._renew_at = self._clock.now() + _TRIED_AGAIN_AFTER
                return
            kind, text = self._failure = self._explained(error)
            raise kind(text) from None
        self._take(token)

    def _take(self, token: AccessToken) -> None:
        self.redaction.add(token.token)
        _KEPT[self._key] = self._current = token
        self._renew_at = token.expires_at - _RENEWED_EARLY

    def _explained(
        self, error: TroubleError | BadTokenError
    ) -> tuple[type[BadTokenError | TroubleError], str]:
        on = f"App's installation on {self._login}"
        if isinstance(error, BadTokenError):
            return BadTokenError, str(error)
        if isinstance(error, OutOfBudgetError):
            return OutOfBudgetError, f"no token for the {on}: {error}"
        if isinstance(error, RefusedError):
            gone = error.status == HTTPStatus.NOT_FOUND
            what = "was removed" if gone else "can't be used"
            return BadTokenError, (
                f'The {on} {what} ({error.status} "{error}"): install it again, or see the App in'
                f" the settings of {self._login}."
            )
        return NoInstallationTokenError, f"no token for the {on}: {error}"
