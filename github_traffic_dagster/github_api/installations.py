"""A GitHub App asks about itself: who it is, where it is installed, a token for an installation.

Sources: https://docs.github.com/en/rest/apps/apps and
https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from github.Requester import Requester

from github_traffic_dagster.github_api.credentials import AccessToken
from github_traffic_dagster.github_api.pages import field_of, read_pages
from github_traffic_dagster.github_api.session import GitHubSession
from github_traffic_dagster.github_api.troubles import BadAnswerError


@dataclass(frozen=True, slots=True)
class Installation:
    """An App on one account.

    Attributes:
        installation_id: GitHub's number.
        login: the user or organisation it is on.
        reads_traffic: it has "Administration: read".
        suspended: none of its requests would be answered.
        page: where the account's owner looks after it; empty if not told.
    """

    installation_id: int
    login: str
    reads_traffic: bool
    suspended: bool
    page: str


def app_name(session: GitHubSession) -> str:
    """`GET /app`, which proves id and key: the name in the App's address.

    Raises:
        BadTokenError: id and key do not belong together.
        RefusedError: 404, there is no such App.
    """

    def ask(requester: Requester) -> Any:
        return requester.requestJsonAndCheck("GET", "/app")[1]

    found = session.call(ask)
    number = field_of(found, "id", int)
    return str(found.get("slug") or number)


def list_installations(session: GitHubSession) -> list[Installation]:
    """`GET /app/installations`: all accounts the App is on, suspended ones as well."""
    listed = (_installation(item) for item, _ in read_pages(session, "/app/installations"))
    return [installation for installation in listed if installation is not None]


def mint(session: GitHubSession, installation: Installation) -> AccessToken:
    """`POST /app/installations/{id}/access_tokens`: a token for an hour.

    Raises:
        RefusedError: 403 suspended, 404 removed.
        BadTokenError: GitHub refuses the App.
        TroubleError: anything else.
    """
    made = session.post(f"/app/installations/{installation.installation_id}/access_tokens")
    token = field_of(made, "token", str)
    try:
        expires_at = datetime.fromisoformat(field_of(made, "expires_at", str))
    except ValueError:
        raise BadAnswerError('a token whose "expires_at" is no timestamp') from None
    if expires_at.tzinfo is None:
        expires_at = expires_at.replace(tzinfo=UTC)
    return AccessToken(token, expires_at)


def _installation(item: Any) -> Installation | None:
    """None for an installation on an enterprise: those have no repositories, and no login."""
    number = field_of(item, "id", int)
    account = item.get("account")
    login = account.get("login") if isinstance(account, dict) else None
    if not isinstance(login, str):
        return None
    permissions = field_of(item, "permissions", dict)
    page = item.get("html_url")
    return Installation(
        installation_id=number,
        login=login,
        reads_traffic=permissions.get("administration") in {"read", "write"},
        suspended=item.get("suspended_at") is not None,
        page=page if isinstance(page, str) else "",
    )
