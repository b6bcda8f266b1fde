"""The workflow runs of the demo's repositories, as a function of repository and day."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final

from github_traffic_dagster.demo_github.repository import DayTotals
from github_traffic_dagster.demo_github.rhythm import Rhythm
from github_traffic_dagster.demo_github.workflows import (
    RunsOfDay,
    SimulatedJob,
    SimulatedRun,
    SimulatedStep,
    Workflows,
)

_STEP: Final = timedelta(seconds=20)
_JOB_LASTS: Final = timedelta(minutes=3)
_SECONDS_A_DAY: Final = 86_400
_RUNS_A_DAY: Final = 100
_DAYS_AT_HAND: Final = 200

_Steps = tuple[tuple[str, int], ...]
"""Names of steps, and how often each clones."""

_TESTS: Final[_Steps] = (
    ("Set up job", 0),
    ("Run actions/checkout@v4", 1),
    ("Run tests", 0),
    ("Post Run actions/checkout@v4", 0),
)
# A checkout by a name of its own: no name tells that it is one.
_LINT: Final[_Steps] = (("Set up job", 0), ("Fetch sources", 1), ("Lint", 0))
_REPORT: Final[_Steps] = (("Set up job", 0), ("Send the report", 0))
_PAGES: Final[_Steps] = (("Set up job", 0), ("Checkout", 1), ("Build with Jekyll", 0))

_CI: Final = {
    "test (3.11)": _TESTS,
    "test (3.12)": _TESTS,
    "lint": _LINT,
    "report": _REPORT,
}


def runs_of(full_name: str, repo_id: int, pushes: float) -> RunsOfDay:
    """Runs of the tests for each push, and a Pages build for some.

    Args:
        full_name: makes the runs different from other repositories'.
        repo_id: makes their ids different.
        pushes: on an ordinary working day.
    """
    rhythm = Rhythm(f"{full_name}/pushes", pushes)

    @lru_cache(maxsize=_DAYS_AT_HAND)
    def on(day: date) -> tuple[SimulatedRun, ...]:
        return tuple(_runs(full_name, repo_id, day, rhythm(day)[0]))

    return on


def clones_with(rhythm: Rhythm, runs: RunsOfDay) -> Callable[[date], DayTotals]:
    """Clones of people and of workflow runs together: runs are one unique cloner of the day."""
    workflows = Workflows(runs)

    def on(day: date) -> DayTotals:
        count, uniques = rhythm(day)
        checkouts = workflows.clones_on(day)
        return count + checkouts, uniques + (checkouts > 0)

    return on


def _runs(full_name: str, repo_id: int, day: date, pushes: int) -> Iterator[SimulatedRun]:
    midnight = datetime.combine(day, time.min, tzinfo=UTC)
    for number in range(min(pushes, _RUNS_A_DAY // 2)):
        digest = hashlib.sha256(f"{full_name}/push/{number}/{day.isoformat()}".encode()).digest()
        at = midnight + timedelta(seconds=int.from_bytes(digest[:4], "big") % _SECONDS_A_DAY)
        run_id = (repo_id * 1_000_000 + day.toordinal()) * _RUNS_A_DAY + 2 * number
        yield SimulatedRun(
            run_id, "CI", ".github/workflows/ci.yml", "push", at, _jobs(run_id, at, _CI)
        )
        if number % 3 == 0:
            path, jobs = "dynamic/pages/pages-build-deployment", {"build": _PAGES}
            yield SimulatedRun(
                run_id + 1,
                "pages build and deployment",
                path,
                "dynamic",
                at,
                _jobs(run_id + 1, at, jobs),
            )


def _jobs(run_id: int, at: datetime, jobs: dict[str, _Steps]) -> tuple[SimulatedJob, ...]:
    return tuple(
        SimulatedJob(run_id * 10 + place, name, _steps(at + place * _JOB_LASTS, steps))
        for place, (name, steps) in enumerate(jobs.items())
    )


def _steps(at: datetime, steps: _Steps) -> tuple[SimulatedStep, ...]:
    return tuple(
        SimulatedStep(name, at + place * _STEP, at + (place + 1) * _STEP, clones=clones)
        for place, (name, clones) in enumerate(steps)
    )
