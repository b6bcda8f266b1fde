"""`automation` end to end: the program, a GitHub over HTTP, Delta tables."""

import re

import pytest

from github_traffic_dagster.demo_github.server import GitHubServer
from github_traffic_dagster_tests.cli.program import Program


def test_the_demo_tells_how_many_clones_are_not_its_own_cis(program: Program) -> None:
    assert program.run("collect", "--demo").returncode == 0
    answer = program.run("automation", "--demo")

    assert answer.returncode == 0, answer.stderr
    assert "10 of 11 repositories looked at" in answer.stdout
    found = re.search(r"demo-labs/data-pipeline +(\d+)  (\d+) to (\d+)", answer.stdout)
    assert found
    clones, low, high = map(int, found.groups())
    assert 0 <= low < high < clones
    assert program.table("clones_less_automation", program.root / "demo").height > 80


@pytest.mark.usefixtures("server")
def test_before_any_collection_it_says_what_to_run_first(program: Program) -> None:
    answer = program.run("automation", GITHUB_TRAFFIC_AUTOMATION="true")

    assert answer.returncode == 0, answer.stderr
    assert "No clones of these days are known yet: github-traffic collect" in answer.stdout


def test_without_the_setting_it_says_what_to_set_and_does_nothing(
    program: Program, server: GitHubServer
) -> None:
    answer = program.run("automation")

    assert answer.returncode == 2
    assert answer.stderr.startswith("GITHUB_TRAFFIC_AUTOMATION is not true")
    assert not server.requests
    assert program.written() == []


@pytest.mark.usefixtures("server")
def test_a_refused_token_fails_the_run_in_one_clear_line(program: Program) -> None:
    answer = program.run("automation", GITHUB_TOKEN="ghp_wrong", GITHUB_TRAFFIC_AUTOMATION="true")

    assert answer.returncode == 1
    assert "GITHUB_TOKEN" in answer.stderr
    assert "Traceback" not in answer.stderr
