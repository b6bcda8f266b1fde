from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from github_traffic_dagster.traffic.workflow_checkouts import (
    checkouts_of,
    days_to_look_at,
    newest_day,
    settled_from,
)
from github_traffic_dagster.traffic.workflow_runs import (
    PAGES_PATH,
    DayCheckouts,
    Job,
    Step,
    WorkflowRun,
)
from github_traffic_dagster_tests.traffic.rows import DAY, noon
from github_traffic_dagster_tests.traffic.strategies import moderate

NOON = noon(DAY)
UNNAMED = "Run actions/checkout@v4"
NEXT = DAY + timedelta(days=1)
MIDNIGHT = datetime.combine(NEXT, time.min, tzinfo=UTC)


def step(name: str, at: datetime = NOON, conclusion: str | None = "success") -> Step:
    return Step(name, conclusion, at, at + timedelta(seconds=9))


def job(*steps: Step, at: datetime = NOON, **facts: object) -> Job:
    made = Job("test", 1, True, "success", at, at + timedelta(minutes=9), steps)
    return replace(made, **facts)  # type: ignore[arg-type]


def run(at: datetime = NOON, **facts: object) -> WorkflowRun:
    made = WorkflowRun(
        1, ".github/workflows/ci.yml", 1, "success", at, at, at + timedelta(minutes=20)
    )
    return replace(made, **facts)  # type: ignore[arg-type]


def counted(*jobs: Job, of: WorkflowRun | None = None, day: date = DAY) -> DayCheckouts:
    (found,) = checkouts_of([day], [of or run()], {1: jobs})
    return found


def bounds(*jobs: Job, **facts: object) -> tuple[int, int | None]:
    found = counted(*jobs, **facts)  # type: ignore[arg-type]
    return found.low, found.high


@pytest.mark.parametrize(
    "name",
    [
        UNNAMED,
        "Run actions/checkout@b4ffde65f46336ab88eb53be808477a3936bae11",
        "Checkout",
        "checkout code",
        "Check out the repository",
        "Checkout repo",
        "Check out source code",
    ],
)
def test_a_step_that_plainly_is_a_checkout_is_one_clone(name: str) -> None:
    assert bounds(job(step("Set up job"), step(name), step("Run tests"))) == (1, 1)


@pytest.mark.parametrize(
    "name",
    [
        "Checkout the docs branch",
        "Run git checkout -b release",
        "Run ./.github/actions/checkout",
        "Check out other/repository",
    ],
)
def test_a_step_that_may_be_a_checkout_is_one_at_most(name: str) -> None:
    assert bounds(job(step(name))) == (0, 1)


def test_a_job_none_of_whose_steps_says_so_may_hide_a_checkout() -> None:
    assert bounds(job(step("Get the sources"), step("Run make"))) == (0, 1)
    assert bounds(job()) == (0, 1)


def test_each_checkout_of_a_job_counts_and_its_cleaning_up_does_not() -> None:
    steps = step(UNNAMED), step("Checkout"), step(f"Post {UNNAMED}"), step("Post Checkout")
    assert bounds(job(*steps)) == (2, 2)


def test_a_checkout_that_failed_or_ran_on_a_server_of_ones_own_is_not_sure() -> None:
    assert bounds(job(step(UNNAMED, conclusion="failure"))) == (0, 1)
    assert bounds(job(step(UNNAMED), hosted=False)) == (0, 1)


def test_what_was_skipped_or_never_began_cloned_nothing() -> None:
    assert bounds(job(conclusion="skipped")) == (0, 0)
    assert bounds(job(started_at=None, completed_at=None)) == (0, 0)
    never = Step("Checkout", "cancelled", None, None)
    assert bounds(job(step("Set up job"), never)) == (0, 0)


def test_a_job_that_a_later_attempt_did_not_repeat_is_counted_once() -> None:
    first, other = job(step(UNNAMED)), job(step(UNNAMED), name="lint")
    copy = replace(first, attempt=2)
    again = job(step(UNNAMED), name="lint", attempt=2, at=noon(DAY) + timedelta(hours=1))
    assert bounds(first, other, copy, again, of=run(attempt=2)) == (3, 3)


def test_jobs_of_a_matrix_with_the_same_name_and_times_are_each_counted() -> None:
    assert bounds(*[job(step(UNNAMED))] * 9) == (9, 9)


def test_what_crosses_midnight_is_possible_on_both_days_and_sure_on_none() -> None:
    late = MIDNIGHT - timedelta(seconds=5)
    crossing = job(step(UNNAMED, late), at=late)
    for day in (DAY, NEXT):
        assert bounds(crossing, of=run(late), day=day) == (0, 1)


def test_a_job_is_counted_on_the_day_of_its_checkout_not_of_its_run() -> None:
    waited = MIDNIGHT + timedelta(hours=3)
    later = job(step(UNNAMED, waited), at=waited)
    waiting = run(updated_at=waited)
    assert bounds(later, of=waiting) == (0, 0)
    assert bounds(later, of=waiting, day=NEXT) == (1, 1)


def test_a_pages_build_is_one_clone_without_its_jobs() -> None:
    pages = run(path=PAGES_PATH)
    (found,) = checkouts_of([DAY], [pages], {})
    assert (found.low, found.high, found.pages_builds) == (1, 1, 1)
    for unsure in (replace(pages, conclusion="failure"), replace(pages, conclusion=None)):
        (found,) = checkouts_of([DAY], [unsure], {})
        assert (found.low, found.high) == (0, 1)
    (found,) = checkouts_of([DAY], [replace(pages, attempt=3)], {})
    assert (found.low, found.high) == (0, 3)


def test_a_run_that_was_not_read_leaves_its_days_without_an_upper_limit() -> None:
    unread = run(workflow_run_id=2)
    (found,) = checkouts_of([DAY], [run(), unread], {1: [job(step(UNNAMED))]})
    assert (found.workflow_runs, found.workflow_runs_read) == (2, 1)
    assert (found.low, found.high) == (1, None)


def test_a_day_is_looked_at_once_it_has_ended_and_never_again() -> None:
    days = [DAY, NEXT]
    early, late = settled_from(DAY) - timedelta(seconds=1), settled_from(DAY)
    assert days_to_look_at(days, {}, early) == []
    assert days_to_look_at(days, {}, late) == [DAY]
    assert days_to_look_at(days, {DAY: early}, late) == [DAY], "the day had not ended"
    assert days_to_look_at(days, {DAY: late}, late + timedelta(days=9)) == [NEXT]
    assert newest_day(late) == DAY


# Names of steps, and how often each may clone its repository: what the method takes for granted.
NAMES = {
    UNNAMED: (1,),
    "Checkout": (1,),
    "Checkout docs": (0, 1),
    "Set up job": (0,),
    f"Post {UNNAMED}": (0,),
}


@st.composite
def jobs_with_their_clones(draw: st.DrawFn) -> tuple[Job, list[datetime]]:
    """A job and the moments of the clones it made, within what the bounds take for granted."""
    minutes = draw(st.sampled_from([0, 660, 719, 720]) | st.integers(0, 2000))
    at = noon(DAY) + timedelta(minutes=minutes)
    steps, clones = [], []
    moment = at
    for name in draw(st.lists(st.sampled_from(sorted(NAMES)), max_size=5)):
        conclusion = draw(st.sampled_from(["success", "success", "failure", "skipped"]))
        end = moment + timedelta(seconds=draw(st.sampled_from([0, 9, 7200])))
        steps.append(Step(name, conclusion, moment, end))
        surely = conclusion == "success"
        times = draw(st.sampled_from(NAMES[name] if surely else (0, min(1, max(NAMES[name])))))
        if conclusion != "skipped":
            clones += [draw(st.sampled_from([moment, end]))] * times
        moment = end
    hosted = draw(st.booleans())
    if not hosted:
        # A server of one's own may keep its copy, and only fetch what is new.
        clones = [clone for clone in clones if draw(st.booleans())]
    ends = moment + timedelta(seconds=5)
    if not any("heckout" in one.name and not one.name.startswith("Post") for one in steps):
        clones = [at] * draw(st.integers(0, 1))
    made = Job("test", 1, hosted, draw(st.sampled_from(["success", "failure"])), at, ends, ())
    return replace(made, steps=tuple(steps)), clones


@given(st.lists(jobs_with_their_clones(), max_size=5), st.booleans())
@moderate
def test_the_truth_lies_within_the_bounds_on_every_day(
    made: list[tuple[Job, list[datetime]]], read: bool
) -> None:
    days = [DAY + timedelta(days=ahead) for ahead in range(4)]
    last = max((one.completed_at for one, _ in made if one.completed_at), default=noon(DAY))
    jobs = {1: [one for one, _ in made]} if read else {}
    for found in checkouts_of(days, [run(updated_at=last)], jobs):
        truth = sum(clone.date() == found.day for _, clones in made for clone in clones)
        assert found.low <= truth
        assert found.high is None or truth <= found.high
        assert (found.high is None) == (not read and found.workflow_runs > 0)
