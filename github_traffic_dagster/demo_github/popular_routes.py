"""The answers of `popular`: top referrers, top paths, releases.

Sources: https://docs.github.com/en/rest/metrics/traffic and
https://docs.github.com/en/rest/releases/releases#list-releases
"""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from github_traffic_dagster.demo_github.answers import Answer, Asked
from github_traffic_dagster.demo_github.callers import Caller
from github_traffic_dagster.demo_github.listings import page_of
from github_traffic_dagster.demo_github.popular import Release, ReleaseFile, top_ten
from github_traffic_dagster.demo_github.repository import SimulatedRepository
from github_traffic_dagster.demo_github.representations import timestamp
from github_traffic_dagster.demo_github.world import World

REFERRERS = "/traffic/popular/referrers"
PATHS = "/traffic/popular/paths"
RELEASES = "/releases"


def referrers(world: World, repository: SimulatedRepository) -> Answer:
    """GET .../traffic/popular/referrers, for those who may."""
    found = top_ten(repository.referrers, world.clock.now().astimezone(UTC).date())
    content = [
        {"referrer": one.referrer, "count": one.count, "uniques": one.uniques} for one in found
    ]
    return Answer(HTTPStatus.OK, content)


def paths(world: World, repository: SimulatedRepository) -> Answer:
    """GET .../traffic/popular/paths, for those who may."""
    found = top_ten(repository.paths, world.clock.now().astimezone(UTC).date())
    content = [
        {
            "path": f"/{one.visited_as or repository.full_name}{one.below}",
            "title": one.title,
            "count": one.count,
            "uniques": one.uniques,
        }
        for one in found
    ]
    return Answer(HTTPStatus.OK, content)


def releases(world: World, asked: Asked, caller: Caller, repository: SimulatedRepository) -> Answer:
    """GET .../releases, newest first, for everybody who sees the repository."""
    may_push = caller.may_push(repository)
    listed = [one for one in repository.releases if may_push or not one.draft]
    # A draft has no date, and stands before all others.
    listed.sort(key=lambda one: (one.draft, one.published_at or datetime.max.replace(tzinfo=UTC)))
    shown, headers = page_of(asked, listed[::-1])
    now = world.clock.now()
    content = [_release_json(release, now) for release in shown]
    return Answer(HTTPStatus.OK, content, headers)


def _release_json(release: Release, now: datetime) -> dict[str, Any]:
    published_at = release.published_at
    return {
        "id": release.release_id,
        "tag_name": release.tag,
        "name": release.tag,
        "draft": release.draft,
        "prerelease": False,
        "created_at": timestamp(published_at or now),
        "published_at": timestamp(published_at) if published_at else None,
        "assets": [_asset_json(file, now) for file in release.files],
    }


def _asset_json(file: ReleaseFile, now: datetime) -> dict[str, Any]:
    return {
        "id": file.asset_id,
        "name": file.name,
        "state": "uploaded",
        "content_type": "application/octet-stream",
        "download_count": file.downloads_at(now),
    }
