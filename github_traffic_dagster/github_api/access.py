"""What it takes to speak to GitHub: a token or an App, an address, and how hard to press.

Source of the two ceilings:
https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import SecretStr

from github_traffic_dagster.errors import SettingError

if TYPE_CHECKING:
    from github_traffic_dagster.github_api.app_key import AppKey

MOST_AT_ONCE = 100
"""GitHub's ceiling on requests under way at the same time, all clients of a token together."""

POINTS_PER_MINUTE = 900
"""GitHub's ceiling on points a minute for the REST API; a GET is one point."""


@dataclass(frozen=True)
class Access:
    """How to reach GitHub.

    Attributes:
        token: a personal access token; never printed, not even by `repr`. None: an App only.
        app: an App, all of whose installations are used. None: a token only.
        api_url: base of the REST API; for GitHub Enterprise it ends in "/api/v3".
        workers: requests under way at once, 1 to 100; of each account.
        timeout: seconds of silence after which one request is given up.
        max_wait: seconds that a run may spend waiting for each account's limits, in total.
        attempts: how often a request is tried when the trouble may pass.
        points_per_minute: requests in any 60 seconds, 1 to 900.

    Raises:
        SettingError: a value no request could be made with. Never quotes the token.
    """

    token: SecretStr | None = None
    app: "AppKey | None" = None
    api_url: str = "https://api.github.com"
    workers: int = 64
    timeout: float = 30.0
    max_wait: float = 900.0
    attempts: int = 4
    points_per_minute: int = POINTS_PER_MINUTE

    def __post_init__(self) -> None:
        """Refuse what could only fail later, with a text that would quote the token."""
        if self.token is not None:
            _check_token(self.token.get_secret_value())
        elif self.app is None:
            raise SettingError("There is neither a token nor an App: set GITHUB_TOKEN.")
        _check_url(self.api_url)
        _check_between("workers", self.workers, 1, MOST_AT_ONCE)
        _check_between("points_per_minute", self.points_per_minute, 1, POINTS_PER_MINUTE)
        if self.attempts < 1:
            raise SettingError(f"attempts must be at least 1, not {self.attempts}.")
        if self.timeout <= 0 or self.max_wait < 0:
            raise SettingError("timeout must be more than 0 seconds, and max_wait not below 0.")

    @property
    def host(self) -> str:
        """Host and port of the API as they stand in its address."""
        return urlsplit(self.api_url).netloc


def _check_token(token: str) -> None:
    """The HTTP library quotes a header it can't send, so such a token must not get that far."""
    if not token.strip():
        raise SettingError(
            "The token is empty. Set GITHUB_TOKEN; in GitHub Actions an unknown secret is empty."
        )
    if not all("!" <= character <= "~" for character in token):
        raise SettingError(
            "The token in GITHUB_TOKEN has a space, a line break or a character that no token has."
            " Copy it once more."
        )


def _check_url(api_url: str) -> None:
    form = "GITHUB_API_URL must look like https://api.github.com or https://HOST/api/v3."
    try:
        parts = urlsplit(api_url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.username is not None or parts.query or parts.fragment:
        raise SettingError(form)


def _check_between(name: str, value: int, lowest: int, highest: int) -> None:
    if not lowest <= value <= highest:
        raise SettingError(f"{name} must be between {lowest} and {highest}, not {value}.")
