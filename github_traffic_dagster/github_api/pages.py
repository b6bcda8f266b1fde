"""Read a listing of GitHub's to its end, a hundred entries a page.

Source: https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api

The pages are read as raw JSON. PyGithub's lists would do for the names, but their objects give
neither the page's `Date` nor their raw data without one more request each, and it takes a page
that came empty for the end of the list.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from github.Requester import Requester
from requests.utils import parse_header_links

from github_traffic_dagster.github_api.headers import Headers, read_date
from github_traffic_dagster.github_api.session import GitHubSession
from github_traffic_dagster.github_api.troubles import BadAnswerError, UnreadableAnswerError

PER_PAGE = 100  # GitHub's most

Page = tuple[Headers, list[Any]]


def read_pages(
    session: GitHubSession, path: str, query: str = "", *, entries: str | None = None
) -> Iterator[tuple[Any, datetime]]:
    """All entries of all pages, each with the moment of its page (UTC, GitHub's clock).

    Args:
        session: whose listing it is.
        path: the listing's, below the API's address.
        query: beside the page's size, as "sort=created".
        entries: where a page is an object, the name of its list.

    Raises:
        TroubleError: a page could not be read; some may have been yielded before.
        BadTokenError: GitHub refuses the credential.
    """
    url: str | None = f"{path}?{query}{'&' if query else ''}per_page={PER_PAGE}"
    seen: set[str] = set()
    while url is not None:
        if url in seen:
            raise BadAnswerError("its pages lead in a circle")
        seen.add(url)
        headers, items = session.call(_page_at(url, entries))
        moment = read_date(headers) or session.now()
        for item in items:
            yield item, moment
        url = _next_page(path, headers)


def _page_at(url: str, entries: str | None) -> Callable[[Requester], Page]:
    def read(requester: Requester) -> Page:
        headers, items = requester.requestJsonAndCheck("GET", url)
        if entries is not None:
            items = items.get(entries) if isinstance(items, dict) else None
        if not isinstance(items, list):
            raise UnreadableAnswerError("a page of the list is not a JSON list")
        return headers, items

    return read


def _next_page(path: str, headers: Headers) -> str | None:
    for link in parse_header_links(headers.get("link", "")):
        if link.get("rel") == "next":
            # Only the query is taken: servers behind a proxy don't always know their own address,
            # and the token is for the configured one.
            return f"{path}?{urlsplit(link['url']).query}"
    return None


def field_of(item: Any, key: str, kind: type[Any]) -> Any:
    """A field of an entry.

    Raises:
        BadAnswerError: the entry is no object, or the field is missing or of another kind.
    """
    if not isinstance(item, dict):
        raise BadAnswerError(f"an entry is a {type(item).__name__}, not an object")
    value = item.get(key)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise BadAnswerError(f'an entry without a usable "{key}"')
    return value
