from datetime import UTC, date, datetime, timedelta

import pytest

from github_traffic_dagster.demo_github.clock import SimulatedClock
from github_traffic_dagster.demo_github.demo_workflows import clones_with, runs_of
from github_traffic_dagster.demo_github.rhythm import Rhythm
from github_traffic_dagster.demo_github.workflows import SimulatedRun, Workflows
from github_traffic_dagster.demo_github.world import World
from github_traffic_dagster_tests.demo_github.conftest import NOON, Client

RUNS = "/repos/octo/hello/actions/runs"
TODAY = NOON.date()
SOURCE = runs_of("octo/hello", 7, pushes=9)


def created_on(day: date) -> list[SimulatedRun]:
    return sorted(SOURCE(day), key=lambda run: run.created_at)


def test_runs_come_newest_first_within_the_span_that_is_asked_for(
    world: World, octo: Client
) -> None:
    world.add_repository("octo/hello", workflow_runs=SOURCE)
    day = TODAY - timedelta(days=3)
    while not SOURCE(day):
        day -= timedelta(days=1)
    answer = octo.get(f"{RUNS}?created={day}..{day}&per_page=100").json()
    ids = {run.run_id for run in SOURCE(day)}
    assert answer["total_count"] == len(ids)
    assert {run["id"] for run in answer["workflow_runs"]} == ids
    moments = [run["created_at"] for run in answer["workflow_runs"]]
    assert moments == sorted(moments, reverse=True)
    first = created_on(day)[0].created_at
    narrow = f"{first:%Y-%m-%dT%H:%M:%SZ}"
    answer = octo.get(f"{RUNS}?created={narrow}..{narrow}").json()
    assert {run["created_at"] for run in answer["workflow_runs"]} == {narrow}


def test_a_search_answers_a_thousand_runs_and_says_how_many_there_are(
    world: World, octo: Client
) -> None:
    (one, *_) = created_on(TODAY - timedelta(days=4)) or created_on(TODAY - timedelta(days=5))
    many = [
        SimulatedRun(n, "CI", one.path, "push", NOON - timedelta(seconds=n + 999), one.jobs)
        for n in range(1, 1051)
    ]
    world.add_repository("octo/hello", workflow_runs=many)
    last = octo.get(f"{RUNS}?created={TODAY}..{TODAY}&per_page=100&page=10").json()
    beyond = octo.get(f"{RUNS}?created={TODAY}..{TODAY}&per_page=100&page=11").json()
    assert (len(last["workflow_runs"]), len(beyond["workflow_runs"])) == (100, 0)
    assert beyond["total_count"] == 1050


def test_a_run_that_goes_on_shows_what_has_begun(
    world: World, octo: Client, clock: SimulatedClock
) -> None:
    run = created_on(TODAY + timedelta(days=1))[0]
    world.add_repository("octo/hello", workflow_runs=[run])
    assert octo.get(RUNS).json()["total_count"] == 0
    clock.advance(run.created_at + timedelta(seconds=25) - NOON)
    (shown,) = octo.get(RUNS).json()["workflow_runs"]
    assert (shown["status"], shown["conclusion"]) == ("in_progress", None)
    (job,) = octo.get(f"{RUNS}/{run.run_id}/jobs").json()["jobs"]
    assert [step["conclusion"] for step in job["steps"]][:2] == ["success", None]
    assert job["steps"][-1]["started_at"] is None
    clock.advance(timedelta(hours=1))
    assert octo.get(RUNS).json()["workflow_runs"][0]["conclusion"] == "success"


def test_public_runs_are_for_everybody_and_private_ones_for_those_who_may(
    world: World, octo: Client, stranger: Client
) -> None:
    repository = world.add_repository("octo/hello", workflow_runs=SOURCE)
    assert stranger.get(RUNS).status_code == octo.get(RUNS).status_code == 200
    repository.private = True
    assert stranger.get(RUNS).status_code == 404
    repository.actions_forbidden = True
    refused = octo.get(RUNS)
    assert refused.status_code == 403
    assert refused.headers["x-accepted-github-permissions"] == "actions=read"


def test_an_unknown_run_has_no_jobs(world: World, octo: Client) -> None:
    world.add_repository("octo/hello", workflow_runs=SOURCE)
    assert octo.get(f"{RUNS}/1/jobs").status_code == 404


@pytest.mark.parametrize("day", [TODAY, date(2024, 2, 29)])
def test_the_demos_clones_hold_those_of_its_runs_which_are_one_unique_cloner(day: date) -> None:
    people = Rhythm("octo/hello/clones", 10)
    count, uniques = clones_with(people, SOURCE)(day)
    checkouts = Workflows(SOURCE).clones_on(day)
    assert checkouts > 0
    assert (count, uniques) == (people(day)[0] + checkouts, people(day)[1] + 1)


def test_what_crosses_midnight_is_a_clone_of_the_day_on_which_it_begins() -> None:
    days = [date(2026, 1, 1) + timedelta(days=ahead) for ahead in range(60)]
    steps = [
        step.started_at
        for day in days
        for run in SOURCE(day)
        for job in run.jobs
        for step in job.steps
        if step.clones
    ]
    end = datetime(2026, 3, 2, tzinfo=UTC)
    by_day = sum(Workflows(SOURCE).clones_on(day) for day in [*days, end.date()])
    last = sum(run.clones_on(end.date()) for run in SOURCE(end.date()))
    assert by_day == len(steps) + last
