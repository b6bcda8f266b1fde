"""The answers about workflow runs and their jobs.

Sources: https://docs.github.com/en/rest/actions/workflow-runs and
https://docs.github.com/en/rest/actions/workflow-jobs
"""

import re
from datetime import UTC, datetime, time, timedelta
from http import HTTPStatus
from typing import Any, Final

from github_traffic_dagster.demo_github.answers import (
    DOCS,
    Answer,
    Asked,
    not_found,
    refusal,
)
from github_traffic_dagster.demo_github.callers import Caller
from github_traffic_dagster.demo_github.listings import page_of
from github_traffic_dagster.demo_github.repository import SimulatedRepository
from github_traffic_dagster.demo_github.representations import timestamp
from github_traffic_dagster.demo_github.workflows import (
    SimulatedJob,
    SimulatedRun,
    SimulatedStep,
    Workflows,
)
from github_traffic_dagster.demo_github.world import World

PATH: Final = re.compile(r"/actions/runs(/(?P<run_id>\d+)/jobs)?")
_SEARCH_ENDS_AT: Final = 1000
_LONG_BEFORE: Final = timedelta(days=90)
_DOCS: Final = f"{DOCS}/actions"


def workflow_runs(
    world: World,
    asked: Asked,
    caller: Caller,
    repository: SimulatedRepository,
    match: re.Match[str],
) -> Answer:
    """GET .../actions/runs or .../actions/runs/{run_id}/jobs, for those who may read Actions."""
    if _denied(caller, repository):
        bearer = "personal access token" if caller.installation is None else "integration"
        message = f"Resource not accessible by {bearer}"
        needed = {"x-accepted-github-permissions": "actions=read"}
        return refusal(HTTPStatus.FORBIDDEN, message, docs=_DOCS, headers=needed)
    workflows, now = Workflows(repository.workflow_runs), world.clock.now()
    if match["run_id"] is None:
        return _runs(asked, workflows, now)
    run = workflows.numbered(int(match["run_id"]), now)
    return not_found() if run is None else _jobs(asked, run, now)


def _denied(caller: Caller, repository: SimulatedRepository) -> bool:
    """Whether Actions are kept from the caller; those of public repositories are for everybody."""
    if repository.actions_forbidden:
        return True
    installation = caller.installation
    if installation is None or not repository.private:
        return False
    return not installation.covers(repository) or "actions" not in installation.permissions


def _runs(asked: Asked, workflows: Workflows, now: datetime) -> Answer:
    first, last = _span(asked.query.get("created", ""), now)
    found = workflows.created(first, min(last, now))
    shown, headers = page_of(asked, found[:_SEARCH_ENDS_AT])
    content = {
        "total_count": len(found),
        "workflow_runs": [_run_json(run, now) for run in shown],
    }
    return Answer(HTTPStatus.OK, content, headers)


def _jobs(asked: Asked, run: SimulatedRun, now: datetime) -> Answer:
    every = asked.query.get("filter", "latest") == "all"
    jobs = [
        job for job in run.jobs if job.started_at <= now and (every or job.attempt == run.attempt)
    ]
    shown, headers = page_of(asked, jobs)
    content = {"total_count": len(jobs), "jobs": [_job_json(run, job, now) for job in shown]}
    return Answer(HTTPStatus.OK, content, headers)


def _span(created: str, now: datetime) -> tuple[datetime, datetime]:
    """The moments of a search "FIRST..LAST", dates or timestamps; by default all that is kept."""
    if ".." not in created:
        return now - _LONG_BEFORE, now
    first, last = created.split("..")
    end = _moment(last)
    return _moment(first), end if "T" in last else datetime.combine(end, time.max, tzinfo=UTC)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _run_json(run: SimulatedRun, now: datetime) -> dict[str, Any]:
    over = run.completed_at <= now
    return {
        "id": run.run_id,
        "name": run.name,
        "path": run.path,
        "event": run.event,
        "run_attempt": run.attempt,
        "status": "completed" if over else "in_progress",
        "conclusion": run.conclusion if over else None,
        "created_at": timestamp(run.created_at),
        "run_started_at": timestamp(run.started_at),
        "updated_at": timestamp(min(run.completed_at, now)),
    }


def _job_json(run: SimulatedRun, job: SimulatedJob, now: datetime) -> dict[str, Any]:
    over = job.completed_at <= now
    return {
        "id": job.job_id,
        "run_id": run.run_id,
        "run_attempt": job.attempt,
        "name": job.name,
        "status": "completed" if over else "in_progress",
        "conclusion": job.conclusion if over else None,
        "started_at": timestamp(job.started_at),
        "completed_at": timestamp(job.completed_at) if over else None,
        "labels": ["ubuntu-latest"],
        "runner_group_name": job.runner_group,
        "steps": [_step_json(number, step, now) for number, step in enumerate(job.steps, start=1)],
    }


def _step_json(number: int, step: SimulatedStep, now: datetime) -> dict[str, Any]:
    begun, over = step.started_at <= now, step.completed_at <= now
    return {
        "number": number,
        "name": step.name,
        "status": "completed" if over else "in_progress" if begun else "pending",
        "conclusion": step.conclusion if over else None,
        "started_at": timestamp(step.started_at) if begun else None,
        "completed_at": timestamp(step.completed_at) if over else None,
    }
