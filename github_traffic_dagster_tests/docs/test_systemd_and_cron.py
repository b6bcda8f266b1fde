"""The units and the crontab of the page, by all that can be known without waiting for them."""

import os
import shlex
from configparser import ConfigParser
from pathlib import Path

import pytest

from github_traffic_dagster.demo_github.faults import Status
from github_traffic_dagster.demo_github.server import GitHubServer
from github_traffic_dagster.demo_github.world import World
from github_traffic_dagster_tests.cli.program import Program
from github_traffic_dagster_tests.docs.linting import findings
from github_traffic_dagster_tests.docs.pages import DOCS, fences, files

PAGE = DOCS / "how-to" / "systemd-and-cron.md"
UNITS = {Path(name).name: text for name, text in files(PAGE).items() if "/systemd/" in name}
CLONE = "github_traffic_dagster"


def by_systemd(home: Path) -> str:
    """What the service does, as a line of sh."""
    unit = ConfigParser()
    unit.read_string(UNITS["github-traffic.service"].replace("%h", str(home)))
    folder, command = unit["Service"]["WorkingDirectory"], unit["Service"]["ExecStart"]
    return f"cd {shlex.quote(folder)} && exec {command}"


def by_cron(_home: Path) -> str:
    """What cron gives to sh."""
    (line,) = (line for line in fences(PAGE, "crontab")[0].splitlines() if " * * " in line)
    assert "%" not in line, "cron takes it for the end of the line"
    return line.split(maxsplit=5)[5]


@pytest.fixture
def installed(program: Program, server: GitHubServer) -> Program:
    """The program in a clone in the home, with its settings in `.env` and nowhere else."""
    clone = program.home / CLONE
    program.install(clone / ".venv")
    lines = [f"{name}={value}" for name, value in program.settings.items()]
    (clone / ".env").write_text("\n".join(lines))
    program.settings.clear()
    return program


def test_systemd_has_no_findings(installed: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = installed.home / ".config" / "systemd" / "user"
    folder.mkdir(parents=True)
    for name, text in UNITS.items():
        (folder / name).write_text(text)
    monkeypatch.setenv("HOME", str(installed.home))
    monkeypatch.setenv("XDG_RUNTIME_DIR", os.environ.get("XDG_RUNTIME_DIR", str(folder)))

    assert set(UNITS) == {"github-traffic.service", "github-traffic.timer"}
    assert (
        findings(
            "systemd-analyze",
            "--user",
            "--recursive-errors=no",
            "verify",
            *map(str, folder.iterdir()),
        )
        == ""
    )


@pytest.mark.parametrize("by", [by_systemd, by_cron])
def test_a_good_run_ends_with_0_and_the_tables_are_there(installed: Program, by) -> None:
    done = installed.shell(by(installed.home))

    assert done.returncode == 0, done.stderr
    assert installed.table("golden_views").height > 0
    if by is by_cron:
        assert (done.stdout, done.stderr) == ("", ""), "cron would mail it"


def test_a_run_that_fails_ends_with_1_and_says_why(installed: Program, world: World) -> None:
    world.fail("/user/repos", Status(401))

    done = installed.shell(by_cron(installed.home))

    assert done.returncode == 1
    assert "401" in done.stdout + done.stderr


@pytest.mark.parametrize("by", [by_systemd, by_cron])
def test_a_setting_that_cannot_be_used_ends_with_2_for_which_nothing_is_tried_again(
    installed: Program, by
) -> None:
    (installed.home / CLONE / ".env").write_text("GITHUB_TOKEN=\n")

    done = installed.shell(by(installed.home))

    assert done.returncode == 2
    assert "GITHUB_TOKEN is empty" in done.stdout + done.stderr
    assert "RestartPreventExitStatus=2\n" in UNITS["github-traffic.service"]
