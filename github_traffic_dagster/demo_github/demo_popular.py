"""What the demo's repositories show only today, as a function of repository and day."""

import hashlib
import math
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from github_traffic_dagster.demo_github.popular import (
    PopularPath,
    Referrer,
    Release,
    ReleaseFile,
)
from github_traffic_dagster.demo_github.rhythm import RELEASE_EVERY, days_since_release

_WINDOW_DAYS: Final = 14
_RELEASES: Final = 8
_FIRST_RELEASE: Final = date(2025, 1, 1)
_DAY: Final = timedelta(days=1)

_SITES: Final = (
    "Google",
    "github.com",
    "news.ycombinator.com",
    "reddit.com",
    "stackoverflow.com",
    "docs.python.org",
    "duckduckgo.com",
    "lobste.rs",
    "Bing",
    "linkedin.com",
    "dev.to",
)
_PAGES: Final = (
    ("", "{name}"),
    ("/blob/main/README.md", "{name}/README.md at main"),
    ("/releases", "Releases · {name}"),
    ("/issues", "Issues · {name}"),
    ("/tree/main/src", "{name}/src at main"),
    ("/wiki", "Home · {name} Wiki"),
    ("/pulls", "Pull requests · {name}"),
    ("/blob/main/CHANGELOG.md", "{name}/CHANGELOG.md at main"),
    ("/actions", "Workflow runs · {name}"),
    ("/network/dependents", "Dependents · {name}"),
    ("/stargazers", "Stargazers · {name}"),
)


def referrers_of(full_name: str, views: float) -> Callable[[date], list[Referrer]]:
    """The sites that visitors came from, for a repository with so many views a day."""

    def on(day: date) -> list[Referrer]:
        shares = _shares(f"{full_name}/referrers", len(_SITES), views * 0.6, day)
        return [Referrer(site, *seen) for site, seen in zip(_SITES, shares, strict=True) if seen[0]]

    return on


def paths_of(full_name: str, views: float) -> Callable[[date], list[PopularPath]]:
    """The pages they saw, likewise."""

    def on(day: date) -> list[PopularPath]:
        shares = _shares(f"{full_name}/paths", len(_PAGES), views, day)
        return [
            PopularPath(below, title.format(name=full_name), *seen)
            for (below, title), seen in zip(_PAGES, shares, strict=True)
            if seen[0]
        ]

    return on


def releases_of(repo_id: int, now: datetime) -> tuple[Release, ...]:
    """The last releases before `now`, on the Wednesdays that the views know of."""
    today = now.astimezone(UTC).date()
    newest = today - days_since_release(today) * _DAY
    days = (newest - number * RELEASE_EVERY * _DAY for number in range(_RELEASES))
    return tuple(_release(repo_id, day) for day in days)


def _release(repo_id: int, day: date) -> Release:
    number = (day - _FIRST_RELEASE).days // RELEASE_EVERY
    published_at = datetime.combine(day, time.min, tzinfo=UTC)
    release_id = repo_id * 1000 + number
    files = tuple(
        ReleaseFile(
            release_id * 10 + place, f"tool-1.{number}.{ending}", _downloads(published_at, at)
        )
        for place, (ending, at) in enumerate({"tar.gz": 60, "whl": 400}.items())
    )
    return Release(release_id, f"v1.{number}", published_at, files)


def _downloads(published_at: datetime, soon: int) -> Callable[[datetime], int]:
    """Many in the first days, a few for ever after."""

    def by(moment: datetime) -> int:
        days = max((moment - published_at) / _DAY, 0.0)
        return math.floor(soon * (1 - math.pow(0.7, days)) + days * soon / 100)

    return by


def _shares(seed: str, places: int, views: float, day: date) -> Iterator[tuple[int, int]]:
    """Views and unique visitors of two weeks by place, the later ones fewer."""
    for place in range(places):
        digest = hashlib.sha256(f"{seed}/{place}/{day.isoformat()}".encode()).digest()
        swing = 0.7 + 0.6 * int.from_bytes(digest[:4], "big") / 2**32
        count = math.floor(views * _WINDOW_DAYS * 0.35 * swing / (place + 1) ** 1.2)
        yield count, min(count, max(1, round(count * 0.4)))
