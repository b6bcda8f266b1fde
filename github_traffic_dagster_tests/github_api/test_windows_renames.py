"""Names that changed between the listing and the fetch."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from github_traffic_dagster.demo_github.faults import Entries
from github_traffic_dagster.github_api.outcomes import Reason
from github_traffic_dagster.github_api.windows import collect_windows
from github_traffic_dagster.traffic.answers import Metric, Target
from github_traffic_dagster_tests.github_api.conftest import NOON, Scene

MakeTarget = Callable[..., Target]
LONG_BEFORE = NOON - timedelta(hours=2)


def test_a_rename_after_the_listing_is_followed(scene: Scene, target: MakeTarget) -> None:
    repository = scene.repository()
    old = target(repository)
    scene.world.rename(repository, "renamed")
    [outcome] = collect_windows(scene.session(), [old], Metric.VIEWS)
    assert outcome.collected


def test_a_name_listed_long_ago_is_confirmed_and_brought_up_to_date(
    scene: Scene, target: MakeTarget
) -> None:
    repository = scene.repository()
    old = target(repository, listed_at=LONG_BEFORE)
    scene.world.rename(repository, "renamed")
    [outcome] = collect_windows(scene.session(), [old], Metric.VIEWS)
    assert outcome.full_name == "octo/renamed"
    assert outcome.answer is not None
    assert outcome.answer.full_name == "octo/renamed"
    assert outcome.answer.repo_id == repository.repo_id


def test_a_transfer_is_followed_and_keeps_the_id(scene: Scene, target: MakeTarget) -> None:
    repository = scene.repository()
    old = target(repository, listed_at=LONG_BEFORE)
    scene.world.transfer(repository, "labs")
    [outcome] = collect_windows(scene.session(), [old], Metric.VIEWS)
    assert (outcome.repo_id, outcome.full_name) == (repository.repo_id, "labs/hello")
    assert outcome.collected


def test_a_name_that_another_repository_took_gives_nothing(
    scene: Scene, target: MakeTarget
) -> None:
    repository = scene.repository()
    old = target(repository, listed_at=LONG_BEFORE)
    scene.world.rename(repository, "renamed")
    newcomer = scene.repository("octo/hello")
    [outcome] = collect_windows(scene.session(), [old], Metric.VIEWS)
    assert outcome.reason is Reason.NAME_REUSED
    assert str(newcomer.repo_id) in outcome.detail
    assert outcome.answer is None
    assert scene.server.count("/repos/octo/hello/traffic") == 0


@pytest.mark.parametrize("found", [[], {}, {"id": "5", "full_name": "octo/hello"}, {"id": 5}])
def test_a_name_that_cannot_be_confirmed_is_a_bad_answer(
    scene: Scene, target: MakeTarget, found: Any
) -> None:
    repository = scene.repository()
    scene.world.fail("/repos/octo/hello", Entries(lambda _: found))
    old = target(repository, listed_at=LONG_BEFORE)
    [outcome] = collect_windows(scene.session(), [old], Metric.VIEWS)
    assert outcome.reason is Reason.BAD_ANSWER
