from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from github_traffic_dagster.demo_github.apps import App
from github_traffic_dagster.demo_github.demo_workflows import runs_of
from github_traffic_dagster.demo_github.faults import Entries, Status
from github_traffic_dagster.demo_github.workflows import (
    SimulatedJob,
    SimulatedRun,
    SimulatedStep,
    Workflows,
)
from github_traffic_dagster.github_api.outcomes import Outcome, Reason
from github_traffic_dagster.github_api.workflow_runs import collect_checkouts
from github_traffic_dagster.traffic.answers import Target
from github_traffic_dagster.traffic.workflow_runs import DayCheckouts
from github_traffic_dagster_tests.github_api.conftest import NOON, Scene, by_id

DAY = date(2026, 7, 14)
MORNING = datetime(2026, 7, 14, 6, tzinfo=UTC)
RUNS = "/repos/octo/hello/actions/runs"


def job(number: int, at: datetime, attempt: int = 1) -> SimulatedJob:
    moment = timedelta(seconds=5)
    steps = (
        SimulatedStep("Set up job", at, at + moment),
        SimulatedStep("Run actions/checkout@v4", at + moment, at + 2 * moment, clones=1),
    )
    return SimulatedJob(number, f"job {number}", steps, attempt=attempt)


def run(number: int, at: datetime = MORNING, jobs: int = 1, **facts: Any) -> SimulatedRun:
    made = tuple(job(number * 1000 + place, at) for place in range(jobs))
    facts = {"jobs": made, "path": ".github/workflows/ci.yml", "event": "push", **facts}
    return SimulatedRun(number, "CI", created_at=at, **facts)


def wanting(*days: date) -> Callable[[Target, datetime], Sequence[date]]:
    return lambda _target, _now: days


def looked_at(scene: Scene, found: Target, *days: date, **more: Any) -> tuple[DayCheckouts, ...]:
    (outcome,) = collect_checkouts(scene.conversation(), [found], wanting(*days), **more)
    assert outcome.checkouts, outcome
    return outcome.checkouts.days


def test_each_checkout_of_each_run_is_counted(scene: Scene, target: Any) -> None:
    repository = scene.repository(workflow_runs=[run(1), run(2, jobs=9)])
    (found,) = looked_at(scene, target(repository), DAY)
    assert found == DayCheckouts(DAY, 2, 2, 10, 0, 10, 10)
    assert scene.server.count(RUNS) == 3, "the list, and the jobs of two runs"


def test_a_repository_without_runs_costs_one_request_and_has_none(
    scene: Scene, target: Any
) -> None:
    repository = scene.repository()
    days = [DAY - timedelta(days=ago) for ago in range(10)]
    found = looked_at(scene, target(repository), *days)
    assert [(day.low, day.high) for day in found] == [(0, 0)] * 10
    assert scene.server.count(RUNS) == 1


def test_where_no_day_is_wanted_nothing_is_asked(scene: Scene, target: Any) -> None:
    repository = scene.repository(created_at=NOON)
    assert looked_at(scene, target(repository)) == ()
    assert looked_at(scene, target(repository), DAY) == (), "it did not exist"
    assert scene.server.count(RUNS) == 0


def test_the_jobs_of_every_attempt_are_counted_on_their_own_day(scene: Scene, target: Any) -> None:
    jobs = job(1, MORNING - timedelta(days=1)), job(2, MORNING, attempt=2)
    repeated = replace(run(1, jobs[0].started_at), jobs=jobs)
    repository = scene.repository(workflow_runs=[repeated])
    before, after = looked_at(scene, target(repository), DAY - timedelta(days=1), DAY)
    assert (before.low, before.high) == (after.low, after.high) == (1, 1)


def test_many_jobs_and_more_runs_than_a_search_can_answer_are_all_found(
    scene: Scene, target: Any
) -> None:
    many = [
        run(number, MORNING + timedelta(seconds=30 * number), conclusion="skipped")
        for number in range(1, 1251)
    ]
    repository = scene.repository(workflow_runs=[*many, run(5000, jobs=130)])
    (found,) = looked_at(scene, target(repository), DAY)
    assert (found.workflow_runs, found.workflow_runs_read) == (1251, 1251)
    assert (found.low, found.high) == (130, 130)
    assert scene.server.count(f"{RUNS}/7/jobs") == 0, "no job of a skipped run ran"


def test_runs_beyond_the_cap_are_counted_and_take_the_days_upper_limit_away(
    scene: Scene, target: Any
) -> None:
    runs = [run(number, MORNING + timedelta(minutes=number)) for number in range(1, 8)]
    repository = scene.repository(workflow_runs=[*runs, run(99, MORNING - timedelta(days=1))])
    before, found = looked_at(scene, target(repository), DAY - timedelta(days=1), DAY, most_runs=4)
    assert (before.low, before.high) == (1, 1), "the oldest are read first"
    assert (found.workflow_runs, found.workflow_runs_read) == (7, 3)
    assert (found.low, found.high) == (3, None)


def test_a_run_deleted_meanwhile_is_unread_and_harms_nothing_else(
    scene: Scene, target: Any
) -> None:
    repository = scene.repository(workflow_runs=[run(1), run(2)])
    scene.world.fail(f"{RUNS}/1/jobs", Status(404, "Not Found"))
    (found,) = looked_at(scene, target(repository), DAY)
    assert (found.low, found.high) == (1, None)


def test_a_refusal_names_the_permission_that_it_needs_and_others_are_unharmed(
    scene: Scene, target: Any
) -> None:
    closed = scene.repository("octo/closed", private=True, actions_forbidden=True)
    fine = scene.repository("octo/fine", private=True)
    found = by_id(
        collect_checkouts(scene.conversation(), [target(closed), target(fine)], wanting(DAY))
    )
    assert [outcome.reason for outcome in found] == [Reason.FORBIDDEN, Reason.COLLECTED]
    assert 'needs "Actions: read" on octo' in found[0].detail


def test_an_app_needs_actions_on_private_repositories_alone(
    scene: Scene, target: Any, app: App
) -> None:
    permissions = {"administration": "read", "metadata": "read"}
    scene.world.install(app, "octo", permissions=permissions)
    scene.world.install(app, "labs", permissions=permissions | {"actions": "read"})
    facts = {"octo/open": False, "octo/closed": True, "labs/closed": True}
    targets = [target(scene.repository(name, private=private)) for name, private in facts.items()]
    found = by_id(collect_checkouts(scene.app_conversation(app), targets, wanting(DAY)))
    assert [outcome.reason for outcome in found] == [
        Reason.COLLECTED,
        Reason.FORBIDDEN,
        Reason.COLLECTED,
    ]


def test_a_renamed_repository_answers_under_its_old_name(scene: Scene, target: Any) -> None:
    repository = scene.repository(workflow_runs=[run(1)])
    listed = target(repository)
    scene.world.rename(repository, "new")
    (found,) = looked_at(scene, listed, DAY)
    assert (found.low, found.high) == (1, 1)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"workflow_runs": [{"id": "one"}]}, 'usable "id"'),
        ({"workflow_runs": [{"id": 1, "run_attempt": 1, "created_at": "soon"}]}, "no timestamp"),
        ({"workflow_runs": [{"id": 1, "run_attempt": 1}]}, 'without "created_at"'),
        ({"total_count": 1}, "not a JSON list"),
    ],
)
def test_an_impossible_answer_is_the_repositorys_own_trouble(
    scene: Scene, target: Any, content: Any, told: str
) -> None:
    strange, fine = scene.repository("octo/strange"), scene.repository("octo/fine")
    scene.world.fail(strange, Entries(lambda _: content))
    found: list[Outcome] = by_id(
        collect_checkouts(scene.conversation(), [target(strange), target(fine)], wanting(DAY))
    )
    assert [outcome.reason for outcome in found] == [Reason.BAD_ANSWER, Reason.COLLECTED]
    assert told in found[0].detail


def test_the_truth_of_the_demos_runs_lies_within_the_bounds(scene: Scene, target: Any) -> None:
    runs = runs_of("octo/hello", 7, pushes=8)
    repository = scene.repository(workflow_runs=runs)
    days = [DAY - timedelta(days=ago) for ago in range(5)]
    truth = Workflows(runs)
    found = looked_at(scene, target(repository), *days)
    assert all(
        day.high is not None and day.low <= truth.clones_on(day.day) <= day.high for day in found
    )
    assert sum(day.low for day in found) > 50
    assert sum(day.pages_builds for day in found) > 5
