"""A world with two users and an organisation, a server for it, and a client for each user."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import requests

from github_traffic_dagster.demo_github.clock import SimulatedClock
from github_traffic_dagster.demo_github.server import GitHubServer
from github_traffic_dagster.demo_github.world import World

NOON = datetime(2026, 5, 20, 12, tzinfo=UTC)  # a Wednesday


class Client:
    """Asks the server with a token, over one connection for as long as it lasts."""

    def __init__(self, server: GitHubServer, token: str | None) -> None:
        self.server = server
        self.session = requests.Session()
        # Neither a proxy nor a .netrc of the machine has a say.
        self.session.trust_env = False
        if token is not None:
            self.session.headers["Authorization"] = f"Bearer {token}"

    def get(
        self, path: str, headers: dict[str, str] | None = None, *, follow: bool = True
    ) -> requests.Response:
        return self.session.get(
            self.server.url + path, headers=headers, allow_redirects=follow, timeout=30
        )

    def post(self, path: str) -> requests.Response:
        return self.session.post(self.server.url + path, timeout=30)


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(NOON)


@pytest.fixture
def world(clock: SimulatedClock) -> World:
    world = World(clock)
    world.add_user("octo")
    world.add_user("stranger")
    world.add_organization("labs", members=["octo"])
    world.add_token("octos-token", "octo")
    world.add_token("strangers-token", "stranger")
    return world


@pytest.fixture
def server(world: World) -> Iterator[GitHubServer]:
    with GitHubServer(world) as server:
        yield server


@pytest.fixture
def octo(server: GitHubServer) -> Iterator[Client]:
    client = Client(server, "octos-token")
    with client.session:
        yield client


@pytest.fixture
def stranger(server: GitHubServer) -> Iterator[Client]:
    client = Client(server, "strangers-token")
    with client.session:
        yield client
