"""What is wrong with settings or arguments is one line, before anything is written or asked."""

import subprocess
import sys

import pytest

from github_traffic_dagster_tests.cli.program import TOKEN, Program, today


def assert_refused(program: Program, answer: subprocess.CompletedProcess[str], *words: str) -> None:
    """Exit code 2, one line with the words, an untouched home."""
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert len(answer.stderr.splitlines()) == 1
    for word in words:
        assert word in answer.stderr
    assert program.written() == []


@pytest.mark.parametrize("settings", [{}, {"GITHUB_TOKEN": ""}])
def test_without_a_token_one_line_says_what_to_set_and_how_to_try_without(
    program: Program, settings: dict[str, str]
) -> None:
    answer = program.run("collect", **settings)

    assert_refused(program, answer, "GITHUB_TOKEN", "--demo", "Administration: read")
    assert list(program.home.iterdir()) == []


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("GITHUB_TOKEN", "two words"),
        ("GITHUB_API_URL", "api.github.com"),
        ("GITHUB_TRAFFIC_STORE", "ftp://host/folder"),
        ("GITHUB_TRAFFIC_START_DATE", "last summer"),
        ("GITHUB_TRAFFIC_START_DATE", "2999-01-01"),
        ("GITHUB_TRAFFIC_HOUR", "25"),
        ("GITHUB_TRAFFIC_ACCOUNTS", "octo/alpha"),
        ("GITHUB_TRAFFIC_INCLUDE", "octo/al[pha"),
        ("GITHUB_TRAFFIC_FORKS", "perhaps"),
        ("GITHUB_TRAFFIC_WORKERS", "101"),
        ("GITHUB_TRAFFIC_TIMEOUT", "0"),
        ("GITHUB_TRAFFIC_MAX_WAIT", "soon"),
    ],
)
def test_a_malformed_setting_is_named_with_the_form_it_should_have(
    program: Program, variable: str, value: str
) -> None:
    answer = program.run("collect", **({"GITHUB_TOKEN": TOKEN} | {variable: value}))

    assert answer.returncode == 2
    assert len(answer.stderr.splitlines()) == 1
    assert variable in answer.stderr
    assert "expected" in answer.stderr
    assert not (program.root / "store").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--from", "yesterday"], ["--from", "'yesterday'", "YYYY-MM-DD"]),
        (["--to", "2026-02-30"], ["--to", "2026-02-30"]),
        (["--from", "20261101"], ["--from", "YYYY-MM-DD"]),
        (["--from", "2999-01-01"], ["--from", "2999-01-01", "future"]),
        (["--from", "2026-02-02", "--to", "2026-02-01"], ["--from", "--to", "2026-02-01"]),
        (["--form", "2026-02-02"], ["--form"]),
    ],
)
def test_days_that_cannot_be_are_refused(
    program: Program, arguments: list[str], words: list[str]
) -> None:
    answer = program.run("collect", *arguments, GITHUB_TOKEN=TOKEN)

    assert_refused(program, answer, *words)


def test_days_before_the_history_are_refused_with_the_setting_that_moves_its_start(
    program: Program,
) -> None:
    answer = program.run("collect", "--from", "2020-01-01", GITHUB_TOKEN=TOKEN)

    assert answer.returncode == 2
    assert len(answer.stderr.splitlines()) == 1
    assert "GITHUB_TRAFFIC_START_DATE" in answer.stderr
    assert not (program.root / "store").exists()


def test_an_end_before_the_oldest_served_day_asks_for_a_beginning(program: Program) -> None:
    answer = program.run(
        "collect", "--to", "2020-01-01", GITHUB_TOKEN=TOKEN, GITHUB_TRAFFIC_START_DATE="2019-01-01"
    )

    assert answer.returncode == 2
    assert "--from" in answer.stderr


def test_a_home_that_is_no_folder_is_named(program: Program) -> None:
    place = program.working_folder / "a-file"
    place.write_text("mine")

    answer = program.run("collect", GITHUB_TOKEN=TOKEN, GITHUB_TRAFFIC_HOME=str(place))

    assert_refused(program, answer, "GITHUB_TRAFFIC_HOME", str(place))
    assert place.read_text() == "mine"


def test_a_dagster_yaml_that_dagster_refuses_is_named(program: Program) -> None:
    (program.working_folder / "dagster.yaml").write_text("no_such_setting: 1\n")
    own = str(program.working_folder)

    answer = program.run("collect", GITHUB_TOKEN=TOKEN, DAGSTER_HOME=own)

    assert_refused(program, answer, own, "dagster.yaml", "no_such_setting")


def test_the_working_folders_env_file_is_read_and_exported_values_win(program: Program) -> None:
    (program.working_folder / ".env").write_text(
        f"GITHUB_TOKEN={TOKEN}\nGITHUB_TRAFFIC_WORKERS=none\n"
    )

    from_file = program.run("collect")
    exported = program.run("collect", GITHUB_TRAFFIC_WORKERS="4", GITHUB_TOKEN="")

    assert_refused(program, from_file, "GITHUB_TRAFFIC_WORKERS")
    assert_refused(program, exported, "GITHUB_TOKEN is empty")


def test_an_unreadable_env_file_is_named(program: Program) -> None:
    (program.working_folder / ".env").write_bytes(b"GITHUB_TOKEN=\xff\xfe\n")

    assert_refused(program, program.run("collect"), ".env")


def test_help_and_version_are_answered_without_importing_anything_slow(program: Program) -> None:
    code = (
        "import sys, github_traffic_dagster.cli.app as app\n"
        "assert app.run(['collect', '--help']) == 0\n"
        "assert app.run(['--version']) == 0\n"
        "assert app.run(['collect']) == 2\n"
        "slow = {'dagster', 'polars', 'deltalake', 'github', 'uvicorn'} & set(sys.modules)\n"
        "assert not slow, slow\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code],
        env=program.environment,
        cwd=program.working_folder,
        capture_output=True,
        text=True,
        check=False,
    )

    assert answer.returncode == 0, answer.stderr
    assert "--demo" in answer.stdout
    assert "github-traffic 0." in answer.stdout


def test_a_taken_port_is_refused_before_anything_starts(program: Program) -> None:
    answer = program.run("ui", "--host", "192.0.2.1", "--port", "4000")

    assert_refused(program, answer, "--host 192.0.2.1 --port 4000")


def test_today_can_be_asked_for(program: Program) -> None:
    answer = program.run("collect", "--from", str(today()), "--to", str(today()))

    assert_refused(program, answer, "GITHUB_TOKEN")
