"""Lists of repositories: which ones, in which order, and page by page.

Sources: https://docs.github.com/en/rest/repos/repos and
https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import urlencode

from github_traffic_dagster.demo_github.answers import Answer, Asked, not_found, refusal
from github_traffic_dagster.demo_github.callers import Caller
from github_traffic_dagster.demo_github.repository import SimulatedRepository
from github_traffic_dagster.demo_github.representations import repository_json
from github_traffic_dagster.demo_github.world import World

Item = TypeVar("Item")

_DEFAULT_PER_PAGE = 30
_MOST_PER_PAGE = 100
_EVERY_AFFILIATION = "owner,collaborator,organization_member"
_SORT_KEYS: Mapping[str, Callable[[SimulatedRepository], Any]] = {
    "full_name": lambda repo: repo.full_name.lower(),
    "created": lambda repo: repo.created_at,
    "updated": lambda repo: repo.created_at,
    "pushed": lambda repo: repo.created_at,
}


def repositories_of_token(world: World, asked: Asked, caller: Caller, login: str) -> Answer:
    """GET /user/repos: own, collaborator's and organisation's repositories, private ones too."""
    query = asked.query
    if "type" in query and ("affiliation" in query or "visibility" in query):
        message = "If you specify visibility or affiliation, you cannot specify type."
        return refusal(HTTPStatus.UNPROCESSABLE_ENTITY, message)
    kind = query.get("type", "all")
    visibility = query.get("visibility", kind if kind in ("public", "private") else "all")
    by_type = {"owner": "owner", "member": "collaborator,organization_member"}
    wanted = by_type.get(kind, query.get("affiliation", _EVERY_AFFILIATION)).split(",")
    repositories = (
        repo
        for repo in world.repositories
        if not repo.deleted
        and _affiliation(world, repo, login) in wanted
        and visibility in ("all", "private" if repo.private else "public")
    )
    return _page(world, asked, caller, repositories, sort="full_name")


def repositories_of_user(world: World, asked: Asked, caller: Caller, owner: str) -> Answer:
    """GET /users/{owner}/repos: public ones only, whoever asks."""
    account = world.account(owner)
    if account is None:
        return not_found()
    repositories = (
        repo
        for repo in world.repositories
        if repo.owner == account.login and not repo.private and not repo.deleted
    )
    return _page(world, asked, caller, repositories, sort="full_name")


def repositories_of_organization(world: World, asked: Asked, caller: Caller, owner: str) -> Answer:
    """GET /orgs/{owner}/repos: all that the token may see, newest first."""
    repositories = (
        repo for repo in world.repositories if repo.owner == owner and caller.sees(world, repo)
    )
    return _page(world, asked, caller, repositories, sort="created")


def _affiliation(world: World, repository: SimulatedRepository, login: str) -> str | None:
    if repository.owner == login:
        return "owner"
    if world.belongs_to(repository, login):
        return "organization_member"
    return "collaborator" if login in repository.push_logins else None


def _page(
    world: World,
    asked: Asked,
    caller: Caller,
    repositories: Iterable[SimulatedRepository],
    *,
    sort: str,
) -> Answer:
    """The page that was asked for, with links to its neighbours."""
    key = asked.query.get("sort", sort)
    if key not in _SORT_KEYS:
        return refusal(HTTPStatus.UNPROCESSABLE_ENTITY, f"Validation Failed: sort {key!r}")
    direction = asked.query.get("direction", "asc" if key == "full_name" else "desc")
    ordered = sorted(repositories, key=_SORT_KEYS[key], reverse=direction == "desc")
    shown, headers = page_of(asked, ordered)
    content = [repository_json(world, repo, caller, asked.base_url) for repo in shown]
    return Answer(HTTPStatus.OK, content, headers)


def page_of(asked: Asked, items: Sequence[Item]) -> tuple[Sequence[Item], dict[str, str]]:
    """The items of the page that was asked for, and the headers that lead to its neighbours."""
    per_page = min(_positive(asked.query.get("per_page"), _DEFAULT_PER_PAGE), _MOST_PER_PAGE)
    page = _positive(asked.query.get("page"), 1)
    shown = items[(page - 1) * per_page : page * per_page]
    link = _links(asked, page, last=-(-len(items) // per_page))
    return shown, {"link": link} if link else {}


def _positive(text: str | None, default: int) -> int:
    """The number asked for; GitHub takes its default for anything else."""
    return int(text) if text and text.isdecimal() and int(text) > 0 else default


def _links(asked: Asked, page: int, last: int) -> str:
    """The Link header's value; empty when one page holds everything."""
    pages: Sequence[tuple[str, int]] = [
        ("prev", min(page - 1, last)),
        ("next", page + 1),
        ("last", last),
        ("first", 1),
    ]
    useful = {"prev": page > 1, "first": page > 1, "next": page < last, "last": page < last}
    return ", ".join(
        f"<{asked.base_url}{asked.path}?{urlencode({**asked.query, 'page': number})}>"
        f'; rel="{relation}"'
        for relation, number in pages
        if useful[relation] and number > 0
    )
