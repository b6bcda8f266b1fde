"""Accounts and repositories as GitHub's JSON describes them."""

import base64
from datetime import UTC, datetime
from typing import Any

from github_traffic_dagster.demo_github.callers import Caller
from github_traffic_dagster.demo_github.repository import SimulatedRepository
from github_traffic_dagster.demo_github.world import Account, World


def timestamp(moment: datetime) -> str:
    """A moment as GitHub writes it: whole seconds, UTC, with a Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def expiry_text(expires_at: datetime) -> str:
    """A token's end as the header github-authentication-token-expiration tells it."""
    return expires_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def account_json(account: Account, base_url: str) -> dict[str, Any]:
    """A user or an organisation in short form, as `owner` holds it."""
    folder = "users" if account.kind == "User" else "orgs"
    return {
        "login": account.login,
        "id": account.account_id,
        "node_id": _node_id("U" if account.kind == "User" else "O", account.account_id),
        "type": account.kind,
        "url": f"{base_url}/{folder}/{account.login}",
        "html_url": f"https://github.com/{account.login}",
    }


def repository_json(
    world: World, repository: SimulatedRepository, caller: Caller, base_url: str
) -> dict[str, Any]:
    """A repository as listed for `caller`."""
    owner = world.account(repository.owner)
    created_at = timestamp(repository.created_at)
    return {
        "id": repository.repo_id,
        "node_id": _node_id("R", repository.repo_id),
        "name": repository.name,
        "full_name": repository.full_name,
        "private": repository.private,
        "visibility": "private" if repository.private else "public",
        "owner": account_json(owner, base_url) if owner else None,
        "html_url": f"https://github.com/{repository.full_name}",
        "url": f"{base_url}/repos/{repository.full_name}",
        "description": None,
        "fork": repository.fork,
        "archived": repository.archived,
        "disabled": False,
        "created_at": created_at,
        "updated_at": created_at,
        "pushed_at": created_at,
        "stargazers_count": repository.stargazers,
        "watchers_count": repository.stargazers,
        "forks_count": repository.forks,
        "open_issues_count": repository.open_issues,
        "default_branch": "main",
        "permissions": _permissions(repository, caller),
    }


def _permissions(repository: SimulatedRepository, caller: Caller) -> dict[str, bool]:
    """A user's rights. To an installation GitHub answers false for all of them."""
    may_push = caller.may_push(repository)
    return {
        "admin": may_push and caller.login == repository.owner,
        "maintain": may_push and caller.login == repository.owner,
        "push": may_push,
        "triage": may_push,
        "pull": caller.login is not None,
    }


def _node_id(kind: str, number: int) -> str:
    packed = base64.urlsafe_b64encode(number.to_bytes(6, "big")).decode()
    return f"{kind}_kgDO{packed}"
