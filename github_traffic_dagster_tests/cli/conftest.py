"""The program, and a GitHub of the test's own for it to talk to."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from github_traffic_dagster.demo_github.clock import SimulatedClock
from github_traffic_dagster.demo_github.server import GitHubServer
from github_traffic_dagster.demo_github.world import World
from github_traffic_dagster_tests.cli.program import TOKEN, Program, today


@pytest.fixture
def program(tmp_path: Path) -> Program:
    home, work = tmp_path / "home", tmp_path / "work"
    home.mkdir()
    work.mkdir()
    return Program(home, work)


@pytest.fixture
def world() -> World:
    """Three repositories of one user, with the same traffic on every day."""
    world = World(SimulatedClock())
    world.add_user("octo")
    world.add_token(TOKEN, "octo")
    days = [today() - timedelta(days=age) for age in range(20)]
    for name in ("alpha", "beta", "gamma"):
        world.add_repository(
            f"octo/{name}", views=dict.fromkeys(days, (10, 4)), clones=dict.fromkeys(days, (3, 2))
        )
    return world


@pytest.fixture
def server(world: World, program: Program) -> Iterator[GitHubServer]:
    """The world, served; the program's settings lead to it."""
    with GitHubServer(world) as server:
        program.settings |= {"GITHUB_API_URL": server.url, "GITHUB_TOKEN": TOKEN}
        yield server
