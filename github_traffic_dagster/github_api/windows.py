"""Fetch the two-week windows of many repositories, each one's trouble its own.

Source: https://docs.github.com/en/rest/metrics/traffic
"""

import json
from collections.abc import Callable, Generator, Sequence
from typing import Any, cast

from github.Clones import Clones
from github.Repository import Repository
from github.Requester import Requester
from github.View import View

from github_traffic_dagster.github_api.headers import Headers, read_date
from github_traffic_dagster.github_api.observing import observe_each
from github_traffic_dagster.github_api.outcomes import Outcome, Reason
from github_traffic_dagster.github_api.remembered import Remembered
from github_traffic_dagster.github_api.session import GitHubSession
from github_traffic_dagster.github_api.validation import parse_totals, parse_window
from github_traffic_dagster.traffic.answers import Metric, Target, WindowAnswer

Memory = Callable[[int], Remembered | None]
"""GitHub's latest answer for a repository id, or None."""


def nothing_remembered(_repo_id: int) -> None:
    """The memory of a first run."""


def collect_windows(
    session: GitHubSession,
    targets: Sequence[Target],
    metric: Metric,
    memory: Memory = nothing_remembered,
) -> Generator[Outcome]:
    """Ask for every target's window.

    Args:
        session: shared limits and retries.
        targets: in the order of urgency: the first are asked for first.
        metric: views or clones.
        memory: GitHub's latest answer for a repository id, if it was kept: unchanged windows
            cost nothing of the hourly budget.

    Yields:
        One outcome per target, as soon as it is known.

    Raises:
        BadTokenError: at once; what is still open is not asked for.
    """

    def look(target: Target) -> Outcome:
        answer, latest = _window(session, target, metric, memory(target.repo_id))
        return Outcome(
            target.repo_id, target.full_name, Reason.COLLECTED, answer=answer, latest=latest
        )

    return observe_each(session, targets, look)


def _window(
    session: GitHubSession, target: Target, metric: Metric, remembered: Remembered | None
) -> tuple[WindowAnswer, Remembered | None]:
    """What GitHub answers, and what to remember of it: nothing where it gave no ETag."""

    def fetch(requester: Requester) -> tuple[Any, Headers]:
        # Without headers and attributes the object is lazy: it costs no request of its own.
        repository = Repository(requester, url=f"/repos/{target.full_name}")
        ask = {
            Metric.VIEWS: repository.get_views_traffic,
            Metric.CLONES: repository.get_clones_traffic,
        }[metric]
        traffic = cast("View | Clones", ask(per="day"))  # never None, whatever the hint says
        return traffic.raw_data, cast("Headers", traffic.raw_headers)

    payload, headers = session.call(fetch, remembered)
    observed_at = read_date(headers) or session.now()
    answer = WindowAnswer(
        repo_id=target.repo_id,
        full_name=target.full_name,
        created_at=target.created_at,
        observed_at=observed_at,
        entries=parse_window(payload, metric, observed_at),
        totals=parse_totals(payload),
    )
    etag = headers.get("etag")
    return answer, Remembered(etag, json.dumps(payload, separators=(",", ":"))) if etag else None
