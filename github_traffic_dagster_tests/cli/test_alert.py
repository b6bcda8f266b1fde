"""Runs of the command line alert by themselves, and keep their exit codes whatever comes of it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from github_traffic_dagster.demo_github.server import GitHubServer
from github_traffic_dagster.demo_github.world import World
from github_traffic_dagster_tests.alerts.receivers import (
    KEY,
    PASSWORD,
    MailServer,
    WebhookServer,
    mail_server,
    webhook_server,
)
from github_traffic_dagster_tests.cli.program import TOKEN, Program

UI = "https://dagster.example.org"


@pytest.fixture
def web(program: Program) -> Iterator[WebhookServer]:
    """A webhook that the program's settings lead to."""
    with webhook_server() as server:
        program.settings |= {
            "GITHUB_TRAFFIC_ALERT_WEBHOOK": server.url,
            "GITHUB_TRAFFIC_UI_URL": UI,
        }
        yield server


@pytest.fixture
def post(program: Program) -> Iterator[MailServer]:
    with mail_server() as server:
        program.settings |= {
            "GITHUB_TRAFFIC_ALERT_EMAIL": "her@example.org",
            "GITHUB_TRAFFIC_SMTP_URL": f"smtp://me:{PASSWORD}@127.0.0.1:{server.port}",
        }
        yield server


def test_a_failed_run_is_told_once_and_once_that_it_is_over(
    program: Program, server: GitHubServer, world: World, web: WebhookServer, post: MailServer
) -> None:
    assert program.run("collect").returncode == 0
    assert web.texts == []
    for repository in world.repositories:
        repository.blocked = True
    first, second = program.run("collect"), program.run("collect")

    assert (first.returncode, second.returncode) == (1, 1)
    assert len(web.texts) == len(post.messages) == 1
    assert "None of 3 repositories could be collected" in web.texts[0]
    assert "no day is lost" in web.texts[0]
    run = program.runs()[1].run_id
    assert web.texts[0].endswith(f"{UI}/runs/{run}")
    assert "Alert. Told: A run failed" in first.stderr
    assert "Alert" not in second.stderr
    assert post.messages[0]["Subject"] == f"[github-traffic] A run failed ({run[:8]})"

    for repository in world.repositories:
        repository.blocked = False
    assert program.run("collect").returncode == 0
    assert [text.splitlines()[0] for text in web.texts[1:]] == ["Solved: Runs succeed again"]


def test_failed_snapshots_are_told_with_what_helps_them_and_solved_by_snapshots_alone(
    program: Program, server: GitHubServer, world: World, web: WebhookServer
) -> None:
    program.settings["GITHUB_TRAFFIC_SNAPSHOTS"] = "paths"
    for repository in world.repositories:
        repository.blocked = True
    assert program.run("snapshots").returncode == 1
    assert len(web.texts) == 1
    assert web.texts[0].startswith("A run failed")
    assert "run: github-traffic snapshots. The snapshot of a day gone by" in web.texts[0]
    assert "github-traffic collect" not in web.texts[0]

    for repository in world.repositories:
        repository.blocked = False
    assert program.run("collect").returncode == 0
    assert len(web.texts) == 1
    assert program.run("snapshots").returncode == 0
    assert [text.splitlines()[0] for text in web.texts[1:]] == ["Solved: Runs succeed again"]


def test_what_can_not_be_delivered_leaves_the_result_as_it_is_and_is_said_without_secrets(
    program: Program, server: GitHubServer, world: World, web: WebhookServer, post: MailServer
) -> None:
    world.add_token(TOKEN, "octo", expires_at=datetime.now(UTC) + timedelta(days=5))
    web.statuses = [500] * 99
    program.settings["GITHUB_TRAFFIC_SMTP_URL"] = f"smtp://me:{PASSWORD}@127.0.0.1:9"
    good = program.run("collect")
    bad = program.run("collect", GITHUB_TOKEN="ghp_mistyped")

    assert (good.returncode, bad.returncode) == (0, 1)
    assert "3 of 3 repositories collected" in good.stdout
    for answer in (good, bad):
        assert "No alert by webhook: the server answered 500." in answer.stderr
        assert "No alert by e-mail: the server can't be reached" in answer.stderr
        assert "Traceback" not in answer.stderr
    texts = [good.stdout, good.stderr, bad.stdout, bad.stderr]
    key = KEY.rpartition("/")[2]
    for secret in (key, PASSWORD):
        assert not [text for text in texts if secret in text]
        assert not [path for path in program.written() if secret.encode() in path.read_bytes()]


def test_a_token_that_expires_is_told_by_a_run_that_succeeds(
    program: Program, server: GitHubServer, world: World, web: WebhookServer
) -> None:
    world.add_token(TOKEN, "octo", expires_at=datetime.now(UTC) + timedelta(days=5))

    assert program.run("collect").returncode == 0
    assert len(web.texts) == 1
    assert web.texts[0].startswith("The token expires soon")
    assert "no day is lost" in web.texts[0]


def test_a_collection_that_can_not_even_start_is_told_once(
    program: Program, web: WebhookServer
) -> None:
    first, second = program.run("collect"), program.run("collect")

    assert (first.returncode, second.returncode) == (2, 2)
    assert len(web.texts) == 1
    assert web.texts[0].startswith("The collection ended with an error\nGITHUB_TOKEN is not set")
    assert "Nothing was collected so far." in web.texts[0]
    assert first.stderr.endswith(second.stderr), "the error itself is said as ever"


def test_an_instance_that_can_not_be_opened_is_told_with_what_it_puts_at_risk(
    program: Program, server: GitHubServer, web: WebhookServer
) -> None:
    assert program.run("collect").returncode == 0
    folder = program.root / "dagster_home"
    (folder / "dagster.yaml").write_text("no_such_setting: 1\n")

    assert program.run("collect").returncode == 2
    assert "can't be opened; see its dagster.yaml" in web.texts[0]
    assert "no day is lost. After " in web.texts[0]


@pytest.mark.parametrize("arguments", [["--from", "2020-01-01"], ["--from", "yesterday"]])
def test_a_mistake_in_the_commands_use_is_nobody_elses_concern(
    program: Program, server: GitHubServer, web: WebhookServer, arguments: list[str]
) -> None:
    assert program.run("collect", *arguments).returncode == 2
    assert web.asked == 0


def test_the_demo_alerts_nobody(program: Program, web: WebhookServer, post: MailServer) -> None:
    assert program.run("collect", "--demo").returncode == 0
    assert web.asked == 0
    assert post.messages == []


def test_a_test_message_arrives_by_all_channels_without_anything_else_set(
    program: Program, web: WebhookServer, post: MailServer
) -> None:
    answer = program.run("alert", "--test")

    assert answer.returncode == 0, answer.stderr
    assert web.texts[0].startswith("A test of github-traffic's alerts")
    assert len(post.messages) == 1
    assert answer.stdout.startswith("A test of github-traffic's alerts")
    assert program.written() == []


def test_a_test_message_that_does_not_arrive_is_exit_code_1(
    program: Program, web: WebhookServer
) -> None:
    web.statuses = [404]
    answer = program.run("alert", "--test")

    assert answer.returncode == 1
    assert "the webhook may have been removed" in answer.stderr
    assert KEY not in answer.stderr


def test_without_anybody_to_alert_it_says_what_to_set(program: Program) -> None:
    answer = program.run("alert", "--test")

    assert answer.returncode == 2
    assert "set GITHUB_TRAFFIC_ALERT_WEBHOOK, or GITHUB_TRAFFIC_ALERT_EMAIL" in answer.stderr


def test_cron_can_look_for_risks_where_no_daemon_does(
    program: Program, server: GitHubServer, world: World, web: WebhookServer
) -> None:
    nothing = program.run("alert")
    world.add_token(TOKEN, "octo", expires_at=datetime.now(UTC) + timedelta(days=5))
    web.statuses = [404]
    assert program.run("collect").returncode == 0
    told, again = program.run("alert"), program.run("alert")

    assert nothing.stdout == "There is nothing new to tell.\n"
    assert "The token expires" in told.stdout
    assert again.stdout == "There is nothing new to tell.\n"
    assert (nothing.returncode, told.returncode, again.returncode) == (0, 0, 0)
    assert len(web.texts) == 1
