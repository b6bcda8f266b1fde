"""What GitHub said about one repository: the value that `github_api` hands to the rules.

Sources: https://docs.github.com/en/rest/metrics/traffic (page views, repository clones, top
referral sources, top referral paths) and https://docs.github.com/en/rest/releases/releases.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Metric(StrEnum):
    """The two series GitHub keeps for two weeks; also the name of the list in its answer."""

    VIEWS = "views"
    CLONES = "clones"


class Snapshot(StrEnum):
    """What GitHub shows only as it is today; the names are those of the setting."""

    REFERRERS = "referrers"
    PATHS = "paths"
    RELEASES = "releases"


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository as it was listed.

    Attributes:
        repo_id: GitHub's numeric id; survives renames and transfers.
        full_name: "owner/name" at the time of the listing.
        traffic_access: whether GitHub says that the token may push, which reading traffic needs.
        created_at: when it came to be (UTC); it can have no traffic before.
        observed_at: when GitHub answered the listing (UTC, GitHub's own clock).
    """

    repo_id: int
    full_name: str
    private: bool
    fork: bool
    archived: bool
    traffic_access: bool
    created_at: datetime
    stargazers: int
    forks: int
    open_issues: int
    observed_at: datetime

    @property
    def owner(self) -> str:
        """The account's login, left of the slash."""
        return self.full_name.partition("/")[0]

    @property
    def name(self) -> str:
        """The repository's own name, right of the slash."""
        return self.full_name.partition("/")[2]


@dataclass(frozen=True, slots=True)
class DayEntry:
    """One day of an answer: `count` and `uniques` are people-visible totals, never negative."""

    day: date
    count: int
    uniques: int


@dataclass(frozen=True, slots=True)
class WindowTotals:
    """What an answer says of its window as a whole; the uniques of its days don't add up to it."""

    count: int
    uniques: int


@dataclass(frozen=True, slots=True)
class WindowAnswer:
    """One valid answer of `GET /repos/{owner}/{repo}/traffic/{views,clones}?per=day`.

    Attributes:
        repo_id: the repository's numeric id.
        full_name: the name under which it was asked for.
        created_at: the repository's creation (UTC): days before it are not zeros.
        observed_at: GitHub's `Date` header (UTC). The window is judged by GitHub's clock.
        entries: the days GitHub named, each once, oldest first; days without traffic are absent.
        totals: of the window.
    """

    repo_id: int
    full_name: str
    created_at: datetime
    observed_at: datetime
    entries: tuple[DayEntry, ...]
    totals: WindowTotals


@dataclass(frozen=True, slots=True)
class ReferrerEntry:
    """A site that visitors came from, with its views and unique visitors of two weeks."""

    referrer: str
    count: int
    uniques: int


@dataclass(frozen=True, slots=True)
class PathEntry:
    """A page of the repository, with its views and unique visitors of two weeks.

    Attributes:
        path: as GitHub gave it: "/owner/name/...", by the name it had when it was visited.
    """

    path: str
    title: str
    count: int
    uniques: int


@dataclass(frozen=True, slots=True)
class AssetEntry:
    """A file of a release, or a release without files: then the last three are None.

    Attributes:
        published_at: of the release (UTC); None for a draft.
        downloads: since it was uploaded.
    """

    release_id: int
    tag: str
    published_at: datetime | None
    asset_id: int | None
    asset_name: str | None
    downloads: int | None


SnapshotEntry = ReferrerEntry | PathEntry | AssetEntry


@dataclass(frozen=True, slots=True)
class SnapshotAnswer:
    """What one look at a repository showed, all entries of one kind, in GitHub's order.

    Attributes:
        full_name: the name under which it was asked for.
        observed_at: GitHub's `Date` header (UTC); of several pages, the first one's.
    """

    repo_id: int
    full_name: str
    observed_at: datetime
    entries: tuple[SnapshotEntry, ...]


@dataclass(frozen=True, slots=True)
class Target:
    """A repository whose window is to be asked for.

    Attributes:
        listed_at: when `full_name` was last seen to belong to `repo_id` (UTC). An old name may
            have been given to another repository since.
    """

    repo_id: int
    full_name: str
    created_at: datetime
    listed_at: datetime
