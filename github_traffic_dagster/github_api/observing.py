"""Look at many repositories on one line, each one's trouble its own."""

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from github.Requester import Requester

from github_traffic_dagster.github_api.crew import Crew
from github_traffic_dagster.github_api.outcomes import Outcome
from github_traffic_dagster.github_api.session import GitHubSession
from github_traffic_dagster.github_api.translation import ADMINISTRATION, outcome_of
from github_traffic_dagster.github_api.troubles import (
    BadAnswerError,
    NameReusedError,
    TroubleError,
)
from github_traffic_dagster.traffic.answers import Target

Look = Callable[[Target], Outcome]
"""Asks for one target, whose name was confirmed; raises `TroubleError`."""

_NAME_IS_FRESH_FOR: Final = timedelta(hours=1)


def observe_each(
    session: GitHubSession,
    targets: Sequence[Target],
    look: Look,
    *,
    permission: str = ADMINISTRATION,
) -> Generator[Outcome]:
    """Look at every target, several at once.

    Args:
        session: shared limits and retries.
        targets: in the order of urgency: the first are asked for first.
        look: at one of them, on some thread.
        permission: what a token needs for it.

    Yields:
        One outcome per target, as soon as it is known.

    Raises:
        BadTokenError: at once; what is still open is not asked for.
    """

    def observe(target: Target) -> Outcome:
        try:
            if session.now() - target.listed_at > _NAME_IS_FRESH_FOR:
                target = _confirmed(session, target)
            return look(target)
        except TroubleError as trouble:
            return outcome_of(target, trouble, permission)

    crew = Crew(observe, targets, session.access.workers)
    try:
        with closing(crew.results()) as results:
            yield from (outcome for _, outcome in results)
    except BaseException:
        session.cancel()
        raise


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
