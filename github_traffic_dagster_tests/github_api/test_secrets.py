"""The token is nowhere but in the request."""

import logging
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from github_traffic_dagster.demo_github.faults import (
    ConnectionReset,
    Entries,
    Fault,
    NotJson,
    Slow,
    Status,
    TruncatedBody,
)
from github_traffic_dagster.errors import BadTokenError, GitHubUnavailableError
from github_traffic_dagster.github_api.inventory import list_repositories
from github_traffic_dagster.github_api.selection import Selection
from github_traffic_dagster.github_api.windows import collect_windows
from github_traffic_dagster.traffic.answers import Metric, Target
from github_traffic_dagster_tests.github_api.conftest import TOKEN, Scene


@pytest.fixture(autouse=True)
def _no_token_in_any_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.DEBUG)
    for name in ("github", "github.Requester", "urllib3", "requests"):
        caplog.set_level(logging.DEBUG, logger=name)
    yield
    records = caplog.get_records("call")
    assert any(record.name.startswith("github") for record in records)
    for record in records:
        assert TOKEN not in f"{record.getMessage()} {record.__dict__}"


def everything_about(error: BaseException | None) -> Iterator[str]:
    """The texts of an exception, of all it was raised from or during, and their data."""
    while error is not None:
        yield f"{error!r} {error.args} {vars(error)}"
        yield "".join(traceback.format_exception(error))
        request = getattr(error, "request", None)
        yield str(getattr(request, "headers", ""))
        error = error.__cause__ or error.__context__


ECHOES: list[Fault] = [
    Status(403, f"who are you, {TOKEN}?"),
    Status(404, f"{TOKEN}"),
    Status(500, f"token {TOKEN} crashed us", headers={"x-echo": TOKEN}),
    Status(403, "SAML", headers={"x-echo": f"token {TOKEN}"}),
    Status(301, headers={"location": f"http://{TOKEN}.example/"}),
    Entries(lambda answer: {**answer, "count": TOKEN}),
    Entries(lambda answer: {**answer, "views": [{"timestamp": TOKEN}]}),
    Entries(lambda answer: {**answer, TOKEN: TOKEN}),
    ConnectionReset(),
    TruncatedBody(),
    NotJson(),
    Slow(5),
]


@pytest.mark.parametrize("fault", ECHOES)
def test_a_server_that_echoes_the_token_gets_it_into_no_outcome(
    scene: Scene, target: Callable[..., Target], fault: Fault
) -> None:
    repository = scene.repository()
    scene.world.fail(repository, fault)
    session = scene.session(attempts=1, timeout=1.5)
    [outcome] = collect_windows(session, [target(repository)], Metric.VIEWS)
    assert TOKEN not in repr(outcome)


@pytest.mark.parametrize("fault", ECHOES)
def test_nothing_raised_inside_holds_the_token(scene: Scene, fault: Fault) -> None:
    scene.world.fail("/rate_limit", fault)
    session = scene.session(attempts=1, timeout=1.5)
    try:
        session.call(lambda requester: requester.requestJsonAndCheck("GET", "/rate_limit"))
    except Exception as error:  # noqa: BLE001 - whatever it is
        for text in everything_about(error):
            assert TOKEN not in text


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Status(401, f"Bad credentials {TOKEN}"), BadTokenError),
        (Status(403, f"no {TOKEN}"), BadTokenError),
        (Status(500, f"no {TOKEN}"), GitHubUnavailableError),
        (Entries(lambda _: {"login": 5, "echo": TOKEN}), GitHubUnavailableError),
    ],
)
def test_no_error_of_opening_holds_the_token(
    scene: Scene, fault: Fault, expected: type[Exception]
) -> None:
    list_repositories(scene.conversation(), Selection())
    scene.world.fail("/user", fault)
    with pytest.raises(expected) as raised:
        scene.session(attempts=1)
    for text in everything_about(raised.value):
        assert TOKEN not in text


def test_no_error_of_listing_holds_the_token(scene: Scene) -> None:
    conversation = scene.conversation(attempts=1)
    scene.world.fail("/user/repos", Status(500, TOKEN))
    with pytest.raises(GitHubUnavailableError) as raised:
        list_repositories(conversation, Selection())
    for text in everything_about(raised.value):
        assert TOKEN not in text


def test_a_limit_told_to_the_user_does_not_hold_the_token(scene: Scene) -> None:
    told: list[Any] = []
    scene.world.fail("/user", Status(429, f"{TOKEN}", headers={"retry-after": "2"}), times=1)
    scene.session(on_wait=lambda *news: told.append(news))
    assert told
    assert TOKEN not in repr(told)


def test_the_session_does_not_show_its_token(scene: Scene) -> None:
    session = scene.session()
    assert TOKEN not in repr(session)
    assert TOKEN not in repr(session.access)
    assert isinstance(session.access.token, SecretStr)
