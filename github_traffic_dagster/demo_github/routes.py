"""Which answer a path gets: the endpoints of GitHub's REST API that the pipeline may use.

Source: https://docs.github.com/en/rest. `answer` is a pure function of the world and the request.
"""

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, get_args
from urllib.parse import urlencode

from github_traffic_dagster.demo_github import app_routes, popular_routes, workflow_routes
from github_traffic_dagster.demo_github.answers import DOCS, Answer, Asked, not_found, refusal
from github_traffic_dagster.demo_github.callers import Caller
from github_traffic_dagster.demo_github.listings import (
    repositories_of_organization,
    repositories_of_token,
    repositories_of_user,
)
from github_traffic_dagster.demo_github.repository import MetricName, SimulatedRepository
from github_traffic_dagster.demo_github.representations import (
    account_json,
    repository_json,
    timestamp,
)
from github_traffic_dagster.demo_github.window import Entry, uniques_of, weekly
from github_traffic_dagster.demo_github.world import World

_TRAFFIC_DOCS = f"{DOCS}/metrics/traffic"
_NAMED = re.compile(r"/repos/(?P<owner>[^/]+)/(?P<name>[^/]+)(?P<below>/.*)?")
_NUMBERED = re.compile(r"/repositories/(?P<repo_id>\d+)(?P<below>/.*)?")
_METRICS: dict[str, MetricName] = {f"/traffic/{name}": name for name in get_args(MetricName)}
_POPULAR = {
    popular_routes.REFERRERS: popular_routes.referrers,
    popular_routes.PATHS: popular_routes.paths,
}
_COLLECTED = {*_METRICS, *_POPULAR, popular_routes.RELEASES}


def answer(world: World, asked: Asked) -> Answer:
    """The answer that GitHub documents for this request, faults aside."""
    caller = asked.caller
    if isinstance(caller, Answer):
        return caller
    if asked.method not in ("GET", "HEAD") and not app_routes.MINTING.fullmatch(asked.path):
        return not_found()
    with world.lock:
        for pattern, handler in _ROUTES:
            if match := pattern.fullmatch(asked.path):
                return handler(world, asked, caller, match)
    return not_found()


def collected_repository(world: World, path: str) -> SimulatedRepository | None:
    """The repository of what is collected at this path; None for any other path."""
    match = _NAMED.fullmatch(path) or _NUMBERED.fullmatch(path)
    if match is None or not _is_collected(match["below"]):
        return None
    if match.re is _NUMBERED:
        return world.repository_numbered(int(match["repo_id"]))
    return world.repository_named(f"{match['owner']}/{match['name']}")


def _is_collected(below: str | None) -> bool:
    return below in _COLLECTED or bool(below and workflow_routes.PATH.fullmatch(below))


def _rate_limit(_world: World, asked: Asked, _caller: Caller, _match: re.Match[str]) -> Answer:
    """GET /rate_limit, which costs nothing of the budget it tells."""
    rate = asked.rate
    core = {
        "limit": rate.limit,
        "used": rate.used,
        "remaining": rate.remaining,
        "reset": rate.reset,
    }
    unused = {"limit": 30, "used": 0, "remaining": 30, "reset": rate.reset}
    resources = {"core": core, "search": unused, "graphql": core}
    return Answer(HTTPStatus.OK, {"resources": resources, "rate": core})


def _named(world: World, asked: Asked, caller: Caller, match: re.Match[str]) -> Answer:
    """A repository by its name, or the way to where it went."""
    full_name = f"{match['owner']}/{match['name']}"
    repository = world.repository_named(full_name)
    moved = world.repository_formerly(full_name)
    if repository is None and moved is not None and caller.sees(world, moved):
        return _redirect(asked, moved, match["below"] or "")
    return _of_repository(world, asked, caller, repository, match["below"])


def _numbered(world: World, asked: Asked, caller: Caller, match: re.Match[str]) -> Answer:
    """A repository by its id."""
    repository = world.repository_numbered(int(match["repo_id"]))
    return _of_repository(world, asked, caller, repository, match["below"])


def _redirect(asked: Asked, repository: SimulatedRepository, below: str) -> Answer:
    """301 to the address that never changes.

    Source: https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
    """
    query = f"?{urlencode(asked.query)}" if asked.query else ""
    url = f"{asked.base_url}/repositories/{repository.repo_id}{below}{query}"
    docs = f"{DOCS}/guides/best-practices-for-using-the-rest-api#follow-redirects"
    content = {"message": "Moved Permanently", "url": url, "documentation_url": docs}
    return Answer(HTTPStatus.MOVED_PERMANENTLY, content, {"location": url})


def _of_repository(
    world: World,
    asked: Asked,
    caller: Caller,
    repository: SimulatedRepository | None,
    below: str | None,
) -> Answer:
    """The repository itself, or what lies below it."""
    if repository is None or not caller.sees(world, repository):
        return not_found()
    if repository.blocked:
        return _blocked(repository)
    if not below:
        content = repository_json(world, repository, caller, asked.base_url)
        return Answer(HTTPStatus.OK, content)
    return _below_repository(world, asked, caller, repository, below)


def _below_repository(
    world: World, asked: Asked, caller: Caller, repository: SimulatedRepository, below: str
) -> Answer:
    """What is collected of a repository."""
    if metric := _METRICS.get(below):
        return _traffic(world, asked, caller, repository, metric)
    if popular := _POPULAR.get(below):
        return _denied(caller, repository) or popular(world, repository)
    if below == popular_routes.RELEASES:
        return popular_routes.releases(world, asked, caller, repository)
    if match := workflow_routes.PATH.fullmatch(below):
        return workflow_routes.workflow_runs(world, asked, caller, repository, match)
    return not_found()


def _blocked(repository: SimulatedRepository) -> Answer:
    """451, as GitHub answers for a repository taken down."""
    block = {
        "reason": "dmca",
        "created_at": timestamp(repository.created_at),
        "html_url": "https://github.com/github/dmca",
    }
    content = {"message": "Repository access blocked", "block": block}
    return Answer(HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS, content)


def _traffic(
    world: World, asked: Asked, caller: Caller, repository: SimulatedRepository, metric: MetricName
) -> Answer:
    """GET .../traffic/views or /clones, per day or per week."""
    if refused := _denied(caller, repository):
        return refused
    per = asked.query.get("per", "day")
    if per not in ("day", "week"):
        return refusal(HTTPStatus.UNPROCESSABLE_ENTITY, "Validation Failed", docs=_TRAFFIC_DOCS)
    now = world.clock.now()
    days = world.window.daily(lambda day: repository.truth(metric, day), now)
    content = {
        "count": sum(entry.count for entry in days),
        "uniques": uniques_of(days),
        metric: [_entry_json(entry) for entry in (days if per == "day" else weekly(days))],
    }
    return Answer(HTTPStatus.OK, content)


def _denied(caller: Caller, repository: SimulatedRepository) -> Answer | None:
    """The refusal for those who may not read this repository's traffic."""
    installation = caller.installation
    if installation is None and not caller.may_push(repository):
        message = "Must have push access to repository"
        return refusal(HTTPStatus.FORBIDDEN, message, docs=_TRAFFIC_DOCS)
    granted = installation is None or (
        installation.covers(repository) and installation.reads_traffic
    )
    if granted and not repository.traffic_forbidden:
        return None
    bearer = "personal access token" if installation is None else "integration"
    message = f"Resource not accessible by {bearer}"
    needed = {"x-accepted-github-permissions": "administration=read"}
    return refusal(HTTPStatus.FORBIDDEN, message, docs=_TRAFFIC_DOCS, headers=needed)


def _entry_json(entry: Entry) -> dict[str, Any]:
    midnight = f"{entry.day.isoformat()}T00:00:00Z"
    return {"timestamp": midnight, "count": entry.count, "uniques": entry.uniques}


def _user(world: World, asked: Asked, caller: Caller, _match: re.Match[str]) -> Answer:
    """GET /user: whose token it is."""
    if caller.login is None:
        return _no_user()
    return _account(world, asked, caller.login)


def _of_user(world: World, asked: Asked, caller: Caller, match: re.Match[str]) -> Answer:
    """GET /users/{login}, with or without /repos."""
    if match["below"]:
        return repositories_of_user(world, asked, caller, match["owner"])
    return _account(world, asked, match["owner"])


def _of_organization(world: World, asked: Asked, caller: Caller, match: re.Match[str]) -> Answer:
    """GET /orgs/{login}, with or without /repos."""
    account = world.account(match["owner"])
    if account is None or account.kind != "Organization":
        return not_found()
    if match["below"]:
        return repositories_of_organization(world, asked, caller, account.login)
    return _account(world, asked, account.login)


def _account(world: World, asked: Asked, login: str) -> Answer:
    account = world.account(login)
    if account is None:
        return not_found()
    return Answer(HTTPStatus.OK, account_json(account, asked.base_url))


def _of_token(world: World, asked: Asked, caller: Caller, _match: re.Match[str]) -> Answer:
    """GET /user/repos."""
    if caller.login is None:
        return _no_user()
    return repositories_of_token(world, asked, caller, caller.login)


def _no_user() -> Answer:
    """403 for Apps and installations, which are no users."""
    return refusal(HTTPStatus.FORBIDDEN, "Resource not accessible by integration")


_Handler = Callable[[World, Asked, Caller, re.Match[str]], Answer]
_ROUTES: list[tuple[re.Pattern[str], _Handler]] = [
    (_NAMED, _named),
    (_NUMBERED, _numbered),
    (re.compile("/user"), _user),
    (re.compile("/user/repos"), _of_token),
    (re.compile("/rate_limit"), _rate_limit),
    (re.compile("/app"), app_routes.app),
    (re.compile("/app/installations"), app_routes.installations),
    (app_routes.MINTING, app_routes.access_token),
    (re.compile("/installation/repositories"), app_routes.repositories),
    (re.compile("/users/(?P<owner>[^/]+)(?P<below>/repos)?"), _of_user),
    (re.compile("/orgs/(?P<owner>[^/]+)(?P<below>/repos)?"), _of_organization),
]
