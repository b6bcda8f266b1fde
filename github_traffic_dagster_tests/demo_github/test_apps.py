"""Apps, their JWTs and installations, as a client without any library of GitHub's sees them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import jwt
import pytest

from github_traffic_dagster.demo_github.apps import App, new_private_key
from github_traffic_dagster.demo_github.clock import SimulatedClock
from github_traffic_dagster.demo_github.faults import Status
from github_traffic_dagster.demo_github.limits import Limits
from github_traffic_dagster.demo_github.server import GitHubServer
from github_traffic_dagster.demo_github.world import World
from github_traffic_dagster_tests.demo_github.conftest import NOON, Client

VIEWS = "/repos/labs/tool/traffic/views"


@pytest.fixture
def app(world: World, app_key: str) -> App:
    return world.add_app(7, owner="octo", private_key=app_key)


def signed(key: str, at: datetime = NOON, **claims: Any) -> str:
    now = int(at.timestamp())
    return jwt.encode({"iat": now - 60, "exp": now + 300, "iss": "7", **claims}, key, "RS256")


@pytest.fixture
def as_app(server: GitHubServer, app: App) -> Client:
    return Client(server, signed(app.private_key))


@pytest.fixture
def as_installation(as_app: Client) -> Callable[[int], Client]:
    def make(number: int = 5001) -> Client:
        answer = as_app.post(f"/app/installations/{number}/access_tokens")
        assert answer.status_code == 201
        return Client(as_app.server, answer.json()["token"])

    return make


def test_a_signed_jwt_is_the_app(as_app: Client) -> None:
    answer = as_app.get("/app")
    assert (answer.status_code, answer.json()["id"]) == (200, 7)
    assert as_app.server.requests[-1].account == "app 7"


@pytest.mark.parametrize(
    ("claims", "status", "message"),
    [
        ({"iat": int(NOON.timestamp()) + 1}, 401, "'Issued at' claim"),
        ({"iat": None}, 401, "'Issued at' claim"),
        ({"exp": int(NOON.timestamp())}, 401, "'Expiration time' claim"),
        ({"exp": int(NOON.timestamp()) + 601}, 401, "too far in the future"),
        ({"iss": "8"}, 404, "Integration not found"),
        ({"iss": "me"}, 404, "Integration not found"),
    ],
)
def test_a_jwt_with_wrong_claims_is_refused_in_githubs_words(
    server: GitHubServer, app: App, claims: dict[str, Any], status: int, message: str
) -> None:
    answer = Client(server, signed(app.private_key, **claims)).get("/app")
    assert answer.status_code == status
    assert message in answer.json()["message"]


def test_another_key_signs_in_vain(server: GitHubServer, app: App) -> None:
    answer = Client(server, signed(new_private_key())).get("/app")
    assert (answer.status_code, answer.json()["message"]) == (
        401,
        "A JSON web token could not be decoded",
    )


def test_an_unsigned_jwt_is_refused(server: GitHubServer, app: App) -> None:
    now = int(NOON.timestamp())
    unsigned = jwt.encode({"iat": now, "exp": now + 60, "iss": "7"}, "", algorithm="none")
    assert Client(server, unsigned).get("/app").status_code == 401
    assert Client(server, "not.a.jwt").get("/app").status_code == 401


def test_an_app_as_such_sees_neither_users_nor_installations_repositories(as_app: Client) -> None:
    for path in ("/user", "/user/repos", "/installation/repositories"):
        assert as_app.get(path).status_code == 403


def test_only_the_app_lists_its_installations(world: World, as_app: Client, octo: Client) -> None:
    app = world.apps.apps[7]
    world.install(app, "labs", permissions={"metadata": "read"})
    world.install(app, "octo", suspended=True)
    listed = as_app.get("/app/installations").json()
    assert [(one["id"], one["account"]["login"]) for one in listed] == [
        (5001, "labs"),
        (5002, "octo"),
    ]
    assert listed[0]["permissions"] == {"metadata": "read"}
    assert [one["suspended_at"] for one in listed] == [None, "2026-05-20T12:00:00Z"]
    assert octo.get("/app/installations").status_code == 401


def test_installations_come_in_pages(world: World, as_app: Client) -> None:
    for number in range(3):
        world.add_organization(f"org{number}")
        world.install(world.apps.apps[7], f"org{number}")
    answer = as_app.get("/app/installations?per_page=2")
    assert len(answer.json()) == 2
    assert 'rel="next"' in answer.headers["link"]


def test_a_token_lasts_an_hour_of_the_worlds_clock(
    world: World, app: App, as_installation: Callable[..., Client], clock: SimulatedClock
) -> None:
    world.install(app, "labs")
    client = as_installation()
    clock.advance(timedelta(minutes=59, seconds=59))
    assert client.get("/installation/repositories").status_code == 200
    clock.advance(timedelta(seconds=1))
    answer = client.get("/installation/repositories")
    assert (answer.status_code, answer.json()["message"]) == (401, "Bad credentials")


def test_an_installation_lists_what_it_covers_and_pushes_nowhere(
    world: World, app: App, as_installation: Callable[..., Client], octo: Client
) -> None:
    tool = world.add_repository("labs/tool", private=True)
    world.add_repository("labs/other")
    world.add_repository("octo/hello")
    world.install(app, "labs", repositories=[tool])
    listed = as_installation().get("/installation/repositories").json()
    assert (listed["total_count"], listed["repository_selection"]) == (1, "selected")
    assert [one["full_name"] for one in listed["repositories"]] == ["labs/tool"]
    assert not any(listed["repositories"][0]["permissions"].values())
    assert octo.get("/installation/repositories").status_code == 403


def test_an_installation_is_no_user(
    world: World, app: App, as_installation: Callable[..., Client]
) -> None:
    world.install(app, "labs")
    client = as_installation()
    for path in ("/user", "/user/repos"):
        answer = client.get(path)
        assert (answer.status_code, answer.json()["message"]) == (
            403,
            "Resource not accessible by integration",
        )


def test_an_installation_reads_traffic_with_the_permission_on_what_it_covers(
    world: World, app: App, as_installation: Callable[..., Client]
) -> None:
    tool = world.add_repository("labs/tool", private=True)
    world.add_repository("labs/open")
    world.add_repository("labs/closed", private=True)
    installation = world.install(app, "labs", repositories=[tool])
    client = as_installation()
    assert client.get(VIEWS).status_code == 200
    assert client.get("/repos/labs/open").status_code == 200
    assert client.get("/repos/labs/open/traffic/views").status_code == 403
    assert client.get("/repos/labs/closed/traffic/views").status_code == 404
    installation.permissions = {"metadata": "read"}
    refused = client.get(VIEWS)
    assert refused.json()["message"] == "Resource not accessible by integration"
    assert refused.headers["X-Accepted-GitHub-Permissions"] == "administration=read"


def test_a_suspended_installation_is_refused_everything(
    world: World, app: App, as_app: Client, as_installation: Callable[..., Client]
) -> None:
    installation = world.install(app, "labs")
    client = as_installation()
    installation.suspended_at = NOON
    minting = as_app.post("/app/installations/5001/access_tokens")
    for answer in (minting, client.get(VIEWS)):
        assert (answer.status_code, answer.json()["message"]) == (
            403,
            "This installation has been suspended",
        )


def test_a_removed_installation_has_no_tokens_any_more(
    world: World, app: App, as_app: Client, as_installation: Callable[..., Client]
) -> None:
    installation = world.install(app, "labs")
    client = as_installation()
    world.apps.uninstall(installation)
    assert client.get(VIEWS).status_code == 401
    assert as_app.post("/app/installations/5001/access_tokens").status_code == 404
    assert as_app.get("/app/installations").json() == []


def test_each_installation_has_limits_of_its_own(
    world: World, server: GitHubServer, app: App, as_installation: Callable[..., Client]
) -> None:
    world.install(app, "labs", hourly=2)
    world.install(app, "octo", hourly=12_500)
    labs, octo = as_installation(5001), as_installation(5002)
    told = labs.get("/rate_limit").json()["rate"]
    assert (told["limit"], told["used"]) == (2, 0)
    assert octo.get("/installation/repositories").headers["X-RateLimit-Limit"] == "12500"
    statuses = [labs.get("/installation/repositories").status_code for _ in range(3)]
    assert statuses == [200, 200, 403]
    # Another token of the same installation brings no other budget.
    assert as_installation(5001).get("/installation/repositories").status_code == 403
    assert octo.get("/installation/repositories").status_code == 200
    assert server.violations == {"hourly": 2}


def test_a_post_costs_five_points(world: World, as_app: Client) -> None:
    world.install(world.apps.apps[7], "labs")
    as_app.server.limits = Limits(points_per_minute=6)
    minting = "/app/installations/5001/access_tokens"
    assert [as_app.post(minting).status_code for _ in range(2)] == [201, 429]
    assert as_app.get("/app").status_code == 200


def test_minting_can_go_wrong_like_anything_else(world: World, as_app: Client) -> None:
    world.install(world.apps.apps[7], "labs")
    minting = "/app/installations/5001/access_tokens"
    world.fail(minting, Status(502), times=1)
    assert [as_app.post(minting).status_code for _ in range(2)] == [502, 201]


def test_an_etag_holds_for_one_token_only(
    world: World, app: App, as_installation: Callable[..., Client]
) -> None:
    """As at GitHub (github/docs#34689): a token of the next hour gets the whole answer."""
    world.install(app, "labs")
    first, second = as_installation(), as_installation()
    etag = first.get("/installation/repositories").headers["ETag"]
    known = {"If-None-Match": etag}
    assert first.get("/installation/repositories", known).status_code == 304
    assert second.get("/installation/repositories", known).status_code == 200
