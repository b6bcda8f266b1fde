"""How many clones of a repository its own workflow runs made on a day: at least, and at most.

What is known (22 days of controlled experiments of 2026 on a private repository,
https://github.com/djdarcy/github-traffic-tracker/blob/main/docs/ci-clone-research.md):
each `actions/checkout` step counted as exactly one clone, in matrix jobs, repeated runs and shallow
ones alike; a run without one counted none; a Pages build counted one, though nobody wrote a
checkout. It is one author's work on GitHub's own runners, and GitHub documents none of it.

What GitHub tells (https://docs.github.com/en/rest/actions/workflow-jobs) is each step's name and
not the action behind it. An unnamed step is called "Run actions/checkout@v4"; a named one by
whatever its author wrote. Hence bounds:

- low counts steps that succeeded on one of GitHub's own runners and are called as an unnamed
  checkout is, or plainly "Checkout", "Check out code" and the like; and Pages builds that
  succeeded.
- high counts every step whose name speaks of a checkout and that may have run; one for each job
  none of whose steps does, as it may have a checkout by another name; and every Pages build.

What happened around midnight may belong to either day: it is in the high of both and in no low.
Beyond both bounds lie a step that is called a checkout and fetches another repository
(`repository:` of actions/checkout), jobs with several checkouts of which some don't say so, and
whatever fetches without a workflow: Codespaces, other CI services.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import polars as pl

from github_traffic_dagster.traffic.automation_tables import WORKFLOW_CHECKOUTS
from github_traffic_dagster.traffic.window import utc_day
from github_traffic_dagster.traffic.workflow_runs import (
    CheckoutsAnswer,
    DayCheckouts,
    Job,
    Step,
    WorkflowRun,
)

SETTLED_AFTER: Final = timedelta(hours=1)
"""So long after a day's end all that its steps did is told."""

_PLAINLY: Final = re.compile(
    r"Run actions/checkout@\S+"
    r"|check ?out( (the|this|our))?( (git ?)?(code|repo|repository|project|sources?|source code))?",
    re.IGNORECASE,
)
_SPEAKS_OF_IT: Final = re.compile(r"check(ing|s)?[ _-]?out", re.IGNORECASE)
_CLEANS_UP: Final = "Post "


def days_to_look_at(
    days: Iterable[date], seen: Mapping[date, datetime], now: datetime
) -> list[date]:
    """The days that have ended and were not looked at since.

    Args:
        days: that are wanted.
        seen: the latest look at each (UTC).
        now: GitHub's present (UTC).
    """
    ended = (day for day in sorted(days) if day <= newest_day(now))
    return [day for day in ended if day not in seen or seen[day] < settled_from(day)]


def newest_day(now: datetime) -> date:
    """The newest day (UTC) of which a look can be final."""
    return utc_day(now - SETTLED_AFTER) - timedelta(days=1)


def settled_from(day: date) -> datetime:
    """The moment (UTC) from which a look at the day's workflow runs is final."""
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=UTC) + SETTLED_AFTER


def days_touched(run: WorkflowRun) -> tuple[date, date]:
    """The first and the last day (UTC) on which a run may have done something."""
    return utc_day(run.created_at), utc_day(max(run.updated_at, run.started_at))


def is_under_way(run: WorkflowRun, day: date) -> bool:
    """Whether the run may have done something on the day."""
    first, last = days_touched(run)
    return first <= day <= last or (run.conclusion is None and first <= day)


def checkouts_of(
    days: Iterable[date], runs: Sequence[WorkflowRun], jobs: Mapping[int, Sequence[Job]]
) -> tuple[DayCheckouts, ...]:
    """Count the checkouts of each day.

    Args:
        days: each once.
        runs: all that may have been under way on one of them, each once.
        jobs: those of the runs that were read, of all attempts, by the run's id; Pages builds
            need none.
    """
    found = {run.workflow_run_id: list(_clones(run, jobs)) for run in runs if _is_read(run, jobs)}
    return tuple(_on_day(day, runs, jobs, found) for day in days)


def checkouts_frame(answers: Iterable[CheckoutsAnswer], *, run_id: str) -> pl.DataFrame:
    """A row for each repository and day that was looked at.

    Returns:
        The columns of `raw_workflow_checkouts`, sorted by repository and day.
    """
    rows = [
        (
            answer.repo_id,
            answer.full_name,
            day.day,
            day.workflow_runs,
            day.workflow_runs_read,
            day.jobs,
            day.pages_builds,
            day.low,
            day.high,
            answer.observed_at,
            run_id,
        )
        for answer in answers
        for day in answer.days
    ]
    frame = pl.DataFrame(rows, schema=WORKFLOW_CHECKOUTS.schema, orient="row")
    return frame.sort("repo_id", "day")


@dataclass(frozen=True, slots=True)
class _Clone:
    """A clone that surely or perhaps was made, between two days."""

    first: date
    last: date
    sure: bool
    times: int = 1


def _on_day(
    day: date,
    runs: Sequence[WorkflowRun],
    jobs: Mapping[int, Sequence[Job]],
    clones: Mapping[int, Sequence[_Clone]],
) -> DayCheckouts:
    under_way = [run for run in runs if is_under_way(run, day)]
    read = [run for run in under_way if _is_read(run, jobs)]
    possible = [
        clone
        for run in read
        for clone in clones[run.workflow_run_id]
        if clone.first <= day <= clone.last
    ]
    ran = (job for run in read for job in _each_once(jobs.get(run.workflow_run_id, ())))
    return DayCheckouts(
        day=day,
        workflow_runs=len(under_way),
        workflow_runs_read=len(read),
        jobs=sum(_job_touches(job, day) for job in ran),
        pages_builds=sum(run.is_pages_build for run in under_way),
        low=sum(clone.times for clone in possible if clone.sure and clone.first == clone.last),
        high=sum(clone.times for clone in possible) if len(read) == len(under_way) else None,
    )


def _is_read(run: WorkflowRun, jobs: Mapping[int, Sequence[Job]]) -> bool:
    return run.is_pages_build or run.workflow_run_id in jobs


def _clones(run: WorkflowRun, jobs: Mapping[int, Sequence[Job]]) -> Iterator[_Clone]:
    if run.is_pages_build:
        first, last = days_touched(run)
        once = run.attempt == 1
        yield _Clone(first, last, once and run.conclusion == "success", run.attempt)
        return
    for job in _each_once(jobs[run.workflow_run_id]):
        if job.ran:
            yield from _clones_of_job(job)


def _clones_of_job(job: Job) -> Iterator[_Clone]:
    checkouts = [step for step in job.steps if _speaks_of_checkout(step)]
    if not checkouts:
        yield _Clone(*_span(job, job), sure=False)
    for step in checkouts:
        if step.conclusion != "cancelled" or step.started_at is not None:
            plainly = _PLAINLY.fullmatch(step.name) is not None
            sure = plainly and job.hosted and step.conclusion == "success"
            yield _Clone(*_span(step, job), sure=sure)


def _speaks_of_checkout(step: Step) -> bool:
    return (
        not step.name.startswith(_CLEANS_UP)
        and _SPEAKS_OF_IT.search(step.name) is not None
        and step.conclusion != "skipped"
    )


def _span(part: Step | Job, job: Job) -> tuple[date, date]:
    """The days between which something happened; what is under way may go on for ever."""
    first = part.started_at or job.started_at
    last = part.completed_at or job.completed_at
    if first is None:
        return date.max, date.min
    return utc_day(first), utc_day(max(first, last)) if last else date.max


def _job_touches(job: Job, day: date) -> bool:
    if not job.ran:
        return False
    first, last = _span(job, job)
    return first <= day <= last


def _each_once(jobs: Iterable[Job]) -> Iterator[Job]:
    """Without the copies of jobs that a later attempt did not repeat.

    An execution is known by name and times. Two of one attempt may share them, as matrices do.
    """
    seen: dict[tuple[str, datetime | None, datetime | None], int] = {}
    for job in sorted(jobs, key=lambda job: job.attempt):
        key = job.name, job.started_at, job.completed_at
        if seen.setdefault(key, job.attempt) == job.attempt:
            yield job
