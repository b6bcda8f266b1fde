"""Fetch the workflow runs of many repositories, and the jobs of those that did something.

Sources: https://docs.github.com/en/rest/actions/workflow-runs (a search by `created` answers 1,000
results at most) and https://docs.github.com/en/rest/actions/workflow-jobs (`filter=all`:
those of all attempts). Both need "Actions: read" on private repositories.

A request for a page of runs, and one for the jobs of each run that was under way on a day asked
for; nothing is asked for runs all of whose jobs were skipped, nor for GitHub's Pages builds.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from http import HTTPStatus
from itertools import islice
from typing import Any, Final

from github_traffic_dagster.github_api.conversation import Conversation
from github_traffic_dagster.github_api.observing import observe_each
from github_traffic_dagster.github_api.outcomes import Outcome, Reason
from github_traffic_dagster.github_api.pages import read_pages
from github_traffic_dagster.github_api.routing import Arrange, as_given, collect_over
from github_traffic_dagster.github_api.session import GitHubSession
from github_traffic_dagster.github_api.troubles import RefusedError
from github_traffic_dagster.github_api.workflow_validation import parse_job, parse_run
from github_traffic_dagster.traffic.answers import Target
from github_traffic_dagster.traffic.window import utc_day
from github_traffic_dagster.traffic.workflow_checkouts import checkouts_of, is_under_way
from github_traffic_dagster.traffic.workflow_runs import CheckoutsAnswer, Job, WorkflowRun

ACTIONS: Final = "Actions: read"

MOST_RUNS_READ: Final = 500
"""Of a repository and look: its other runs are counted, and their days have no upper limit."""

_STARTED_BEFORE: Final = timedelta(days=3)
"""So long before a day a run may have begun that still does something on it; later repetitions of
older runs are not seen."""
_SEARCH_ENDS_AT: Final = 1000
_SECOND: Final = timedelta(seconds=1)
_WITHOUT_JOBS: Final = frozenset({"skipped", "action_required", "startup_failure"})

DaysWanted = Callable[[Target, datetime], Sequence[date]]
"""The days of a repository to look at, at a moment (UTC, GitHub's clock); on some thread."""


def collect_checkouts(
    conversation: Conversation,
    targets: Sequence[Target],
    days_wanted: DaysWanted,
    *,
    arrange: Arrange = as_given,
    most_runs: int = MOST_RUNS_READ,
) -> Generator[Outcome]:
    """Count what the workflow runs of every target checked out.

    Args:
        conversation: its lines share nothing but the clock.
        targets: each once.
        days_wanted: of each; where there are none, nothing is asked.
        arrange: called for each line with what it is to be asked for, before it is.
        most_runs: whose jobs are read, of each repository.

    Yields:
        One outcome per target, as soon as it is known; its `checkouts` is set when collected.

    Raises:
        BadTokenError: the token is refused and there is nothing else; at once.
    """

    def ask(session: GitHubSession, given: Sequence[Target]) -> Generator[Outcome]:
        def look(target: Target) -> Outcome:
            answer = _look(session, target, days_wanted, most_runs)
            return Outcome(target.repo_id, target.full_name, Reason.COLLECTED, checkouts=answer)

        return observe_each(session, given, look, permission=ACTIONS)

    return collect_over(conversation, targets, ask, arrange=arrange)


def _look(
    session: GitHubSession, target: Target, days_wanted: DaysWanted, most_runs: int
) -> CheckoutsAnswer:
    # Before anything is asked: what happens meanwhile may be missing.
    observed_at = session.now()
    born = utc_day(target.created_at)
    days = [day for day in days_wanted(target, observed_at) if day >= born]
    runs: list[WorkflowRun] = []
    if days:
        first = datetime.combine(min(days), time.min, tzinfo=UTC) - _STARTED_BEFORE
        last = datetime.combine(max(days), time.max, tzinfo=UTC).replace(microsecond=0)
        found = _runs(session, target, first, last)
        runs = [run for run in found if any(is_under_way(run, day) for day in days)]
    jobs = dict(_jobs(session, target, runs, most_runs))
    counted = checkouts_of(days, runs, jobs)
    return CheckoutsAnswer(target.repo_id, target.full_name, observed_at, counted)


def _runs(
    session: GitHubSession, target: Target, first: datetime, last: datetime
) -> list[WorkflowRun]:
    """The runs created between two moments, each once; halved where there are too many to list."""
    span = f"{_iso(first)}..{_iso(last)}"
    path = f"/repos/{target.full_name}/actions/runs"
    pages = read_pages(session, path, f"created={span}", entries="workflow_runs")
    found = {run.workflow_run_id: run for run in (parse_run(item) for item, _ in pages)}
    if len(found) < _SEARCH_ENDS_AT or last - first < 2 * _SECOND:
        return list(found.values())
    middle = (first + (last - first) / 2).replace(microsecond=0)
    halves = _runs(session, target, first, middle), _runs(session, target, middle + _SECOND, last)
    return [run for half in halves for run in half]


def _jobs(
    session: GitHubSession, target: Target, runs: Sequence[WorkflowRun], most_runs: int
) -> Iterator[tuple[int, list[Job]]]:
    """The jobs of the runs that have any, of the oldest first, as far as it goes."""
    to_read = []
    for run in sorted(runs, key=lambda run: run.created_at):
        if run.attempt == 1 and run.conclusion in _WITHOUT_JOBS:
            yield run.workflow_run_id, []
        elif not run.is_pages_build:
            to_read.append(run)
    for run in islice(to_read, most_runs):
        path = f"/repos/{target.full_name}/actions/runs/{run.workflow_run_id}/jobs"
        try:
            listed: list[Any] = [item for item, _ in _all_attempts(session, path)]
        except RefusedError as refusal:
            if refusal.status != HTTPStatus.NOT_FOUND:
                raise
            continue  # deleted meanwhile: it was there, and nobody knows what it did
        yield run.workflow_run_id, [parse_job(item) for item in listed]


def _all_attempts(session: GitHubSession, path: str) -> Iterator[tuple[Any, datetime]]:
    return read_pages(session, path, "filter=all", entries="jobs")


def _iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
