"""`snapshots` end to end: the program, a GitHub over HTTP, Delta tables."""

import re
from pathlib import Path
from typing import Any

import pytest

from github_traffic_dagster.demo_github.faults import Status
from github_traffic_dagster.demo_github.popular import PopularPath, Referrer
from github_traffic_dagster.demo_github.server import GitHubServer
from github_traffic_dagster.demo_github.world import World
from github_traffic_dagster_tests.cli.program import Program


@pytest.fixture(autouse=True)
def lists(world: World, server: GitHubServer) -> None:
    for repository in world.repositories:
        repository.referrers = [Referrer("Google", 4, 3)]
        repository.paths = [PopularPath("", "Home", 4, 3), PopularPath("/wiki", "Wiki", 2, 1)]


def test_what_was_asked_for_is_kept_and_summed_up(
    program: Program, world: World, server: GitHubServer
) -> None:
    world.fail(world.repositories[1], Status(451))

    answer = program.run("snapshots", GITHUB_TRAFFIC_SNAPSHOTS="referrers,paths")

    assert answer.returncode == 0, answer.stderr
    assert "2 of 3 repositories looked at" in answer.stdout
    assert "octo/beta" in answer.stdout
    entries = dict(line.split()[:2] for line in answer.stdout.splitlines() if "entries" in line)
    assert entries == {"referrers": "2", "paths": "4"}
    assert program.table("raw_paths").height == 4
    assert server.count("/repos/octo/alpha/releases") == 0


def test_without_a_setting_it_says_what_to_set_and_does_nothing(
    program: Program, server: GitHubServer
) -> None:
    answer = program.run("snapshots")

    assert answer.returncode == 2
    assert answer.stderr.startswith("GITHUB_TRAFFIC_SNAPSHOTS is empty")
    assert "referrers, paths, releases" in answer.stderr
    assert not server.requests
    assert program.written() == []


def test_a_refused_token_fails_the_run_in_one_clear_line(program: Program) -> None:
    answer = program.run("snapshots", GITHUB_TOKEN="ghp_wrong", GITHUB_TRAFFIC_SNAPSHOTS="paths")

    assert answer.returncode == 1
    assert "GITHUB_TOKEN" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_the_demo_takes_all_of_them(program: Program) -> None:
    answer = program.run("snapshots", "--demo")

    assert answer.returncode == 0, answer.stderr
    assert "9 of 11 repositories looked at" in answer.stdout
    root = program.root / "demo"
    for name in ("raw_referrers", "raw_paths", "raw_release_downloads"):
        assert program.table(name, root).height > 10
    read = as_the_guide_does(root)
    assert set(read["referrers"]["full_name"]) >= {"octo-demo/hello-world"}
    assert read["downloads"]["downloads"].sum() > 0
    assert read["stars"].height == program.table("repos", root).height


def as_the_guide_does(root: Path) -> dict[str, Any]:
    """What the code of docs/how-to/snapshots.md finds, with this store in the usual one's place."""
    guide = Path(__file__).parents[2] / "docs" / "how-to" / "snapshots.md"
    if not guide.exists():
        pytest.skip("not a checkout")
    [code] = re.findall(r"```python\n(.*?)```", guide.read_text("utf-8"), re.DOTALL)
    assert code.count("~/github-traffic/store") == 1
    names: dict[str, Any] = {}
    exec(code.replace("~/github-traffic/store", str(root / "store")), names)
    return names
