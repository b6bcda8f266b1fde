"""Asking whether something changed: the same answer at no cost, never another one."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from github_traffic_dagster.demo_github.faults import NotJson, Status
from github_traffic_dagster.demo_github.limits import Limits
from github_traffic_dagster.github_api.outcomes import Outcome, Reason
from github_traffic_dagster.github_api.remembered import Remembered
from github_traffic_dagster.github_api.windows import collect_windows
from github_traffic_dagster.traffic.answers import Metric, Target
from github_traffic_dagster_tests.github_api.conftest import NOON, Scene, by_id

MakeTarget = Callable[..., Target]


def look(scene: Scene, *targets: Target, memory: dict[int, Remembered] | None = None, **access):
    """All outcomes, in the order of the repositories' creation, and the session."""
    session = scene.session(**access)
    outcomes = collect_windows(session, targets, Metric.VIEWS, (memory or {}).get)
    return by_id(outcomes), session


def kept(outcomes: list[Outcome]) -> dict[int, Remembered]:
    return {one.repo_id: one.latest for one in outcomes if one.latest}


def test_an_unchanged_window_is_the_same_answer_at_the_time_of_now(
    scene: Scene, target: MakeTarget
) -> None:
    one = target(scene.repository())
    first, _ = look(scene, one)
    scene.world.clock.advance(timedelta(minutes=5))
    second, _ = look(scene, one, memory=kept(first))
    assert [seen.status for seen in scene.server.requests if "traffic" in seen.path] == [200, 304]
    assert first[0].answer
    assert second[0].answer
    assert second[0].answer.entries == first[0].answer.entries
    assert second[0].answer.observed_at == NOON + timedelta(minutes=5)
    assert second[0].latest == first[0].latest


def test_a_window_that_changed_is_told_anew(scene: Scene, target: MakeTarget) -> None:
    repository = scene.repository()
    first, _ = look(scene, target(repository))
    repository.views[date(2026, 7, 14)] = (100, 50)
    second, _ = look(scene, target(repository), memory=kept(first))
    assert second[0].answer
    assert second[0].answer.entries[-1].count == 100
    assert second[0].latest != first[0].latest


def test_unchanged_windows_cost_nothing_of_the_hourly_budget(
    scene: Scene, target: MakeTarget
) -> None:
    targets = [target(scene.repository(f"octo/r{number}")) for number in range(40)]
    first, spender = look(scene, *targets)
    left = spender.budget_left
    second, saver = look(scene, *targets, memory=kept(first))
    assert all(one.collected for one in second)
    assert (saver.calls_made, saver.calls_spent) == (41, 1)
    assert left is not None
    assert saver.budget_left == left - 1


def test_an_allowance_is_spent_to_the_last_request_and_no_further(
    scene: Scene, target: MakeTarget
) -> None:
    targets = [target(scene.repository(f"octo/r{number:02}")) for number in range(40)]
    session = scene.session(workers=8)
    session.allow(25)
    outcomes = by_id(collect_windows(session, targets, Metric.VIEWS))
    assert [one.collected for one in outcomes] == [True] * 25 + [False] * 15
    assert {one.reason for one in outcomes[25:]} == {Reason.OUT_OF_BUDGET}
    assert "25 requests" not in outcomes[0].detail
    assert session.calls_spent == 1 + 25


def test_what_is_free_is_not_taken_off_an_allowance(scene: Scene, target: MakeTarget) -> None:
    targets = [target(scene.repository(f"octo/r{number:02}")) for number in range(40)]
    first, _ = look(scene, *targets[:30])
    session = scene.session(workers=8)
    session.allow(10)
    outcomes = list(collect_windows(session, targets, Metric.VIEWS, kept(first).get))
    assert all(one.collected for one in outcomes)


def test_an_hourly_budget_that_ends_is_kept_with_unchanged_windows_too(
    scene: Scene, target: MakeTarget
) -> None:
    targets = [target(scene.repository(f"octo/r{number}")) for number in range(20)]
    first, _ = look(scene, *targets)
    scene.server.limits = Limits(hourly=30)
    second, _ = look(scene, *targets, memory=kept(first))
    assert all(one.collected for one in second)
    assert not scene.server.violations


def test_a_renamed_repository_is_asked_with_its_memory_after_the_redirect(
    scene: Scene, target: MakeTarget
) -> None:
    repository = scene.repository()
    old = target(repository)
    first, _ = look(scene, old)
    scene.world.rename(repository, "renamed")
    second, _ = look(scene, old, memory=kept(first))
    assert second[0].collected
    assert scene.server.requests[-1].status == 304


@pytest.mark.parametrize("fault", [Status(503), NotJson()])
def test_trouble_is_asked_again_with_the_memory(
    scene: Scene, target: MakeTarget, fault: Status | NotJson
) -> None:
    repository = scene.repository()
    first, _ = look(scene, target(repository))
    scene.world.fail(repository, fault, times=1)
    second, _ = look(scene, target(repository), memory=kept(first))
    assert second[0].collected
    assert scene.server.requests[-1].status == 304


def test_a_304_that_nobody_asked_for_is_a_bad_answer(scene: Scene, target: MakeTarget) -> None:
    repository = scene.repository()
    scene.world.fail(repository, Status(304))
    outcomes, _ = look(scene, target(repository), attempts=1)
    assert outcomes[0].reason is Reason.BAD_ANSWER


def test_a_memory_that_is_no_window_is_a_bad_answer_and_nothing_else(
    scene: Scene, target: MakeTarget
) -> None:
    repository = scene.repository()
    first, _ = look(scene, target(repository))
    latest = first[0].latest
    assert latest
    broken = {repository.repo_id: Remembered(latest.etag, "not json")}
    outcomes, _ = look(scene, target(repository), memory=broken, attempts=1)
    assert outcomes[0].reason is Reason.BAD_ANSWER
