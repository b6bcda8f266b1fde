"""A small simulated GitHub, served over HTTP, and sessions that speak to it."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from github_traffic_dagster.demo_github.apps import App
from github_traffic_dagster.demo_github.clock import SimulatedClock
from github_traffic_dagster.demo_github.repository import SimulatedRepository
from github_traffic_dagster.demo_github.server import GitHubServer
from github_traffic_dagster.demo_github.world import World
from github_traffic_dagster.github_api.access import Access
from github_traffic_dagster.github_api.app_key import app_key
from github_traffic_dagster.github_api.conversation import Conversation
from github_traffic_dagster.github_api.limits import OnWait
from github_traffic_dagster.github_api.outcomes import Outcome
from github_traffic_dagster.github_api.session import GitHubSession
from github_traffic_dagster.traffic.answers import Target

TOKEN = "ghp_0123456789abcdefghijklmnopqrstuvwxyz"
NOON = datetime(2026, 7, 15, 12, tzinfo=UTC)


@dataclass
class Scene:
    """The world, its server, and the ways the tests go into it."""

    world: World
    server: GitHubServer
    open_sessions: ExitStack = field(default_factory=ExitStack)

    def access(self, **settings: Any) -> Access:
        settings = {"api_url": self.server.url, "token": SecretStr(TOKEN), **settings}
        return Access(**settings)

    def session(self, on_wait: OnWait | None = None, **settings: Any) -> GitHubSession:
        session = GitHubSession.open(self.access(**settings), on_wait)
        return self.open_sessions.enter_context(session)

    def conversation(self, on_wait: OnWait | None = None, **settings: Any) -> Conversation:
        conversation = Conversation.open(self.access(**settings), on_wait)
        return self.open_sessions.enter_context(conversation)

    def app_conversation(
        self, app: App, on_wait: OnWait | None = None, **settings: Any
    ) -> Conversation:
        """With the App alone, unless a `token` is given."""
        key = app_key(str(app.app_id), app.private_key, None)
        return self.conversation(on_wait, **{"token": None, "app": key, **settings})

    def repository(self, name: str = "octo/hello", **facts: Any) -> SimulatedRepository:
        facts.setdefault("views", {date(2026, 7, 10): (8, 3), date(2026, 7, 12): (5, 5)})
        facts.setdefault("clones", {date(2026, 7, 11): (2, 1)})
        return self.world.add_repository(name, **facts)


def by_id(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """They come in the order in which they are known; this is the order of creation."""
    return sorted(outcomes, key=lambda outcome: outcome.repo_id)


@pytest.fixture
def world() -> World:
    world = World(SimulatedClock(NOON))
    world.add_user("octo")
    world.add_user("stranger")
    world.add_organization("labs", members=["octo"])
    world.add_token(TOKEN, "octo")
    return world


@pytest.fixture
def app(world: World, app_key: str) -> App:
    """An App that is installed nowhere yet."""
    return world.add_app(7, owner="octo", private_key=app_key)


@pytest.fixture
def scene(world: World) -> Iterator[Scene]:
    with GitHubServer(world) as server:
        scene = Scene(world, server)
        with scene.open_sessions:
            yield scene


@pytest.fixture
def target() -> Callable[..., Target]:
    """Makes the target of a repository, listed just now unless told otherwise."""

    def make(repository: SimulatedRepository, listed_at: datetime = NOON) -> Target:
        return Target(
            repository.repo_id, repository.full_name, repository.created_at, listed_at=listed_at
        )

    return make
