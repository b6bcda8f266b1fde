"""Fetch what GitHub shows only today: top referrers, popular pages, downloads of releases.

Sources: https://docs.github.com/en/rest/metrics/traffic (top referral sources and paths: the ten
best of the last 14 days) and https://docs.github.com/en/rest/releases/releases#list-releases.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

from github.Requester import Requester

from github_traffic_dagster.github_api.conversation import Conversation
from github_traffic_dagster.github_api.headers import Headers, read_date
from github_traffic_dagster.github_api.observing import observe_each
from github_traffic_dagster.github_api.outcomes import Outcome, Reason
from github_traffic_dagster.github_api.pages import read_pages
from github_traffic_dagster.github_api.routing import Arrange, as_given, collect_over
from github_traffic_dagster.github_api.session import GitHubSession
from github_traffic_dagster.github_api.snapshot_validation import (
    parse_paths,
    parse_referrers,
    parse_release,
)
from github_traffic_dagster.github_api.translation import ADMINISTRATION
from github_traffic_dagster.traffic.answers import (
    AssetEntry,
    Snapshot,
    SnapshotAnswer,
    SnapshotEntry,
    Target,
)

CONTENTS: Final = "Contents: read"

_POPULAR: Final[Mapping[Snapshot, Callable[[Any], Sequence[SnapshotEntry]]]] = {
    Snapshot.REFERRERS: parse_referrers,
    Snapshot.PATHS: parse_paths,
}


def collect_snapshots(
    conversation: Conversation,
    targets: Sequence[Target],
    kind: Snapshot,
    *,
    arrange: Arrange = as_given,
) -> Generator[Outcome]:
    """Ask for one kind of snapshot of every target: a request each, of releases one a hundred.

    Args:
        conversation: its lines share nothing but the clock.
        targets: each once.
        kind: what to ask for.
        arrange: called for each line with what it is to be asked for, before it is.

    Yields:
        One outcome per target, as soon as it is known; its `snapshot` is set when collected.

    Raises:
        BadTokenError: the token is refused and there is nothing else; at once.
    """

    def ask(session: GitHubSession, given: Sequence[Target]) -> Generator[Outcome]:
        needed = CONTENTS if kind is Snapshot.RELEASES else ADMINISTRATION
        return observe_each(session, given, partial(_look, session, kind), permission=needed)

    return collect_over(conversation, targets, ask, arrange=arrange)


def _look(session: GitHubSession, kind: Snapshot, target: Target) -> Outcome:
    if kind is Snapshot.RELEASES:
        entries, observed_at = _downloads(session, target)
    else:
        entries, observed_at = _popular(session, kind, target)
    answer = SnapshotAnswer(target.repo_id, target.full_name, observed_at, tuple(entries))
    return Outcome(target.repo_id, target.full_name, Reason.COLLECTED, snapshot=answer)


def _popular(
    session: GitHubSession, kind: Snapshot, target: Target
) -> tuple[Sequence[SnapshotEntry], datetime]:
    def fetch(requester: Requester) -> tuple[Headers, Any]:
        path = f"/repos/{target.full_name}/traffic/popular/{kind.value}"
        return requester.requestJsonAndCheck("GET", path)

    headers, payload = session.call(fetch)
    return _POPULAR[kind](payload), read_date(headers) or session.now()


def _downloads(session: GitHubSession, target: Target) -> tuple[Sequence[SnapshotEntry], datetime]:
    """Every file of every release, each once, also when the pages shifted meanwhile."""
    found: dict[tuple[int, int | None], AssetEntry] = {}
    first_page: datetime | None = None
    for item, moment in read_pages(session, f"/repos/{target.full_name}/releases"):
        first_page = first_page or moment
        for entry in parse_release(item):
            found.setdefault((entry.release_id, entry.asset_id), entry)
    return list(found.values()), first_page or session.now()
