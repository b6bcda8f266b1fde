"""The workflow of the page: what linters know of it, and its last step on new machines."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from github_traffic_dagster.demo_github.server import GitHubServer
from github_traffic_dagster.io_manager import TrafficStore
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.tables import GOLDEN
from github_traffic_dagster_tests.cli.program import TOKEN, Program
from github_traffic_dagster_tests.docs.linting import findings
from github_traffic_dagster_tests.docs.pages import DOCS, files
from github_traffic_dagster_tests.object_stores import s3_variables
from reliability.emulators import ObjectStore

PAGE = DOCS / "how-to" / "github-actions.md"
NAME = ".github/workflows/collect-traffic.yml"
TEXT = files(PAGE)[NAME]
WORKFLOW: dict[str, Any] = yaml.safe_load(TEXT)
JOB: dict[str, Any] = WORKFLOW["jobs"]["collect"]
COLLECT: dict[str, Any] = JOB["steps"][-1]


@pytest.fixture
def workflow(tmp_path: Path) -> Path:
    path = tmp_path / NAME
    path.parent.mkdir(parents=True)
    path.write_text(TEXT)
    return path


def test_it_is_a_workflow_by_the_published_schema(workflow: Path) -> None:
    schema = ("--builtin-schema", "vendor.github-workflows")
    assert findings("check-jsonschema", *schema, str(workflow)) == ""


def test_zizmor_finds_nothing_unsafe(workflow: Path) -> None:
    assert findings("zizmor", "--offline", "--no-progress", "--quiet", str(workflow)) == ""


def test_two_runs_never_meet_none_hangs_and_none_may_write_to_the_repository() -> None:
    assert WORKFLOW["concurrency"] == {"group": "collect-traffic", "cancel-in-progress": False}
    assert JOB["timeout-minutes"] <= 60
    assert WORKFLOW["permissions"] == {"contents": "read"}


def test_no_name_of_a_secret_or_a_variable_is_one_that_github_keeps_for_itself() -> None:
    names = re.findall(r"(?:secrets|vars)\.(\w+)", TEXT)

    assert len(names) == len(COLLECT["env"])
    assert not [name for name in names if name.startswith("GITHUB_")]
    assert set(names) <= set(re.findall(r"\w+", PAGE.read_text().split("```yaml")[0]))


def run(program: Program, **given: str) -> subprocess.CompletedProcess[str]:
    """The last step on a machine of its own; what is not given is empty, as GitHub has it."""
    names = {
        name: re.fullmatch(r"\$\{\{ (?:secrets|vars)\.(\w+) \}\}", value)
        for name, value in COLLECT["env"].items()
    }
    environment = {name: given.pop(found[1], "") for name, found in names.items() if found}
    program.install(program.home / "python")
    path = f"{program.home}/python/bin:/usr/bin:/bin"
    # https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
    script = program.home / "step.sh"
    script.write_text(COLLECT["run"])
    return program.shell(f"bash -e {script}", **environment | given | {"PATH": path})


def test_a_second_machine_goes_on_where_the_first_one_ended(
    tmp_path: Path, server: GitHubServer, s3: str, s3_server: ObjectStore
) -> None:
    machine = s3_variables(s3_server.url)
    given = {"TRAFFIC_TOKEN": TOKEN, "TRAFFIC_STORE": s3, "GITHUB_API_URL": server.url, **machine}
    for number in (1, 2):
        home = tmp_path / f"machine{number}"
        home.mkdir()
        asked = len(server.requests)

        done = run(Program(home, home), **given)

        assert done.returncode == 0, done.stderr
        assert not (home / "github-traffic" / "store").exists()
    traffic = {seen.status for seen in server.requests[asked:] if "/traffic/" in seen.path}
    assert traffic == {304}, "the second machine knows the first one's answers"
    golden = TrafficStore(root_uri=s3).scan(GOLDEN[Metric.VIEWS]).collect()
    assert golden["observations"].unique().to_list() == [2]


def test_without_a_place_for_the_tables_it_is_red_and_says_what_is_missing(
    program: Program, server: GitHubServer
) -> None:
    done = run(program, TRAFFIC_TOKEN=TOKEN, GITHUB_API_URL=server.url)

    assert done.returncode != 0
    assert "TRAFFIC_STORE: is not set" in done.stderr
    assert server.requests == []
