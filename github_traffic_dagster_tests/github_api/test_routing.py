"""Several accounts in one collection: each on its own line, each with troubles of its own."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from github_traffic_dagster.demo_github.apps import App, Installation
from github_traffic_dagster.demo_github.faults import PrimaryLimit, Slow, Status
from github_traffic_dagster.demo_github.limits import Limits
from github_traffic_dagster.demo_github.repository import SimulatedRepository
from github_traffic_dagster.errors import BadTokenError
from github_traffic_dagster.github_api.conversation import Conversation
from github_traffic_dagster.github_api.outcomes import Outcome, Reason
from github_traffic_dagster.github_api.routing import collect_windows
from github_traffic_dagster.github_api.troubles import CancelledError
from github_traffic_dagster.traffic.answers import Metric, Target
from github_traffic_dagster_tests.github_api.conftest import TOKEN, Scene

MakeTarget = Callable[..., Target]
BOTH: dict[str, Any] = {"token": SecretStr(TOKEN)}
MINTING = "/app/installations/{}/access_tokens"


@pytest.fixture
def labs(scene: Scene, app: App) -> Installation:
    return scene.world.install(app, "labs")


def asked(
    conversation: Conversation,
    targets: list[Target],
    metric: Metric,
    hear: Callable[[Outcome], object] = lambda _: None,
) -> list[Outcome]:
    """All outcomes in the order of the targets; each is heard as soon as it is known."""
    found = {}
    for outcome in collect_windows(conversation, targets, metric):
        hear(outcome)
        found[outcome.repo_id] = outcome
    return [found[one.repo_id] for one in targets]


def reasons(outcomes: list[Outcome]) -> dict[str, Reason]:
    return {outcome.full_name: outcome.reason for outcome in outcomes}


def askers(scene: Scene, repository: SimulatedRepository) -> list[tuple[str | None, int]]:
    """Who asked for the repository's views, and what they got."""
    path = f"/repos/{repository.full_name}/traffic/views"
    return [(seen.account, seen.status) for seen in scene.server.requests if seen.path == path]


def test_a_token_alone_asks_as_it_always_did(scene: Scene, target: MakeTarget) -> None:
    targets = [target(scene.repository(f"octo/r{number}")) for number in range(5)]
    heard: list[Outcome] = []
    outcomes = asked(scene.conversation(), targets, Metric.VIEWS, heard.append)
    assert [outcome.repo_id for outcome in outcomes] == [one.repo_id for one in targets]
    assert len(heard) == 5
    assert len(scene.server.requests) == 6


def test_each_account_is_asked_with_its_own_installation(
    scene: Scene, app: App, labs: Installation, target: MakeTarget
) -> None:
    scene.world.install(app, "octo")
    mine, theirs, shared = (
        scene.repository("octo/mine"),
        scene.repository("labs/theirs", private=True),
        scene.repository("stranger/shared", push_logins={"octo"}),
    )
    conversation = scene.app_conversation(app, **BOTH)
    targets = [target(repository) for repository in (mine, theirs, shared)]
    outcomes = asked(conversation, targets, Metric.VIEWS)
    assert all(outcome.collected for outcome in outcomes)
    assert askers(scene, mine) == [("installation 5002", 200)]
    assert askers(scene, theirs) == [("installation 5001", 200)]
    assert askers(scene, shared) == [("octo", 200)]


def test_outcomes_come_in_the_order_of_the_targets_and_are_heard_once(
    scene: Scene, app: App, labs: Installation, target: MakeTarget
) -> None:
    scene.world.install(app, "octo")
    targets = [
        target(scene.repository(f"{owner}/r{number}"))
        for number in range(40)
        for owner in ("labs", "octo")
    ]
    heard: list[Outcome] = []
    conversation = scene.app_conversation(app)
    outcomes = asked(conversation, targets, Metric.CLONES, heard.append)
    assert [outcome.repo_id for outcome in outcomes] == [one.repo_id for one in targets]
    assert sorted(outcome.repo_id for outcome in heard) == sorted(one.repo_id for one in targets)
    assert all(outcome.collected for outcome in outcomes)


@pytest.mark.parametrize("private", [False, True])
def test_who_is_refused_by_the_installation_is_asked_for_with_the_token(
    scene: Scene, app: App, target: MakeTarget, private: bool
) -> None:
    """The App was installed on selected repositories; the token's user is a member."""
    chosen = scene.repository("labs/chosen")
    other = scene.repository("labs/other", private=private)
    scene.world.install(app, "labs", repositories=[chosen])
    conversation = scene.app_conversation(app, **BOTH)
    heard: list[Outcome] = []
    outcomes = asked(conversation, [target(chosen), target(other)], Metric.VIEWS, heard.append)
    assert all(outcome.collected for outcome in outcomes)
    assert len(heard) == 2
    assert askers(scene, other) == [("installation 5001", 404 if private else 403), ("octo", 200)]


def test_who_is_refused_by_all_has_the_reason_that_says_most(
    scene: Scene, app: App, labs: Installation, target: MakeTarget
) -> None:
    gone = scene.repository("labs/gone")
    unseen = scene.repository("labs/unseen", private=True, push_logins=set())
    labs.selected = set()
    scene.world.delete(gone)
    conversation = scene.app_conversation(app, **BOTH)
    outcomes = asked(conversation, [target(gone), target(unseen)], Metric.VIEWS)
    assert reasons(outcomes) == {
        "labs/gone": Reason.NOT_FOUND,
        "labs/unseen": Reason.NO_PUSH_ACCESS,
    }


def test_an_installation_without_the_permission_is_not_asked(
    scene: Scene, app: App, labs: Installation, target: MakeTarget
) -> None:
    labs.permissions = {"metadata": "read"}
    repository = scene.repository("labs/tool")
    [outcome] = asked(scene.app_conversation(app), [target(repository)], Metric.VIEWS)
    assert outcome.reason is Reason.FORBIDDEN
    assert '"Administration: read" on labs' in outcome.detail
    assert askers(scene, repository) == []
    [outcome] = asked(scene.app_conversation(app, **BOTH), [target(repository)], Metric.VIEWS)
    assert outcome.collected


def test_accounts_without_any_line_are_told_apart(
    scene: Scene, app: App, labs: Installation, target: MakeTarget
) -> None:
    scene.world.install(app, "octo", suspended=True)
    targets = [target(scene.repository(name)) for name in ("labs/a", "octo/b", "stranger/c")]
    outcomes = asked(scene.app_conversation(app), targets, Metric.VIEWS)
    assert reasons(outcomes) == {
        "labs/a": Reason.COLLECTED,
        "octo/b": Reason.NO_CREDENTIAL,
        "stranger/c": Reason.NO_CREDENTIAL,
    }
    assert "suspended" in outcomes[1].detail
    assert "not installed on stranger" in outcomes[2].detail


@pytest.mark.parametrize("how", ["removed", "suspended"])
def test_an_installation_that_is_lost_in_mid_run_takes_nobody_with_it(
    scene: Scene, app: App, labs: Installation, target: MakeTarget, how: str
) -> None:
    scene.world.install(app, "octo")
    targets = [
        target(scene.repository(f"{owner}/r{number}"))
        for owner in ("labs", "octo")
        for number in range(30)
    ]
    conversation = scene.app_conversation(app, workers=1)
    heard: list[Outcome] = []

    def lose_it(outcome: Outcome) -> None:
        heard.append(outcome)
        if len(heard) == 5:
            if how == "removed":
                scene.world.apps.uninstall(labs)
            else:
                labs.suspended_at = scene.world.clock.now()

    outcomes = asked(conversation, targets, Metric.VIEWS, lose_it)
    assert len(heard) == 60
    assert all(outcome.collected for outcome in outcomes[30:])
    lost = [outcome for outcome in outcomes[:30] if not outcome.collected]
    assert lost
    assert {outcome.reason for outcome in lost} == {Reason.NO_CREDENTIAL}
    assert "installation on labs" in lost[0].detail
    assert not scene.server.violations


def test_what_a_lost_installation_leaves_the_token_collects(
    scene: Scene, app: App, labs: Installation, target: MakeTarget
) -> None:
    targets = [target(scene.repository(f"labs/r{number}")) for number in range(30)]
    conversation = scene.app_conversation(app, **BOTH)
    scene.world.apps.uninstall(labs)
    outcomes = asked(conversation, targets, Metric.VIEWS)
    assert all(outcome.collected for outcome in outcomes)


def test_a_token_that_is_lost_leaves_the_installations_alone(
    scene: Scene, app: App, labs: Installation, target: MakeTarget
) -> None:
    targets = [target(scene.repository(name)) for name in ("labs/a", "octo/b", "octo/c")]
    conversation = scene.app_conversation(app, **BOTH)
    scene.world.revoke_token(TOKEN)
    outcomes = asked(conversation, targets, Metric.VIEWS)
    assert [outcome.reason for outcome in outcomes] == [
        Reason.COLLECTED,
        Reason.NO_CREDENTIAL,
        Reason.NO_CREDENTIAL,
    ]
    assert "GITHUB_TOKEN" in outcomes[1].detail


def test_a_token_that_is_all_there_is_ends_the_run_as_before(
    scene: Scene, target: MakeTarget
) -> None:
    conversation = scene.conversation()
    scene.world.revoke_token(TOKEN)
    with pytest.raises(BadTokenError, match="GITHUB_TOKEN"):
        asked(conversation, [target(scene.repository())], Metric.VIEWS)


def test_an_installation_that_gets_no_token_has_outcomes_for_its_own(
    scene: Scene, app: App, labs: Installation, target: MakeTarget
) -> None:
    scene.world.install(app, "octo")
    scene.world.fail(MINTING.format(5001), Status(503))
    targets = [
        target(scene.repository(f"{owner}/r{number}"))
        for owner in ("labs", "octo")
        for number in range(20)
    ]
    conversation = scene.app_conversation(app, attempts=2)
    outcomes = asked(conversation, targets, Metric.VIEWS)
    assert {outcome.reason for outcome in outcomes[:20]} == {Reason.SERVER_ERROR}
    assert "no token for the App's installation on labs" in outcomes[0].detail
    assert all(outcome.heals_by_itself for outcome in outcomes[:20])
    assert all(outcome.collected for outcome in outcomes[20:])
    assert scene.server.count(MINTING.format(5001)) == 2


@pytest.mark.parametrize("passed", [timedelta(minutes=57), timedelta(hours=3)])
def test_tokens_are_renewed_in_mid_run_without_losing_anybody(
    scene: Scene, app: App, labs: Installation, target: MakeTarget, passed: timedelta
) -> None:
    targets = [target(scene.repository(f"labs/r{number}")) for number in range(60)]
    heard: list[Outcome] = []

    def hear(outcome: Outcome) -> None:
        heard.append(outcome)
        if len(heard) in {15, 30}:
            scene.world.clock.advance(passed)

    conversation = scene.app_conversation(app, workers=4, attempts=1)
    outcomes = asked(conversation, targets, Metric.VIEWS, hear)
    assert all(outcome.collected for outcome in outcomes)
    assert scene.world.apps.minted[5001] > 1


def test_an_account_without_budget_holds_up_no_other(
    scene: Scene, app: App, labs: Installation, target: MakeTarget
) -> None:
    """Labs' hour is used up at once, and more of its repositories wait than there are workers."""
    labs.hourly = 2
    scene.server.limits = Limits(hour=2.0)
    scene.world.install(app, "octo", hourly=12_500)
    targets = [
        target(scene.repository(f"{owner}/r{number}"))
        for owner in ("labs", "octo")
        for number in range(6)
    ]
    heard: list[str] = []
    conversation = scene.app_conversation(app, workers=2, max_wait=100)
    outcomes = asked(
        conversation, targets, Metric.VIEWS, lambda outcome: heard.append(outcome.full_name)
    )
    assert all(outcome.collected for outcome in outcomes)
    assert not scene.server.violations
    last_of_octo = max(number for number, name in enumerate(heard) if name.startswith("octo/"))
    assert sum(name.startswith("labs/") for name in heard[:last_of_octo]) <= 2


def test_an_exhausted_account_leaves_only_its_own_for_the_next_run(
    scene: Scene, app: App, labs: Installation, target: MakeTarget
) -> None:
    labs.hourly = 5
    scene.world.install(app, "octo")
    targets = [
        target(scene.repository(f"{owner}/r{number}"))
        for owner in ("labs", "octo")
        for number in range(10)
    ]
    conversation = scene.app_conversation(app, max_wait=0)
    scene.server.latency = 0.2
    outcomes = asked(conversation, targets, Metric.VIEWS)
    assert sum(outcome.collected for outcome in outcomes[:10]) == 5
    assert {one.reason for one in outcomes[:10]} == {Reason.COLLECTED, Reason.OUT_OF_BUDGET}
    assert all(outcome.collected for outcome in outcomes[10:])
    budgets = {one.account: one.budget_left for one in conversation.spending}
    assert (budgets["labs (App)"], budgets["octo (App)"]) == (0, 4990)
    assert not scene.server.violations


def test_the_workers_are_for_each_account_and_no_limit_is_broken(
    scene: Scene, app: App, labs: Installation, target: MakeTarget
) -> None:
    scene.world.install(app, "octo")
    scene.world.install(app, "stranger")
    scene.server.limits = Limits(concurrent=10)
    targets = [
        target(scene.repository(f"{owner}/r{number}"))
        for owner in ("labs", "octo", "stranger")
        for number in range(60)
    ]
    conversation = scene.app_conversation(app, workers=10)
    scene.server.latency = 0.05
    outcomes = asked(conversation, targets, Metric.VIEWS)
    assert all(outcome.collected for outcome in outcomes)
    assert not scene.server.violations
    assert 10 < scene.server.most_under_way <= 30


def test_a_limit_is_told_with_the_account_it_is_for(
    scene: Scene, app: App, labs: Installation, target: MakeTarget
) -> None:
    told: list[str] = []
    repository = scene.repository("labs/tool")
    scene.world.fail(repository, PrimaryLimit(reset_in=1), times=1)
    conversation = scene.app_conversation(app, on_wait=lambda _, why: told.append(why))
    [outcome] = asked(conversation, [target(repository)], Metric.VIEWS)
    assert outcome.collected
    assert told == ["GitHub's hourly limit for labs"]


def test_an_interrupt_stops_all_lines(
    scene: Scene, app: App, labs: Installation, target: MakeTarget
) -> None:
    scene.world.install(app, "octo")
    repositories = [
        scene.repository(f"{owner}/r{number}") for owner in ("labs", "octo") for number in range(10)
    ]
    for repository in repositories[1:10]:
        scene.world.fail(repository, Slow(30))
    conversation = scene.app_conversation(app, workers=2)

    def interrupt(_: Outcome) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        asked(conversation, [target(one) for one in repositories], Metric.VIEWS, interrupt)
    for line in conversation.lines:
        with pytest.raises(CancelledError):
            line.session.call(lambda requester: requester.requestJsonAndCheck("GET", "/x"))


def test_a_repository_is_collected_once_or_refused(
    scene: Scene, app: App, labs: Installation, target: MakeTarget
) -> None:
    one = target(scene.repository("labs/tool"))
    with pytest.raises(ValueError, match="twice"):
        asked(scene.app_conversation(app), [one, one], Metric.VIEWS)
