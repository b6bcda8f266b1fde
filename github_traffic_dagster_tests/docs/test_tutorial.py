"""The tutorial, done from an empty home, and the README's snippet on what it collected."""

import shlex
from collections.abc import Iterator

import pytest

from github_traffic_dagster.demo_github.server import GitHubServer
from github_traffic_dagster_tests.cli.program import TOKEN, Program
from github_traffic_dagster_tests.docs.pages import DOCS, README, fences, files

PAGE = DOCS / "tutorial" / "first-plot.md"
INSTALL = "python3.11 -m venv .venv && .venv/bin/pip install -q -c constraints.txt ."
UNTIL_CTRL_C = ".venv/bin/github-traffic ui"
"""Run in `cli/test_ui.py`."""


def commands() -> Iterator[str]:
    for block in fences(PAGE, "shell"):
        yield from block.splitlines()


def test_it_installs_as_the_readme_does_which_ci_runs() -> None:
    assert next(commands()) == INSTALL
    assert fences(README, "shell")[0].startswith(f"{INSTALL} && ")


@pytest.mark.timeout(400)
def test_every_step_of_it_works_in_order(program: Program, server: GitHubServer) -> None:
    program.install(program.working_folder / ".venv")
    for name, text in files(PAGE).items():
        (program.working_folder / name).write_text(text.replace("github_pat_YOURS", TOKEN))
    said = {}

    for command in commands():
        if command not in {INSTALL, UNTIL_CTRL_C}:
            done = program.shell(command, GITHUB_API_URL=server.url)
            assert done.returncode == 0, done.stderr
            said[command] = done.stdout

    assert "octo-demo/hello-world" in said[".venv/bin/github-traffic collect --demo"]
    assert "octo/alpha" in said[".venv/bin/github-traffic collect"]
    page = (program.working_folder / "github-traffic.html").read_text()
    assert "octo/alpha" in page
    assert "octo-demo" not in page, "the last report is of one's own repositories"
    assert "octo/" in said[".venv/bin/python busiest_days.py"]
    assert "partial_days" in said[".venv/bin/python by_month.py"]
    (snippet,) = fences(README, "python")
    assert "octo/alpha" in program.shell(f".venv/bin/python -c {shlex.quote(snippet)}").stdout
