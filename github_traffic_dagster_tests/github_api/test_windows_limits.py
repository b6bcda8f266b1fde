"""Many repositories at once, within GitHub's limits."""

from collections.abc import Callable

import pytest

from github_traffic_dagster.demo_github.faults import (
    Fault,
    PrimaryLimit,
    SecondaryLimit,
)
from github_traffic_dagster.demo_github.limits import Limits
from github_traffic_dagster.github_api.outcomes import Reason
from github_traffic_dagster.github_api.windows import collect_windows
from github_traffic_dagster.traffic.answers import Metric, Target
from github_traffic_dagster_tests.github_api.conftest import Scene, by_id

MakeTarget = Callable[..., Target]


@pytest.mark.parametrize("fault", [SecondaryLimit(retry_after=1), PrimaryLimit(reset_in=1)])
def test_a_limit_is_waited_out_and_is_no_attempt(
    scene: Scene, target: MakeTarget, fault: Fault
) -> None:
    repository = scene.repository()
    scene.world.fail(repository, fault, times=1)
    [outcome] = collect_windows(scene.session(attempts=1), [target(repository)], Metric.VIEWS)
    assert outcome.collected


def test_a_limit_that_one_meets_pauses_all(scene: Scene, target: MakeTarget) -> None:
    """One worker meets it first; those behind it are left for the next run without a request."""
    repositories = [scene.repository(f"octo/r{number}") for number in range(20)]
    scene.world.fail(repositories[0], SecondaryLimit(retry_after=300))
    session = scene.session(workers=1, max_wait=5)
    outcomes = by_id(
        collect_windows(session, [target(repo) for repo in repositories], Metric.VIEWS)
    )
    assert {outcome.reason for outcome in outcomes} == {Reason.OUT_OF_BUDGET}
    assert session.calls_made == 2


def test_what_the_hour_does_not_allow_is_left_for_the_next_run(
    scene: Scene, target: MakeTarget
) -> None:
    scene.server.limits = Limits(hourly=31)
    repositories = [scene.repository(f"octo/r{number}") for number in range(50)]
    session = scene.session(max_wait=5)
    outcomes = by_id(
        collect_windows(session, [target(repo) for repo in repositories], Metric.VIEWS)
    )
    assert sum(outcome.collected for outcome in outcomes) == 30
    left = [outcome for outcome in outcomes if not outcome.collected]
    assert {outcome.reason for outcome in left} == {Reason.OUT_OF_BUDGET}
    assert session.budget_left == 0
    assert not scene.server.violations


def test_a_hundred_workers_on_three_hundred_repositories_break_no_limit(
    scene: Scene, target: MakeTarget
) -> None:
    scene.server.latency = 0.05
    repositories = [scene.repository(f"octo/r{number}") for number in range(300)]
    session = scene.session(workers=100)
    outcomes = by_id(
        collect_windows(session, [target(repo) for repo in repositories], Metric.VIEWS)
    )
    assert all(outcome.collected for outcome in outcomes)
    assert not scene.server.violations
    assert scene.server.most_under_way > 50


def test_the_points_of_a_minute_are_never_exceeded(scene: Scene, target: MakeTarget) -> None:
    scene.server.limits = Limits(points_per_minute=40)
    repositories = [scene.repository(f"octo/r{number}") for number in range(60)]
    session = scene.session(workers=50, points_per_minute=40, max_wait=5)
    outcomes = by_id(
        collect_windows(session, [target(repo) for repo in repositories], Metric.VIEWS)
    )
    assert sum(outcome.collected for outcome in outcomes) == 39
    assert not scene.server.violations


def test_views_and_clones_share_the_minute_although_each_has_its_own_session(
    scene: Scene, target: MakeTarget
) -> None:
    targets = [target(scene.repository(f"octo/r{number}")) for number in range(20)]
    for metric, collected in ((Metric.VIEWS, 20), (Metric.CLONES, 8)):
        with scene.session(points_per_minute=30, max_wait=0) as session:
            outcomes = by_id(collect_windows(session, targets, metric))
            # Each session spends one more point on proving its token.
            assert sum(outcome.collected for outcome in outcomes) == collected
