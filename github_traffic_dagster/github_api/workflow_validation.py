"""Believe what GitHub tells of workflow runs and jobs only when it is possible. Pure.

Sources: https://docs.github.com/en/rest/actions/workflow-runs and
https://docs.github.com/en/rest/actions/workflow-jobs
"""

from datetime import datetime
from typing import Any, Final

from github_traffic_dagster.github_api.pages import field_of
from github_traffic_dagster.github_api.troubles import BadAnswerError
from github_traffic_dagster.github_api.validation import moment_of
from github_traffic_dagster.traffic.workflow_runs import Job, Step, WorkflowRun

_GITHUBS_RUNNERS: Final = "GitHub Actions"
"""The group of GitHub's own runners, as jobs name it; servers of one's own have others."""


def parse_run(item: Any) -> WorkflowRun:
    """An entry of the list of workflow runs.

    Raises:
        BadAnswerError: says what is impossible about the entry.
    """
    run_id = field_of(item, "id", int)
    created_at = _told(item, "created_at")
    return WorkflowRun(
        workflow_run_id=run_id,
        # Runs of ruleset workflows may have none.
        path=_text(item, "path") or "",
        attempt=field_of(item, "run_attempt", int),
        conclusion=_text(item, "conclusion"),
        created_at=created_at,
        started_at=moment_of(item, "run_started_at") or created_at,
        updated_at=_told(item, "updated_at"),
    )


def parse_job(item: Any) -> Job:
    """An entry of the list of a run's jobs.

    Raises:
        BadAnswerError: says what is impossible about the entry.
    """
    return Job(
        name=field_of(item, "name", str),
        attempt=field_of(item, "run_attempt", int),
        hosted=item.get("runner_group_name") == _GITHUBS_RUNNERS,
        conclusion=_text(item, "conclusion"),
        started_at=moment_of(item, "started_at"),
        completed_at=moment_of(item, "completed_at"),
        # A job that waits for a runner has none yet.
        steps=tuple(_step(step) for step in item.get("steps") or ()),
    )


def _step(item: Any) -> Step:
    name = field_of(item, "name", str)
    return Step(
        name=name,
        conclusion=_text(item, "conclusion"),
        started_at=moment_of(item, "started_at"),
        completed_at=moment_of(item, "completed_at"),
    )


def _told(item: Any, key: str) -> datetime:
    moment = moment_of(item, key)
    if moment is None:
        raise BadAnswerError(f'a workflow run without "{key}"')
    return moment


def _text(item: Any, key: str) -> str | None:
    return None if item.get(key) is None else str(field_of(item, key, str))
