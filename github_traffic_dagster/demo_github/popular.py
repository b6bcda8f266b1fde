"""What the simulated GitHub shows of a repository only as it is now: top lists and releases.

Sources: https://docs.github.com/en/rest/metrics/traffic (top referral sources, top referral paths)
and https://docs.github.com/en/rest/releases/releases#list-releases.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, TypeVar

TOP: Final = 10


@dataclass(frozen=True, slots=True)
class Referrer:
    """A site that visitors came from in the two weeks before."""

    referrer: str
    count: int
    uniques: int


@dataclass(frozen=True, slots=True)
class PopularPath:
    """A page of the repository, visited in the two weeks before.

    Attributes:
        below: its path without "/owner/name"; empty for the front page.
        visited_as: the "owner/name" it had when it was visited, if that was another.
    """

    below: str
    title: str
    count: int
    uniques: int
    visited_as: str | None = None


@dataclass(frozen=True, slots=True)
class ReleaseFile:
    """A file of a release; its downloads only ever grow, so they may be a function of the time."""

    asset_id: int
    name: str
    downloads: int | Callable[[datetime], int]

    def downloads_at(self, moment: datetime) -> int:
        """How often it has been downloaded by then."""
        return self.downloads(moment) if callable(self.downloads) else self.downloads


@dataclass(frozen=True, slots=True)
class Release:
    """A release; a draft was never published, and is shown to those who may push."""

    release_id: int
    tag: str
    published_at: datetime | None
    files: tuple[ReleaseFile, ...] = ()

    @property
    def draft(self) -> bool:
        """Whether it is one."""
        return self.published_at is None


Visited = TypeVar("Visited", Referrer, PopularPath)

Shown = Sequence[Visited] | Callable[[date], Sequence[Visited]]
"""What is shown, in any order and number; or a function of the day on which it is asked for."""


def top_ten(shown: "Shown[Visited]", today: date) -> list[Visited]:
    """The ten with most views, the most visited first."""
    everything = shown(today) if callable(shown) else shown
    return sorted(everything, key=lambda one: -one.count)[:TOP]
