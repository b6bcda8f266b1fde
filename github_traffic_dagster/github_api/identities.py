"""Who repositories are, by name or by id: one request each.

Source: https://docs.github.com/en/rest/repos/repos#get-a-repository; names that were given up lead
to the present one until somebody takes them
(https://docs.github.com/en/repositories/creating-and-managing-repositories/renaming-a-repository).
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from github.Requester import Requester

from github_traffic_dagster.github_api.conversation import Conversation
from github_traffic_dagster.github_api.crew import Crew
from github_traffic_dagster.github_api.lines import Line
from github_traffic_dagster.github_api.outcomes import Outcome
from github_traffic_dagster.github_api.pages import field_of
from github_traffic_dagster.github_api.translation import outcome_of
from github_traffic_dagster.github_api.troubles import TroubleError
from github_traffic_dagster.traffic.answers import Target

Asked = str | int
"""A repository's "owner/name", or its id."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A repository's id and its present name."""

    repo_id: int
    full_name: str


def identify(conversation: Conversation, asked: Sequence[Asked]) -> dict[Asked, Identity | Outcome]:
    """Ask GitHub for each repository, within all limits.

    Args:
        conversation: whoever may see the repository best is asked.
        asked: each once; names are checked by the caller.

    Returns:
        For each who it is, or why that is not known.

    Raises:
        BadTokenError: GitHub refuses the token; at once.
    """
    crew = Crew(lambda one: _identify(conversation, one), asked, conversation.access.workers)
    try:
        with closing(crew.results()) as results:
            return {asked[position]: found for position, found in results}
    except BaseException:
        conversation.cancel()
        raise


def _identify(conversation: Conversation, asked: Asked) -> Identity | Outcome:
    owner = asked.partition("/")[0] if isinstance(asked, str) else ""
    lines = conversation.lines_to(owner) or conversation.lines
    outcome = None
    for line in lines:
        found = _ask(line, asked)
        if isinstance(found, Identity):
            return found
        outcome = outcome or found
    if outcome is None:
        why = conversation.why_not(owner)
        return Outcome(0, str(asked), why.reason, why.text)
    return outcome


def _ask(line: Line, asked: Asked) -> Identity | Outcome:
    path = f"/repos/{asked}" if isinstance(asked, str) else f"/repositories/{asked}"

    def look_up(requester: Requester) -> Any:
        return requester.requestJsonAndCheck("GET", path)[1]

    try:
        found = line.session.call(look_up)
        return Identity(field_of(found, "id", int), field_of(found, "full_name", str))
    except TroubleError as trouble:
        now = line.session.now()
        return outcome_of(Target(0, str(asked), created_at=now, listed_at=now), trouble)
