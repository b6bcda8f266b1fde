"""`collect` end to end: the program, a GitHub over HTTP, Delta tables, the Dagster instance."""

import re
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from github_traffic_dagster.demo_github.faults import SecondaryLimit, Slow, Status
from github_traffic_dagster.demo_github.server import GitHubServer
from github_traffic_dagster.demo_github.world import World
from github_traffic_dagster_tests.cli.program import (
    TOKEN,
    Program,
    interrupt,
    today,
    wait_until,
)

pytestmark = pytest.mark.usefixtures("server")


def test_a_repository_the_token_may_not_read_is_listed_with_the_missing_permission(
    program: Program, world: World
) -> None:
    world.repositories[1].traffic_forbidden = True

    answer = program.run("collect")

    assert answer.returncode == 0, answer.stderr
    assert "2 of 3 repositories collected" in answer.stdout
    refused = next(line for line in answer.stdout.splitlines() if "octo/beta: " in line)
    assert '"Administration: read" on octo' in refused
    assert set(program.table("golden_views")["full_name"]) == {"octo/alpha", "octo/gamma"}


def test_an_interrupted_run_ends_at_once_and_leaves_tables_that_can_be_read(
    program: Program, world: World, server: GitHubServer
) -> None:
    assert program.run("collect").returncode == 0
    before = program.table("golden_views")
    answered = server.count("/repos/octo/beta")
    world.fail(world.repositories[0], Slow(60))

    process = program.start("collect")
    wait_until(lambda: server.count("/repos/octo/beta") > answered)
    interrupt(process)
    out, err = process.communicate(timeout=20)

    assert process.returncode == 130, err
    assert out == ""
    assert "Interrupted." in err
    assert "Traceback" not in err
    assert program.table("golden_views").equals(before)
    assert program.runs()[0].status in {dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED}


def test_a_refused_token_fails_the_run_in_one_clear_line(program: Program) -> None:
    answer = program.run("collect", GITHUB_TOKEN="ghp_mistyped")

    assert answer.returncode == 1
    assert answer.stdout == ""
    assert "GitHub refuses the token (401" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert "ghp_mistyped" not in answer.stderr
    assert answer.stderr.count("GitHub refuses the token") == 1


def test_an_app_beside_the_token_is_told_by_account(
    program: Program, world: World, app_key: str
) -> None:
    world.add_organization("labs")
    world.add_repository("labs/delta", views={today(): (1, 1)})
    app = world.add_app(7, owner="octo", private_key=app_key)
    world.install(app, "labs", hourly=12_500)
    world.add_organization("closed")
    world.install(app, "closed", suspended=True)
    key_file = program.working_folder / "app.pem"
    key_file.write_text(app_key)

    answer = program.run("collect", GITHUB_APP_ID="7", GITHUB_APP_PRIVATE_KEY_FILE="app.pem")

    assert answer.returncode == 0, answer.stderr
    assert "4 of 4 repositories collected" in answer.stdout
    assert "octo (token) 4,990" in answer.stdout
    assert "labs (App) 12,497" in answer.stdout
    assert "Warning: accounts_reached (repos). Not all accounts" in answer.stdout
    assert "the App's installation on closed is suspended" in answer.stdout


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"GITHUB_APP_ID": "7"}, "GITHUB_APP_ID is set, but no private key"),
        ({"GITHUB_APP_PRIVATE_KEY": "x"}, "GITHUB_APP_ID is not: set both"),
        (
            {"GITHUB_APP_ID": "7", "GITHUB_APP_PRIVATE_KEY_FILE": "gone.pem"},
            "GITHUB_APP_PRIVATE_KEY_FILE can't be used (",
        ),
    ],
)
def test_settings_of_an_app_that_do_not_go_together_end_it_before_anything_is_done(
    program: Program, server: GitHubServer, settings: dict[str, str], line: str
) -> None:
    answer = program.run("collect", **settings)

    assert answer.returncode == 2
    assert line in answer.stderr
    assert len(answer.stderr.splitlines()) == 1
    assert not server.requests
    assert not program.written()


def test_a_run_that_collects_nothing_is_red(program: Program, world: World) -> None:
    for repository in world.repositories:
        repository.blocked = True

    answer = program.run("collect")

    assert answer.returncode == 1
    assert "None of 3 repositories could be collected" in answer.stderr
    assert "blocked for legal reasons" in answer.stderr
    assert not (program.root / "store" / "github_traffic" / "golden_views").exists()


def test_days_github_no_longer_serves_are_named_and_the_others_stored(program: Program) -> None:
    start = today() - timedelta(days=20)

    answer = program.run("collect", "--from", str(start), GITHUB_TRAFFIC_START_DATE=str(start))

    gone = f"{start}...{today() - timedelta(days=15)}"
    assert answer.returncode == 1
    assert f"GitHub no longer serves {gone} of raw_views" in answer.stderr
    stored = re.search(r"raw_views \((\d+) rows added", answer.stderr)
    assert stored is not None
    assert int(stored[1]) == program.table("raw_views").height > 0
    assert "3 of 3 repositories collected" in answer.stdout


def test_a_range_of_days_collects_just_these(program: Program) -> None:
    first, last = today() - timedelta(days=6), today() - timedelta(days=4)

    answer = program.run("collect", "--from", str(first), "--to", str(last))

    assert answer.returncode == 0, answer.stderr
    assert f"3 days: {first}...{last}" in answer.stdout
    assert sorted(program.table("golden_clones")["day"].unique()) == [
        first + timedelta(days=number) for number in range(3)
    ]


def test_waits_for_githubs_limits_are_shown_with_their_end_and_reason(
    program: Program, world: World
) -> None:
    world.fail(world.repositories[0], SecondaryLimit(retry_after=2), times=1)

    answer = program.run("collect")

    assert answer.returncode == 0, answer.stderr
    assert re.search(r"Waiting until \d\d:\d\d:\d\d UTC: \w+", answer.stderr)


def test_a_token_that_expires_soon_is_warned_about_with_the_last_safe_day(
    program: Program, world: World
) -> None:
    world.add_token(TOKEN, "octo", expires_at=datetime.now(UTC) + timedelta(days=5))

    answer = program.run("collect")

    assert answer.returncode == 0, answer.stderr
    assert re.search(r"Warning: The token expires .* no day is lost", answer.stdout)
    assert answer.stdout.count("The token expires") == 1


def test_the_token_is_in_no_output_and_in_no_file(program: Program, world: World) -> None:
    world.fail(world.repositories[0], Status(403, f"no {TOKEN} here"))
    good = program.run("collect")
    world.fail("/user", Status(403, f"no {TOKEN} here"))
    bad = program.run("collect")

    assert good.returncode == 0, good.stderr
    assert "octo/alpha" in good.stdout
    assert bad.returncode == 1
    files = program.written()
    assert files
    for text in (good.stdout, good.stderr, bad.stdout, bad.stderr):
        assert TOKEN not in text
    for path in files:
        assert TOKEN.encode() not in path.read_bytes(), path


def test_a_set_dagster_home_and_store_are_used_and_its_own_dagster_yaml_stays(
    program: Program,
) -> None:
    own = program.working_folder / "my dagster"
    own.mkdir()
    mine = "# my own\ntelemetry:\n  enabled: false\n"
    (own / "dagster.yaml").write_text(mine)

    answer = program.run("collect", DAGSTER_HOME=str(own), GITHUB_TRAFFIC_STORE="tables")

    assert answer.returncode == 0, answer.stderr
    assert (own / "dagster.yaml").read_text() == mine
    assert (own / "history" / "runs.db").exists()
    assert (program.working_folder / "tables" / "github_traffic" / "golden_views").exists()
    assert program.written() == []
