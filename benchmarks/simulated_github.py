"""The simulated GitHub in a process of its own, so that it takes no time from what is measured."""

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from github_traffic_dagster.demo_github.clock import SimulatedClock
from github_traffic_dagster.demo_github.limits import Limits
from github_traffic_dagster.demo_github.rhythm import Rhythm
from github_traffic_dagster.demo_github.server import GitHubServer
from github_traffic_dagster.demo_github.world import World

TOKEN = "token-of-the-benchmarks"  # noqa: S105 - opens nothing but the simulation
UNLIMITED = Limits(points_per_minute=10**9, hourly=10**9)
_USER = "octo"
_QUIET_SHARE = 4  # each so manieth repository has no traffic at all


@dataclass(frozen=True)
class Figures:
    """What the server counted.

    Attributes:
        requests: answered so far.
        charged: those of them that cost something of the hourly budget.
        violations: requests that would have exceeded a limit, by its name.
        most_under_way: at once.
    """

    requests: int
    charged: int
    violations: dict[str, int]
    most_under_way: int


@dataclass(frozen=True)
class Served:
    """A running server."""

    url: str
    _connection: Connection

    @property
    def environment(self) -> dict[str, str]:
        """How the command line finds it."""
        return {"GITHUB_API_URL": self.url, "GITHUB_TOKEN": TOKEN}

    def figures(self) -> Figures:
        """What it counted so far."""
        self._connection.send("figures")
        found: Figures = self._connection.recv()
        return found


@contextmanager
def github(repositories: int, *, latency: float, limits: Limits = UNLIMITED) -> Iterator[Served]:
    """Serve so many repositories of one user.

    Args:
        repositories: one in four without any traffic.
        latency: seconds that every answer takes.
        limits: none but the hundred at once by default.
    """
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_serve, args=(theirs, repositories, latency, limits))
    process.start()
    try:
        yield Served(ours.recv(), ours)
    finally:
        ours.send("stop")
        process.join()


def _serve(connection: Connection, repositories: int, latency: float, limits: Limits) -> None:
    with GitHubServer(_world(repositories), limits=limits, latency=latency) as server:
        connection.send(server.url)
        while connection.recv() == "figures":
            connection.send(_figures(server))


def _world(repositories: int) -> World:
    world = World(SimulatedClock())
    world.add_user(_USER)
    world.add_token(TOKEN, _USER)
    for number in range(repositories):
        name = f"{_USER}/repository-{number:05}"
        busy = number % _QUIET_SHARE != 0
        traffic: dict[str, Any] = (
            {"views": Rhythm(f"{name}/views", 40), "clones": Rhythm(f"{name}/clones", 9)}
            if busy
            else {}
        )
        world.add_repository(name, **traffic)
    return world


def _figures(server: GitHubServer) -> Figures:
    seen = list(server.requests)
    return Figures(
        requests=len(seen),
        charged=sum(one.status != 304 for one in seen),  # noqa: PLR2004 - not modified
        violations=dict(server.violations),
        most_under_way=server.most_under_way,
    )
