"""The world a newcomer meets with `--demo`: a dozen repositories, each with a story of its own."""

from dataclasses import dataclass, field
from datetime import timedelta

from github_traffic_dagster.demo_github.clock import SimulatedClock
from github_traffic_dagster.demo_github.demo_popular import (
    paths_of,
    referrers_of,
    releases_of,
)
from github_traffic_dagster.demo_github.demo_workflows import clones_with, runs_of
from github_traffic_dagster.demo_github.rhythm import Rhythm
from github_traffic_dagster.demo_github.world import RepositoryFacts, World

DEMO_TOKEN = "token-of-octo-demo"  # noqa: S105 - opens nothing but the demo
DEMO_USER = "octo-demo"
DEMO_ORGANIZATION = "demo-labs"

_FIRST_REPO_ID = 700_001
_NEW_FOR = timedelta(days=4)


@dataclass(frozen=True)
class _Story:
    """A repository of the demo: its usual views and clones a day and what is special about it.

    Attributes:
        clones: by people; workflow runs make more.
        pushes: a day, each of which runs a workflow.
    """

    full_name: str
    views: float
    clones: float
    weekend: float = 0.35
    release: float = 0.0
    pushes: float = 0.0
    new: bool = False
    read_only: bool = False
    facts: RepositoryFacts = field(default_factory=RepositoryFacts)


_STORIES = (
    _Story("octo-demo/hello-world", 120, 30, facts={"stargazers": 2400, "forks": 310}),
    _Story(
        "octo-demo/release-train",
        40,
        12,
        release=6,
        pushes=3,
        facts={"stargazers": 410, "forks": 35},
    ),
    _Story("octo-demo/dotfiles", 0.2, 0.05, weekend=1.0, facts={"stargazers": 3}),
    _Story("octo-demo/brand-new", 25, 9, weekend=0.8, new=True, facts={"stargazers": 12}),
    _Story("octo-demo/retired-library", 6, 2, facts={"archived": True, "stargazers": 180}),
    _Story("octo-demo/forked-parser", 2, 1, facts={"fork": True}),
    _Story("octo-demo/secret-plans", 4, 3, weekend=0.1, facts={"private": True}),
    _Story(
        "demo-labs/data-pipeline",
        65,
        18,
        pushes=9,
        facts={"stargazers": 730, "open_issues": 17},
    ),
    _Story("demo-labs/handbook", 210, 4, weekend=0.6, facts={"stargazers": 95}),
    _Story("demo-labs/taken-down", 9, 3, facts={"blocked": True}),
    _Story("demo-labs/permission-missing", 15, 5, facts={"traffic_forbidden": True}),
    _Story("demo-labs/read-only", 33, 8, read_only=True, facts={"stargazers": 51}),
)


def demo_world(clock: SimulatedClock | None = None) -> World:
    """The demo's world, seen with `DEMO_TOKEN`.

    Traffic is a function of repository and day: worlds made on different days, in different
    processes, agree on all they both show. Only "octo-demo/brand-new" was always created four days
    before the world was made, and has nothing before that.

    Args:
        clock: real time by default.
    """
    clock = clock or SimulatedClock()
    world = World(clock)
    world.add_user(DEMO_USER)
    world.add_organization(DEMO_ORGANIZATION, members=[DEMO_USER])
    world.add_token(DEMO_TOKEN, DEMO_USER)
    for number, story in enumerate(_STORIES):
        name, repo_id = story.full_name, _FIRST_REPO_ID + number
        clones = Rhythm(f"{name}/clones", story.clones, story.weekend, story.release)
        runs = runs_of(name, repo_id, story.pushes) if story.pushes else ()
        world.add_repository(
            name,
            repo_id=repo_id,
            created_at=clock.now() - _NEW_FOR if story.new else None,
            views=Rhythm(f"{name}/views", story.views, story.weekend, story.release),
            clones=clones_with(clones, runs) if callable(runs) else clones,
            push_logins=() if story.read_only else None,
            **(story.facts | _popular(story, repo_id, clock) | {"workflow_runs": runs}),
        )
    return world


def _popular(story: _Story, repo_id: int, clock: SimulatedClock) -> RepositoryFacts:
    """What GitHub shows of it only today."""
    return {
        "referrers": referrers_of(story.full_name, story.views),
        "paths": paths_of(story.full_name, story.views),
        "releases": releases_of(repo_id, clock.now()) if story.release else (),
    }
