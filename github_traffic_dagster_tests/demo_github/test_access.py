from datetime import UTC, datetime, timedelta

import pytest

from github_traffic_dagster.demo_github.clock import SimulatedClock
from github_traffic_dagster.demo_github.server import GitHubServer
from github_traffic_dagster.demo_github.world import World
from github_traffic_dagster_tests.demo_github.conftest import Client

VIEWS = "/repos/octo/hello/traffic/views"


def test_a_token_belongs_to_its_login(octo: Client, stranger: Client) -> None:
    assert octo.get("/user").json()["login"] == "octo"
    assert stranger.get("/user").json()["login"] == "stranger"


@pytest.mark.parametrize("word", ["Bearer", "bearer", "token"])
def test_both_words_for_a_token_are_understood(server: GitHubServer, word: str) -> None:
    client = Client(server, None)
    assert client.get("/user", {"Authorization": f"{word} octos-token"}).status_code == 200


@pytest.mark.parametrize("token", [None, "never-issued"])
def test_a_bad_or_missing_token_is_401(server: GitHubServer, token: str | None) -> None:
    answer = Client(server, token).get("/user")
    assert answer.status_code == 401
    assert answer.json()["message"] == "Bad credentials"
    assert server.requests[-1].login is None


def test_a_revoked_token_is_401(world: World, octo: Client) -> None:
    assert octo.get("/user").status_code == 200
    world.revoke_token("octos-token")
    assert octo.get("/user").status_code == 401


def test_a_token_tells_its_end_and_is_401_from_then_on(
    world: World, server: GitHubServer, clock: SimulatedClock
) -> None:
    world.add_token("ending", "octo", expires_at=datetime(2026, 12, 1, 10, tzinfo=UTC))
    client = Client(server, "ending")
    told = client.get("/user").headers["github-authentication-token-expiration"]
    assert told == "2026-12-01 10:00:00 UTC"
    clock.move_to(datetime(2026, 12, 1, 9, 59, 59, tzinfo=UTC))
    assert client.get("/user").status_code == 200
    clock.advance(timedelta(seconds=1))
    assert client.get("/user").status_code == 401


def test_a_token_without_an_end_tells_none(octo: Client) -> None:
    assert "github-authentication-token-expiration" not in octo.get("/user").headers


def test_traffic_needs_push_access(world: World, stranger: Client) -> None:
    repository = world.add_repository("octo/hello")
    answer = stranger.get(VIEWS)
    assert (answer.status_code, answer.json()["message"]) == (
        403,
        "Must have push access to repository",
    )
    repository.push_logins.add("stranger")
    assert stranger.get(VIEWS).status_code == 200


def test_members_may_push_to_their_organisations_repositories(
    world: World, octo: Client, stranger: Client
) -> None:
    world.add_repository("labs/tool")
    assert octo.get("/repos/labs/tool/traffic/clones").status_code == 200
    assert stranger.get("/repos/labs/tool/traffic/clones").status_code == 403


def test_a_missing_permission_shows_only_when_traffic_is_asked_for(
    world: World, octo: Client
) -> None:
    world.add_repository("octo/hello", traffic_forbidden=True)
    listed = octo.get("/user/repos").json()[0]
    assert listed["permissions"]["push"]
    answer = octo.get(VIEWS)
    assert answer.status_code == 403
    assert answer.json()["message"] == "Resource not accessible by personal access token"
    assert answer.headers["X-Accepted-GitHub-Permissions"] == "administration=read"


def test_a_private_repository_is_404_to_others(
    world: World, octo: Client, stranger: Client
) -> None:
    world.add_repository("octo/hello", private=True)
    assert octo.get(VIEWS).status_code == octo.get("/repos/octo/hello").status_code == 200
    assert stranger.get(VIEWS).status_code == stranger.get("/repos/octo/hello").status_code == 404


def test_a_deleted_repository_is_404_and_no_longer_listed(world: World, octo: Client) -> None:
    repository = world.add_repository("octo/hello")
    world.delete(repository)
    assert octo.get(VIEWS).json() == {
        "message": "Not Found",
        "documentation_url": "https://docs.github.com/rest",
        "status": "404",
    }
    assert octo.get(f"/repositories/{repository.repo_id}").status_code == 404
    assert octo.get("/user/repos").json() == []


def test_a_blocked_repository_is_listed_and_451(world: World, octo: Client) -> None:
    world.add_repository("octo/hello", blocked=True)
    assert len(octo.get("/user/repos").json()) == 1
    for path in (VIEWS, "/repos/octo/hello"):
        answer = octo.get(path)
        assert (answer.status_code, answer.json()["block"]["reason"]) == (451, "dmca")


def test_names_are_found_in_any_case(world: World, octo: Client) -> None:
    world.add_repository("octo/Hello")
    assert octo.get("/repos/OCTO/hello").json()["full_name"] == "octo/Hello"


@pytest.mark.parametrize(
    "path", ["/", "/nothing", "/repos/octo/hello/traffic/popular", "/repositories/1", "/orgs/octo"]
)
def test_what_is_not_there_is_404(world: World, octo: Client, path: str) -> None:
    world.add_repository("octo/hello")
    assert octo.get(path).status_code == 404


def test_nothing_can_be_written(world: World, octo: Client) -> None:
    world.add_repository("octo/hello")
    answer = octo.session.delete(f"{octo.server.url}/repos/octo/hello", timeout=30)
    assert answer.status_code == 404
    assert octo.get("/repos/octo/hello").status_code == 200
