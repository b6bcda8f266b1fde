"""Every outcome a repository can have, over HTTP."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from github_traffic_dagster.demo_github.faults import (
    ConnectionReset,
    EmptyBody,
    Entries,
    Fault,
    NotJson,
    PrimaryLimit,
    SecondaryLimit,
    Slow,
    Status,
    TruncatedBody,
)
from github_traffic_dagster.errors import BadTokenError
from github_traffic_dagster.github_api.outcomes import Outcome, Reason
from github_traffic_dagster.github_api.windows import collect_windows
from github_traffic_dagster.traffic.answers import DayEntry, Metric, Target
from github_traffic_dagster_tests.github_api.conftest import NOON, TOKEN, Scene, by_id

MakeTarget = Callable[..., Target]


def test_a_window_is_handed_over_as_github_gave_it(scene: Scene, target: MakeTarget) -> None:
    repository = scene.repository()
    [outcome] = collect_windows(scene.session(), [target(repository)], Metric.VIEWS)
    assert (outcome.reason, outcome.detail) == (Reason.COLLECTED, "")
    assert outcome.answer is not None
    assert outcome.answer.repo_id == repository.repo_id
    assert outcome.answer.full_name == "octo/hello"
    assert outcome.answer.created_at == repository.created_at
    assert outcome.answer.observed_at == NOON
    assert outcome.answer.entries == (
        DayEntry(date(2026, 7, 10), 8, 3),
        DayEntry(date(2026, 7, 12), 5, 5),
    )


def test_clones_are_asked_for_as_clones(scene: Scene, target: MakeTarget) -> None:
    [outcome] = collect_windows(scene.session(), [target(scene.repository())], Metric.CLONES)
    assert outcome.answer is not None
    assert outcome.answer.entries == (DayEntry(date(2026, 7, 11), 2, 1),)


def test_one_call_per_repository_and_no_other(scene: Scene, target: MakeTarget) -> None:
    repositories = [scene.repository(f"octo/r{number}") for number in range(5)]
    session = scene.session()
    list(collect_windows(session, [target(repo) for repo in repositories], Metric.VIEWS))
    assert session.calls_made == 1 + 5


def test_nothing_to_ask_for_asks_nothing(scene: Scene) -> None:
    session = scene.session()
    assert list(collect_windows(session, [], Metric.VIEWS)) == []
    assert session.calls_made == 1


@pytest.mark.parametrize(
    ("fault", "reason", "words"),
    [
        (Status(403, "Must have push access to repository"), Reason.NO_PUSH_ACCESS, "may push"),
        (Status(403, "Resource not accessible"), Reason.FORBIDDEN, '"Administration: read" on'),
        (Status(403, "Resource protected by SAML"), Reason.FORBIDDEN, "SAML"),
        (Status(404), Reason.NOT_FOUND, "deleted"),
        (Status(410), Reason.NOT_FOUND, "deleted"),
        (Status(451), Reason.BLOCKED, "451"),
        (Status(403, "Repository access blocked"), Reason.BLOCKED, "blocked"),
        (Status(500), Reason.SERVER_ERROR, "500"),
        (Status(422, "Unprocessable"), Reason.SERVER_ERROR, "422"),
        (ConnectionReset(), Reason.SERVER_ERROR, "connection failed"),
        (Slow(5), Reason.TIMED_OUT, "0.3 seconds"),
        (TruncatedBody(), Reason.BAD_ANSWER, "cut off"),
        (NotJson(), Reason.BAD_ANSWER, "not JSON"),
        (EmptyBody(), Reason.BAD_ANSWER, "empty"),
        (PrimaryLimit(reset_in=3000), Reason.OUT_OF_BUDGET, "hourly limit lifts at"),
        (SecondaryLimit(retry_after=300), Reason.OUT_OF_BUDGET, "secondary limit lifts at"),
        (Status(429, "Too many"), Reason.OUT_OF_BUDGET, "limit lifts at"),
    ],
)
def test_each_trouble_has_its_outcome_and_says_what_to_do(
    scene: Scene, target: MakeTarget, fault: Fault, reason: Reason, words: str
) -> None:
    repository = scene.repository()
    scene.world.fail(repository, fault)
    session = scene.session(attempts=1, timeout=0.3, max_wait=10)
    [outcome] = collect_windows(session, [target(repository)], Metric.VIEWS)
    assert outcome.reason is reason
    assert words in outcome.detail
    assert outcome.answer is None
    assert not outcome.collected


def test_a_missing_permission_is_named_with_its_owner(scene: Scene, target: MakeTarget) -> None:
    repository = scene.repository("labs/team", traffic_forbidden=True)
    [outcome] = collect_windows(scene.session(), [target(repository)], Metric.VIEWS)
    assert outcome.reason is Reason.FORBIDDEN
    assert (
        '"Administration: read" on labs (fine-grained token or GitHub App),'
        " or the scope repo of a classic token" in outcome.detail
    )


def test_deleted_blocked_and_unpushable_ones_are_told_apart(
    scene: Scene, target: MakeTarget
) -> None:
    deleted, blocked, unpushable = (
        scene.repository("octo/deleted"),
        scene.repository("octo/blocked", blocked=True),
        scene.repository("stranger/theirs"),
    )
    targets = [target(deleted), target(blocked), target(unpushable)]
    scene.world.delete(deleted)
    outcomes = by_id(collect_windows(scene.session(), targets, Metric.VIEWS))
    assert [outcome.reason for outcome in outcomes] == [
        Reason.NOT_FOUND,
        Reason.BLOCKED,
        Reason.NO_PUSH_ACCESS,
    ]


def first_day(**changes: Any) -> Entries:
    def mutate(answer: Any) -> Any:
        answer["views"][0].update(changes)
        return answer

    return Entries(mutate)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (first_day(count=-1), "negative"),
        (first_day(timestamp="2026-07-10T05:00:00Z"), "midnight"),
        (first_day(timestamp="2026-08-10T00:00:00Z"), "future"),
        (first_day(timestamp="2026-07-12T00:00:00Z"), "twice"),
        (Entries(lambda answer: {"count": answer["count"]}), "uniques"),
        (Entries(lambda _: []), "JSON object"),
        (Entries(lambda answer: {**answer, "views": None}), "list"),
        (Entries(lambda answer: {**answer, "views": [None]}), "NoneType"),
    ],
)
def test_an_impossible_answer_is_a_bad_answer_and_is_not_asked_for_again(
    scene: Scene, target: MakeTarget, fault: Entries, words: str
) -> None:
    repository = scene.repository()
    scene.world.fail(repository, fault)
    session = scene.session()
    [outcome] = collect_windows(session, [target(repository)], Metric.VIEWS)
    assert outcome.reason is Reason.BAD_ANSWER
    assert words in outcome.detail
    assert session.calls_made == 2


@pytest.mark.parametrize(
    "fault", [Status(503), ConnectionReset(), TruncatedBody(), NotJson(), EmptyBody(), Slow(5)]
)
def test_trouble_that_passes_is_healed_by_asking_again(
    scene: Scene, target: MakeTarget, fault: Fault
) -> None:
    repository = scene.repository()
    scene.world.fail(repository, fault, times=1)
    session = scene.session(timeout=0.5)
    [outcome] = collect_windows(session, [target(repository)], Metric.VIEWS)
    assert outcome.collected
    assert session.calls_made == 3


def test_asking_again_ends_after_the_attempts(scene: Scene, target: MakeTarget) -> None:
    repository = scene.repository()
    scene.world.fail(repository, Status(503))
    session = scene.session(attempts=3)
    [outcome] = collect_windows(session, [target(repository)], Metric.VIEWS)
    assert outcome.reason is Reason.SERVER_ERROR
    assert outcome.heals_by_itself
    assert session.calls_made == 1 + 3


def test_one_that_fails_never_stops_the_others(scene: Scene, target: MakeTarget) -> None:
    repositories = [scene.repository(f"octo/r{number}") for number in range(30)]
    faults = [Status(404), Status(451), NotJson(), ConnectionReset(), Status(500), TruncatedBody()]
    for repository, fault in zip(repositories, faults, strict=False):
        scene.world.fail(repository, fault)
    session = scene.session(attempts=1)
    outcomes = by_id(
        collect_windows(session, [target(repo) for repo in repositories], Metric.VIEWS)
    )
    assert [outcome.full_name for outcome in outcomes] == [f"octo/r{n}" for n in range(30)]
    assert [outcome.collected for outcome in outcomes] == [False] * 6 + [True] * 24


def test_each_outcome_comes_once_and_as_soon_as_it_is_known(
    scene: Scene, target: MakeTarget
) -> None:
    slow, *quick = [scene.repository(f"octo/r{number}") for number in range(20)]
    scene.world.fail(slow, Slow(1))
    targets = [target(repository) for repository in (slow, *quick)]
    told = [outcome.repo_id for outcome in collect_windows(scene.session(), targets, Metric.VIEWS)]
    assert sorted(told) == [target.repo_id for target in targets]
    assert told[-1] == slow.repo_id


def test_a_token_revoked_in_the_middle_stops_at_once(scene: Scene, target: MakeTarget) -> None:
    repositories = [scene.repository(f"octo/r{number}") for number in range(200)]
    session = scene.session(workers=2)
    outcomes = collect_windows(session, [target(repo) for repo in repositories], Metric.VIEWS)
    next(outcomes)
    scene.world.revoke_token(TOKEN)
    with pytest.raises(BadTokenError):
        list(outcomes)
    assert sum(seen.status == 401 for seen in scene.server.requests) <= 2


def test_an_interrupt_stops_at_once_though_github_hangs(scene: Scene, target: MakeTarget) -> None:
    quick, *hanging = [scene.repository(f"octo/r{number}") for number in range(50)]
    for repository in hanging:
        scene.world.fail(repository, Slow(25))
    session = scene.session(workers=5)
    targets = [target(repository) for repository in (quick, *hanging)]
    outcomes = collect_windows(session, targets, Metric.VIEWS)
    next(outcomes)
    outcomes.close()  # as Python does when an exception leaves the loop that asked for them
    assert session.calls_made <= 1 + 6


def test_only_passing_troubles_heal_by_themselves() -> None:
    healing = {reason for reason in Reason if Outcome(1, "octo/hello", reason).heals_by_itself}
    assert healing == {
        Reason.TIMED_OUT,
        Reason.SERVER_ERROR,
        Reason.BAD_ANSWER,
        Reason.OUT_OF_BUDGET,
    }
