"""Believe what GitHub shows of a repository's popularity only when it is possible. Pure.

Sources: https://docs.github.com/en/rest/metrics/traffic and
https://docs.github.com/en/rest/releases/releases#list-releases
"""

from collections.abc import Iterator
from typing import Any

from github_traffic_dagster.github_api.pages import field_of
from github_traffic_dagster.github_api.troubles import BadAnswerError
from github_traffic_dagster.github_api.validation import figure, moment_of
from github_traffic_dagster.traffic.answers import AssetEntry, PathEntry, ReferrerEntry


def parse_referrers(payload: Any) -> list[ReferrerEntry]:
    """The sites of an answer, in its order.

    Raises:
        BadAnswerError: says what is impossible about the answer.
    """
    found = []
    for item in _listed(payload):
        site = field_of(item, "referrer", str)
        found.append(
            ReferrerEntry(site, figure(item, "count", site), figure(item, "uniques", site))
        )
    return found


def parse_paths(payload: Any) -> list[PathEntry]:
    """The pages of an answer, in its order.

    Raises:
        BadAnswerError: says what is impossible about the answer.
    """
    found = []
    for item in _listed(payload):
        path, title = field_of(item, "path", str), field_of(item, "title", str)
        count, uniques = figure(item, "count", path), figure(item, "uniques", path)
        found.append(PathEntry(path, title, count, uniques))
    return found


def parse_release(item: Any) -> Iterator[AssetEntry]:
    """The files of one entry of the list of releases; one entry in place of none.

    Raises:
        BadAnswerError: says what is impossible about the entry.
    """
    release_id, tag = field_of(item, "id", int), field_of(item, "tag_name", str)
    published_at = moment_of(item, "published_at")
    assets = field_of(item, "assets", list)
    if not assets:
        yield AssetEntry(release_id, tag, published_at, None, None, None)
    for asset in assets:
        name = field_of(asset, "name", str)
        yield AssetEntry(
            release_id=release_id,
            tag=tag,
            published_at=published_at,
            asset_id=field_of(asset, "id", int),
            asset_name=name,
            downloads=figure(asset, "download_count", name),
        )


def _listed(payload: Any) -> list[Any]:
    if not isinstance(payload, list):
        raise BadAnswerError(f"expected a JSON list, got {type(payload).__name__}")
    return payload
