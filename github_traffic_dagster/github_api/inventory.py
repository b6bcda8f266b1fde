"""Which repositories there are: one listing, a hundred a page, no call per repository.

Source:
https://docs.github.com/en/rest/repos/repos#list-repositories-for-the-authenticated-user

The pages are read as raw JSON. `AuthenticatedUser.get_repos()` would do for the names, but its
objects give neither the page's `Date` nor their raw data without one more request each, and it
takes a page that came empty for the end of the list.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from github.Requester import Requester
from requests.utils import parse_header_links

from github_traffic_dagster.errors import GitHubUnavailableError
from github_traffic_dagster.github_api.headers import Headers, read_date
from github_traffic_dagster.github_api.outcomes import Outcome, Reason
from github_traffic_dagster.github_api.selection import Selection
from github_traffic_dagster.github_api.session import GitHubSession
from github_traffic_dagster.github_api.troubles import (
    BadAnswerError,
    TroubleError,
    UnreadableAnswerError,
)
from github_traffic_dagster.traffic.answers import Repository

PER_PAGE = 100
"""GitHub's largest page."""

_LISTING = "/user/repos"
# By creation, so that a repository made during the listing lands on the last page and shifts none.
_FIRST_PAGE = (
    f"{_LISTING}?affiliation=owner,collaborator,organization_member"
    f"&sort=created&direction=asc&per_page={PER_PAGE}"
)

Page = tuple[Headers, list[Any]]


@dataclass(frozen=True)
class Inventory:
    """A complete listing.

    Attributes:
        repositories: those the user wants, also those whose traffic the token may not read.
        skipped: an outcome for each that won't be collected: left out on purpose, or without
            push access.
    """

    repositories: tuple[Repository, ...]
    skipped: tuple[Outcome, ...]


def list_repositories(session: GitHubSession, selection: Selection) -> Inventory:
    """List what the token's user owns, works on, or sees through an organisation.

    Raises:
        GitHubUnavailableError: a page could not be read. There are no partial lists.
        BadTokenError: GitHub refuses the token.
    """
    try:
        listed = _read_all(session)
    except TroubleError as trouble:
        raise GitHubUnavailableError(
            f"The list of repositories could not be read from {session.access.host}: {trouble}."
            " Nothing was collected; run again later."
        ) from None
    wanted: list[Repository] = []
    skipped: list[Outcome] = []
    for repository in listed:
        reason = selection.verdict(repository)
        if reason is None:
            wanted.append(repository)
            reason = None if repository.traffic_access else Reason.NO_PUSH_ACCESS
        if reason is not None:
            skipped.append(Outcome(repository.repo_id, repository.full_name, reason))
    return Inventory(tuple(wanted), tuple(skipped))


def _read_all(session: GitHubSession) -> list[Repository]:
    """Each repository once, also when the pages shifted under the listing."""
    found: dict[int, Repository] = {}
    url: str | None = _FIRST_PAGE
    seen: set[str] = set()
    while url is not None:
        if url in seen:
            raise BadAnswerError("its pages lead in a circle")
        seen.add(url)
        headers, items = session.call(_page_at(url))
        observed_at = read_date(headers) or session.now()
        for item in items:
            repository = _repository(item, observed_at)
            found[repository.repo_id] = repository
        url = _next_page(headers)
    return list(found.values())


def _page_at(url: str) -> Any:
    def read(requester: Requester) -> Page:
        headers, items = requester.requestJsonAndCheck("GET", url)
        if not isinstance(items, list):
            raise UnreadableAnswerError("a page of the list is not a JSON list")
        return headers, items

    return read


def _next_page(headers: Headers) -> str | None:
    """https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api."""
    for link in parse_header_links(headers.get("link", "")):
        if link.get("rel") == "next":
            # Only the query is taken: servers behind a proxy don't always know their own address,
            # and the token is for the configured one.
            return f"{_LISTING}?{urlsplit(link['url']).query}"
    return None


def _repository(item: Any, observed_at: datetime) -> Repository:
    if not isinstance(item, dict):
        raise BadAnswerError(f"an entry is a {type(item).__name__}, not a repository")
    permissions = item.get("permissions")
    return Repository(
        repo_id=_field(item, "id", int),
        full_name=_field(item, "full_name", str),
        private=_field(item, "private", bool),
        fork=_field(item, "fork", bool),
        archived=_field(item, "archived", bool),
        traffic_access=isinstance(permissions, dict) and permissions.get("push") is True,
        created_at=_moment(_field(item, "created_at", str)),
        stargazers=_field(item, "stargazers_count", int),
        forks=_field(item, "forks_count", int),
        open_issues=_field(item, "open_issues_count", int),
        observed_at=observed_at,
    )


def _field(item: dict[str, Any], key: str, kind: type[Any]) -> Any:
    value = item.get(key)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise BadAnswerError(f'an entry without a usable "{key}"')
    return value


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadAnswerError('an entry whose "created_at" is no timestamp') from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
