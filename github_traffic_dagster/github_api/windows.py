"""Fetch the two-week windows of many repositories, each one's trouble its own.

Source: https://docs.github.com/en/rest/metrics/traffic
"""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

from github.Clones import Clones
from github.Repository import Repository
from github.Requester import Requester
from github.View import View

from github_traffic_dagster.github_api.crew import Crew
from github_traffic_dagster.github_api.headers import Headers, read_date
from github_traffic_dagster.github_api.outcomes import Outcome, Reason
from github_traffic_dagster.github_api.session import GitHubSession
from github_traffic_dagster.github_api.translation import outcome_of
from github_traffic_dagster.github_api.troubles import (
    BadAnswerError,
    NameReusedError,
    TroubleError,
)
from github_traffic_dagster.github_api.validation import parse_window
from github_traffic_dagster.traffic.answers import Metric, Target, WindowAnswer

_NAME_IS_FRESH_FOR = timedelta(hours=1)


def collect_windows(
    session: GitHubSession,
    targets: Sequence[Target],
    metric: Metric,
    on_outcome: Callable[[Outcome], None] | None = None,
) -> list[Outcome]:
    """Ask for every target's window.

    Args:
        session: shared limits and retries.
        targets: in the order of urgency: the first are asked for first.
        metric: views or clones.
        on_outcome: hears each outcome as soon as it is known, on the caller's thread.

    Returns:
        One outcome per target, in the order of the targets.

    Raises:
        BadTokenError: at once; what is still open is not asked for.
    """
    crew = Crew(lambda target: _observe(session, target, metric), targets, session.access.workers)
    outcomes: dict[int, Outcome] = {}
    try:
        with closing(crew.results()) as results:
            for position, outcome in results:
                outcomes[position] = outcome
                if on_outcome is not None:
                    on_outcome(outcome)
    except BaseException:
        session.cancel()
        raise
    return [outcomes[position] for position in range(len(targets))]


def _observe(session: GitHubSession, target: Target, metric: Metric) -> Outcome:
    try:
        if session.now() - target.listed_at > _NAME_IS_FRESH_FOR:
            target = _confirmed(session, target)
        answer = _window(session, target, metric)
    except TroubleError as trouble:
        return outcome_of(target, trouble)
    return Outcome(target.repo_id, target.full_name, Reason.COLLECTED, answer=answer)


def _confirmed(session: GitHubSession, target: Target) -> Target:
    """The target under its present name; GitHub redirects old names until somebody takes them.

    https://docs.github.com/en/repositories/creating-and-managing-repositories/renaming-a-repository
    """

    def look_up(requester: Requester) -> Any:
        return requester.requestJsonAndCheck("GET", f"/repos/{target.full_name}")[1]

    found = session.call(look_up)
    if not isinstance(found, dict):
        raise BadAnswerError("the repository is not a JSON object")
    repo_id, full_name = found.get("id"), found.get("full_name")
    if not isinstance(repo_id, int) or not isinstance(full_name, str):
        raise BadAnswerError("the repository has no id or no full_name")
    if repo_id != target.repo_id:
        raise NameReusedError(
            f"{target.full_name} was repository {target.repo_id} and is {repo_id} by now"
        )
    return replace(target, full_name=full_name)


def _window(session: GitHubSession, target: Target, metric: Metric) -> WindowAnswer:
    def fetch(requester: Requester) -> tuple[Any, Headers]:
        # Without headers and attributes the object is lazy: it costs no request of its own.
        repository = Repository(requester, url=f"/repos/{target.full_name}")
        ask = {
            Metric.VIEWS: repository.get_views_traffic,
            Metric.CLONES: repository.get_clones_traffic,
        }[metric]
        traffic = cast("View | Clones", ask(per="day"))  # never None, whatever the hint says
        return traffic.raw_data, cast("Headers", traffic.raw_headers)

    payload, headers = session.call(fetch)
    observed_at = read_date(headers) or session.now()
    return WindowAnswer(
        repo_id=target.repo_id,
        full_name=target.full_name,
        created_at=target.created_at,
        observed_at=observed_at,
        entries=parse_window(payload, metric, observed_at),
    )
