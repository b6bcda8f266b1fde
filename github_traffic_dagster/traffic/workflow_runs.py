"""What GitHub tells of a repository's workflow runs: runs, their jobs, the jobs' steps.

Sources: https://docs.github.com/en/rest/actions/workflow-runs and
https://docs.github.com/en/rest/actions/workflow-jobs
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

PAGES_PATH: Final = "dynamic/pages/pages-build-deployment"
"""Where GitHub's own Pages builds pretend to have their workflow; no file is there."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a job; GitHub gives its name, and not which action it uses.

    Attributes:
        conclusion: "success", "skipped", ...; None while it runs.
        started_at: None when GitHub does not tell (UTC).
        completed_at: likewise.
    """

    name: str
    conclusion: str | None
    started_at: datetime | None
    completed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Job:
    """One execution of a job.

    Attributes:
        attempt: of its run, from 1.
        hosted: it ran on one of GitHub's own runners, which begin empty every time.
        conclusion: None while it runs.
        started_at: None when it never began (UTC).
        completed_at: None while it runs (UTC).
    """

    name: str
    attempt: int
    hosted: bool
    conclusion: str | None
    started_at: datetime | None
    completed_at: datetime | None
    steps: tuple[Step, ...]

    @property
    def ran(self) -> bool:
        """It began, as far as GitHub tells."""
        return self.started_at is not None and self.conclusion != "skipped"


@dataclass(frozen=True, slots=True)
class WorkflowRun:
    """A run of a workflow.

    Attributes:
        workflow_run_id: GitHub's id of the run; no run of ours.
        path: of the workflow's file; behind an "@" there may be a ref.
        attempt: the latest one, from 1.
        conclusion: None while it runs.
        created_at: when the first attempt was asked for (UTC).
        started_at: when the latest attempt began (UTC).
        updated_at: the last that happened to it (UTC).
    """

    workflow_run_id: int
    path: str
    attempt: int
    conclusion: str | None
    created_at: datetime
    started_at: datetime
    updated_at: datetime

    @property
    def is_pages_build(self) -> bool:
        """GitHub's own build of the repository's Pages site."""
        return self.path.partition("@")[0] == PAGES_PATH


@dataclass(frozen=True, slots=True)
class DayCheckouts:
    """What the workflow runs of a day had to do with clones.

    Attributes:
        workflow_runs: under way on the day.
        workflow_runs_read: those of them whose jobs were read, or need not be.
        jobs: of those, that ran on the day.
        pages_builds: of the runs.
        low: checkouts that surely were one.
        high: as many as there can have been; None when runs were left unread.
    """

    day: date
    workflow_runs: int
    workflow_runs_read: int
    jobs: int
    pages_builds: int
    low: int
    high: int | None


@dataclass(frozen=True, slots=True)
class CheckoutsAnswer:
    """What one look at a repository's workflow runs showed.

    Attributes:
        full_name: the name under which it was asked for.
        observed_at: GitHub's time before the first request (UTC); what came later may be missing.
        days: those that were looked at, each once.
    """

    repo_id: int
    full_name: str
    observed_at: datetime
    days: tuple[DayCheckouts, ...]
