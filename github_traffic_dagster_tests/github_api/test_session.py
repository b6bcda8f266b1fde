import socket
import time
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from github_traffic_dagster.demo_github.faults import (
    Entries,
    NotJson,
    PrimaryLimit,
    SecondaryLimit,
    Status,
)
from github_traffic_dagster.errors import BadTokenError, GitHubUnavailableError
from github_traffic_dagster.github_api.access import Access
from github_traffic_dagster.github_api.credentials import PersonalToken
from github_traffic_dagster.github_api.session import GitHubSession
from github_traffic_dagster.github_api.troubles import CancelledError
from github_traffic_dagster_tests.github_api.conftest import NOON, TOKEN, Scene


def test_opening_proves_the_token_with_one_call(scene: Scene) -> None:
    session = scene.session()
    assert session.login == "octo"
    assert session.calls_made == scene.server.count("/user") == 1


def test_the_budget_is_known_from_the_first_answer(scene: Scene) -> None:
    assert scene.session().budget_left == 4999


def test_the_tokens_expiry_is_read(scene: Scene) -> None:
    expiry = datetime(2026, 12, 1, 10, tzinfo=UTC)
    scene.world.add_token(TOKEN, "octo", expires_at=expiry)
    assert scene.session().token_expires_at == expiry


def test_a_token_without_an_end_has_no_expiry(scene: Scene) -> None:
    assert scene.session().token_expires_at is None


def test_the_present_is_githubs(scene: Scene) -> None:
    session = scene.session()
    assert timedelta(0) <= session.now() - NOON < timedelta(minutes=5)


def test_an_unknown_token_is_refused_with_what_to_do(scene: Scene) -> None:
    with pytest.raises(BadTokenError, match=r"Bad credentials.*GITHUB_TOKEN") as refused:
        scene.session(token=SecretStr("ghp_unknown"))
    assert "ghp_unknown" not in str(refused.value)


def test_an_expired_token_is_refused(scene: Scene) -> None:
    scene.world.add_token(TOKEN, "octo", expires_at=NOON - timedelta(days=1))
    with pytest.raises(BadTokenError, match="expired"):
        scene.session()
    assert len(scene.server.requests) == 1  # asking again would not help


def test_a_token_of_no_user_is_explained(scene: Scene) -> None:
    scene.world.fail("/user", Status(403, "Resource not accessible by integration"))
    with pytest.raises(BadTokenError, match="personal access token"):
        scene.session()


def test_nobody_at_the_address_names_host_and_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    access = Access(token=SecretStr(TOKEN), api_url=f"http://127.0.0.1:{port}", attempts=2)
    with pytest.raises(GitHubUnavailableError, match=rf"127\.0\.0\.1:{port}.*GITHUB_API_URL"):
        GitHubSession.open(access)


@pytest.mark.parametrize(
    "fault", [NotJson(), Status(404), Status(503), Entries(lambda _: []), Entries(lambda _: {})]
)
def test_an_address_that_is_no_github_names_the_setting(
    scene: Scene, fault: NotJson | Status | Entries
) -> None:
    scene.world.fail("/user", fault)
    with pytest.raises(GitHubUnavailableError, match="GITHUB_API_URL"):
        scene.session(attempts=1)


def test_opening_waits_out_a_limit(scene: Scene) -> None:
    scene.world.fail("/user", SecondaryLimit(retry_after=1), times=1)
    assert scene.session().login == "octo"


def test_opening_gives_up_when_the_limit_lifts_too_late(scene: Scene) -> None:
    scene.world.fail("/user", PrimaryLimit(reset_in=600))
    with pytest.raises(GitHubUnavailableError, match="hourly limit lifts at"):
        scene.session(max_wait=60)
    assert len(scene.server.requests) == 1


def test_waiting_is_told(scene: Scene) -> None:
    told: list[tuple[datetime, str]] = []
    scene.world.fail("/user", SecondaryLimit(retry_after=2), times=1)
    scene.session(on_wait=lambda until, why: told.append((until, why)))
    [(until, why)] = told
    assert until.tzinfo is UTC
    assert "secondary" in why


def test_a_closed_session_sends_nothing(scene: Scene) -> None:
    session = scene.session()
    session.close()
    with pytest.raises(CancelledError):
        session.call(lambda requester: requester.requestJsonAndCheck("GET", "/user"))
    assert len(scene.server.requests) == 1


def test_an_hour_used_up_is_waited_for_and_never_run_into(scene: Scene) -> None:
    """The server's hour lasts two seconds and allows five requests."""
    scene.server.limits = type(scene.server.limits)(hourly=5, hour=2.0)
    session = scene.session()
    for _ in range(8):
        session.call(lambda requester: requester.requestJsonAndCheck("GET", "/user"))
    # On a slow machine a connection may idle too long, and its request is sent twice.
    assert session.calls_made >= 9
    assert {request.status for request in scene.server.requests} == {200}
    assert not scene.server.violations


def test_the_local_clock_serves_when_github_tells_no_date() -> None:
    token = SecretStr(TOKEN)
    session = GitHubSession(Access(token=token), PersonalToken(token))
    assert abs(session.now().timestamp() - time.time()) < 60
