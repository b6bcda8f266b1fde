"""What an App asks about itself, and the list of what one of its installations may see.

Sources: https://docs.github.com/en/rest/apps/apps and
https://docs.github.com/en/rest/apps/installations
"""

import re
from http import HTTPStatus
from typing import Any

from github_traffic_dagster.demo_github.answers import DOCS, Answer, Asked, not_found, refusal
from github_traffic_dagster.demo_github.apps import Installation
from github_traffic_dagster.demo_github.callers import Caller
from github_traffic_dagster.demo_github.listings import page_of
from github_traffic_dagster.demo_github.representations import (
    account_json,
    repository_json,
    timestamp,
)
from github_traffic_dagster.demo_github.world import World

MINTING = re.compile(r"/app/installations/(?P<installation_id>\d+)/access_tokens")


def app(world: World, asked: Asked, caller: Caller, _match: re.Match[str]) -> Answer:
    """GET /app."""
    if caller.app is None:
        return _only_with_a_jwt()
    owner = world.account(caller.app.owner)
    content = {
        "id": caller.app.app_id,
        "slug": caller.app.slug,
        "name": caller.app.slug,
        "owner": account_json(owner, asked.base_url) if owner else None,
        "html_url": f"https://github.com/apps/{caller.app.slug}",
        "installations_count": len(world.apps.of_app(caller.app)),
    }
    return Answer(HTTPStatus.OK, content)


def installations(world: World, asked: Asked, caller: Caller, _match: re.Match[str]) -> Answer:
    """GET /app/installations, suspended ones as well."""
    if caller.app is None:
        return _only_with_a_jwt()
    shown, headers = page_of(asked, world.apps.of_app(caller.app))
    content = [_installation_json(world, installation, asked) for installation in shown]
    return Answer(HTTPStatus.OK, content, headers)


def access_token(world: World, asked: Asked, caller: Caller, match: re.Match[str]) -> Answer:
    """POST /app/installations/{installation_id}/access_tokens."""
    if caller.app is None:
        return _only_with_a_jwt()
    if asked.method != "POST":
        return not_found()
    installation = world.apps.installations.get(int(match["installation_id"]))
    if installation is None or installation.app is not caller.app:
        return not_found()
    if installation.suspended_at is not None:
        return refusal(HTTPStatus.FORBIDDEN, "This installation has been suspended")
    token, expires_at = world.apps.mint(installation)
    content = {
        "token": token,
        "expires_at": timestamp(expires_at),
        "permissions": installation.permissions,
        "repository_selection": _selection(installation),
    }
    return Answer(HTTPStatus.CREATED, content)


def repositories(world: World, asked: Asked, caller: Caller, _match: re.Match[str]) -> Answer:
    """GET /installation/repositories."""
    installation = caller.installation
    if installation is None:
        message = (
            "You must authenticate with an installation access token in order to list repositories"
            " for an installation."
        )
        return refusal(HTTPStatus.FORBIDDEN, message, docs=f"{DOCS}/apps/installations")
    covered = [repository for repository in world.repositories if installation.covers(repository)]
    covered.sort(key=lambda repository: repository.repo_id)
    shown, headers = page_of(asked, covered)
    content = {
        "total_count": len(covered),
        "repository_selection": _selection(installation),
        "repositories": [
            repository_json(world, repository, caller, asked.base_url) for repository in shown
        ],
    }
    return Answer(HTTPStatus.OK, content, headers)


def _installation_json(world: World, installation: Installation, asked: Asked) -> dict[str, Any]:
    account = world.account(installation.account)
    number = installation.installation_id
    suspended_at = installation.suspended_at
    return {
        "id": number,
        "account": account_json(account, asked.base_url) if account else None,
        "target_type": account.kind if account else None,
        "repository_selection": _selection(installation),
        "access_tokens_url": f"{asked.base_url}/app/installations/{number}/access_tokens",
        "repositories_url": f"{asked.base_url}/installation/repositories",
        "html_url": _settings_page(world, installation),
        "app_id": installation.app.app_id,
        "app_slug": installation.app.slug,
        "permissions": installation.permissions,
        "events": [],
        "created_at": timestamp(installation.created_at),
        "updated_at": timestamp(installation.created_at),
        "suspended_at": timestamp(suspended_at) if suspended_at else None,
        "suspended_by": None,
    }


def _settings_page(world: World, installation: Installation) -> str:
    account = world.account(installation.account)
    of_organization = account is not None and account.kind == "Organization"
    folder = f"organizations/{installation.account}/" if of_organization else ""
    return f"https://github.com/{folder}settings/installations/{installation.installation_id}"


def _selection(installation: Installation) -> str:
    return "all" if installation.selected is None else "selected"


def _only_with_a_jwt() -> Answer:
    return refusal(HTTPStatus.UNAUTHORIZED, "A JSON web token could not be decoded")
