"""The App's key, its JWTs and its installations' tokens are nowhere but in requests."""

import logging
import re
from collections.abc import Callable, Iterator

import pytest

from github_traffic_dagster.demo_github.apps import App
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
from github_traffic_dagster.github_api.conversation import Conversation
from github_traffic_dagster.github_api.inventory import list_repositories
from github_traffic_dagster.github_api.routing import collect_windows
from github_traffic_dagster.github_api.selection import Selection
from github_traffic_dagster.traffic.answers import Metric, Target
from github_traffic_dagster_tests.github_api.conftest import Scene
from github_traffic_dagster_tests.github_api.test_secrets import everything_about

MakeTarget = Callable[..., Target]
MakeFault = Callable[[str], Fault]
JWT = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+")
A_JWT = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiI3In0.c2lnbmF0dXJl"


@pytest.fixture(autouse=True)
def secrets(
    scene: Scene, app: App, caplog: pytest.LogCaptureFixture
) -> Iterator[Callable[[str], bool]]:
    """Tells whether a text holds a secret; no log may, not even PyGithub's own at its loudest."""

    def leaks(text: str) -> bool:
        key = app.private_key.splitlines()[1:-1]
        return bool(JWT.search(text)) or any(
            secret in text for secret in (*scene.world.apps.tokens, *key)
        )

    for name in ("", "github", "github.Requester", "urllib3", "requests"):
        caplog.set_level(logging.DEBUG, logger=name)
    yield leaks
    records = caplog.get_records("setup") + caplog.get_records("call")
    assert any(record.name.startswith("github") for record in records)
    assert scene.world.apps.tokens
    for record in records:
        assert not leaks(f"{record.getMessage()} {record.__dict__}")


@pytest.fixture
def conversation(scene: Scene, app: App) -> Conversation:
    """With a token in use."""
    scene.world.install(app, "labs")
    conversation = scene.app_conversation(app, attempts=1, timeout=0.3)
    list_repositories(conversation, Selection())
    return conversation


IN_TEXTS: list[MakeFault] = [
    lambda secret: Status(401, f"Bad credentials {secret}"),
    lambda secret: Status(403, f"who are you, {secret}?"),
    lambda secret: Status(403, f"This installation has been suspended, {secret}"),
    lambda secret: Status(404, secret),
    lambda secret: Status(500, f"token {secret} crashed us", headers={"x-echo": secret}),
    lambda secret: Status(301, headers={"location": f"http://{secret}.example/"}),
    lambda _: ConnectionReset(),
    lambda _: TruncatedBody(),
    lambda _: NotJson(),
    lambda _: Slow(5),
]
IN_DATA: list[MakeFault] = [
    lambda secret: Entries(lambda answer: {**answer, "count": secret}),
    lambda secret: Entries(lambda answer: {**answer, "views": [{"timestamp": secret}]}),
    lambda secret: Entries(lambda answer: {**answer, secret: secret}),
]


@pytest.mark.parametrize("fault", IN_TEXTS + IN_DATA)
def test_a_server_that_echoes_an_installations_token_gets_it_into_no_outcome(
    scene: Scene,
    conversation: Conversation,
    target: MakeTarget,
    fault: MakeFault,
    secrets: Callable[[str], bool],
) -> None:
    repository = scene.repository("labs/tool")
    scene.world.fail(repository, fault(scene.world.apps.tokens[-1]))
    [outcome] = collect_windows(conversation, [target(repository)], Metric.VIEWS)
    assert not secrets(repr(outcome))


@pytest.mark.parametrize("fault", IN_TEXTS)
@pytest.mark.parametrize("what", ["jwt", "token"])
def test_nothing_raised_while_a_token_is_made_holds_a_secret(
    scene: Scene,
    conversation: Conversation,
    fault: MakeFault,
    what: str,
    secrets: Callable[[str], bool],
) -> None:
    """The answer that failed may hold a token nobody has seen yet."""
    unseen = scene.world.apps.mint(scene.world.apps.installations[5001])[0]
    scene.world.fail("/app/installations/5001", fault(A_JWT if what == "jwt" else unseen))
    scene.world.fail("/installation", Status(401, "Bad credentials"))
    with pytest.raises((BadTokenError, GitHubUnavailableError)) as raised:
        list_repositories(conversation, Selection())
    for text in everything_about(raised.value):
        assert not secrets(text)


@pytest.mark.parametrize("fault", IN_TEXTS)
def test_no_error_of_opening_holds_a_secret(
    scene: Scene,
    app: App,
    conversation: Conversation,
    fault: MakeFault,
    secrets: Callable[[str], bool],
) -> None:
    for path in ("/app", "/app/installations"):
        scene.world.heal()
        scene.world.fail(path, fault(A_JWT))
        try:
            scene.app_conversation(app, attempts=1, timeout=0.3)
        except (BadTokenError, GitHubUnavailableError) as error:
            for text in everything_about(error):
                assert not secrets(text)


def test_no_object_shows_its_secrets(
    conversation: Conversation, secrets: Callable[[str], bool]
) -> None:
    line = conversation.lines[0]
    credential = line.session.credential
    for shown in (conversation, line, line.session, credential, conversation.access):
        assert not secrets(f"{shown!r} {shown}")
    assert not secrets(repr(vars(credential)["_current"]))


def test_the_search_would_find_them(
    scene: Scene, app: App, conversation: Conversation, secrets: Callable[[str], bool]
) -> None:
    """A test that can't fail proves nothing."""
    credential = conversation.lines[0].session.credential
    assert secrets(f"token {credential.token}")
    assert secrets(f"Bearer {A_JWT}")
    assert secrets(app.private_key)
