"""Workflow runs of the simulated GitHub, with the truth about the clones that they made.

Sources: https://docs.github.com/en/rest/actions/workflow-runs,
https://docs.github.com/en/rest/actions/workflow-jobs and, for what counts as a clone,
https://github.com/djdarcy/github-traffic-tracker/blob/main/docs/ci-clone-research.md
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

_KEPT_DAYS: Final = 90
"""So long GitHub keeps the runs of public repositories."""
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SimulatedStep:
    """A step of a job.

    Attributes:
        clones: how often it cloned its repository, which GitHub does not tell.
    """

    name: str
    started_at: datetime
    completed_at: datetime
    conclusion: str = "success"
    clones: int = 0


@dataclass(frozen=True, slots=True)
class SimulatedJob:
    """One execution of a job.

    Attributes:
        attempt: of its run.
        runner_group: GitHub's own runners are in "GitHub Actions".
    """

    job_id: int
    name: str
    steps: tuple[SimulatedStep, ...]
    attempt: int = 1
    conclusion: str = "success"
    runner_group: str = "GitHub Actions"

    @property
    def started_at(self) -> datetime:
        """With its first step."""
        return self.steps[0].started_at

    @property
    def completed_at(self) -> datetime:
        """With its last step."""
        return self.steps[-1].completed_at


@dataclass(frozen=True, slots=True)
class SimulatedRun:
    """A workflow run. It has a job at least."""

    run_id: int
    name: str
    path: str
    event: str
    created_at: datetime
    jobs: tuple[SimulatedJob, ...]
    conclusion: str = "success"

    @property
    def attempt(self) -> int:
        """The latest one."""
        return max(job.attempt for job in self.jobs)

    @property
    def started_at(self) -> datetime:
        """When the latest attempt began."""
        if self.attempt == 1:
            return self.created_at
        return min(job.started_at for job in self.jobs if job.attempt == self.attempt)

    @property
    def completed_at(self) -> datetime:
        """When its last job had ended."""
        return max(job.completed_at for job in self.jobs)

    def clones_on(self, day: date) -> int:
        """The truth: how often it cloned its repository on a day; GitHub counts when it begins."""
        steps = (step for job in self.jobs for step in job.steps)
        return sum(step.clones for step in steps if step.started_at.date() == day)


RunsOfDay = Callable[[date], Sequence[SimulatedRun]]


@dataclass(frozen=True)
class Workflows:
    """The runs of a repository, as a list or as a function of the day (UTC) they were created on.

    A function must give the same runs whenever it is called.
    """

    source: Sequence[SimulatedRun] | RunsOfDay = ()

    def created(self, first: datetime, last: datetime) -> list[SimulatedRun]:
        """The runs created between two moments, both included, newest first."""
        found = [run for run in self._around(first, last) if first <= run.created_at <= last]
        return sorted(found, key=lambda run: (run.created_at, run.run_id), reverse=True)

    def numbered(self, run_id: int, now: datetime) -> SimulatedRun | None:
        """The run with this id, if GitHub still has it."""
        kept = self.created(now - _KEPT_DAYS * _DAY, now)
        return next((run for run in kept if run.run_id == run_id), None)

    def clones_on(self, day: date) -> int:
        """The truth: clones that runs made on a day; of a function, runs of at most two days."""
        runs = self.source
        if callable(runs):
            runs = [*runs(day - _DAY), *runs(day)]
        return sum(run.clones_on(day) for run in runs)

    def _around(self, first: datetime, last: datetime) -> Iterator[SimulatedRun]:
        if not callable(self.source):
            yield from self.source
            return
        for ahead in range((last.date() - first.date()).days + 1):
            yield from self.source(first.date() + ahead * _DAY)
