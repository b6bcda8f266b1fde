"""What the daemon's sensors tell, and when they keep quiet: over a real store and instance."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import time_machine

from github_traffic_dagster.alerts import channels, webhook
from github_traffic_dagster.assets.days import DayRange
from github_traffic_dagster.demo_github.faults import Status
from github_traffic_dagster_tests.alerts.receivers import KEY, WebhookServer, webhook_server
from github_traffic_dagster_tests.pipeline import TOKEN, Pipeline, running_pipeline
from github_traffic_dagster_tests.scenarios.test_secrets import everything_written

NOW = datetime(2026, 3, 10, 5, tzinfo=UTC)
TRAFFIC = {NOW.date() + timedelta(days=offset): (30, 4) for offset in range(-20, 60)}
UI = "https://dagster.example.org"


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[WebhookServer]:
    monkeypatch.setattr(channels, "_FIRST_WAIT", 0.01)
    monkeypatch.setattr(webhook, "TIMEOUT", 0.3)
    with webhook_server() as server:
        yield server


def add_repositories(pipeline: Pipeline) -> None:
    for name in ("me/one", "me/two"):
        pipeline.add_repository(name, TRAFFIC, TRAFFIC)


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a pipeline that collected once, on the tenth."""
    home = tmp_path_factory.mktemp("collected")
    with pytest.MonkeyPatch.context() as patch, running_pipeline(home, patch) as pipeline:
        add_repositories(pipeline)
        with time_machine.travel(NOW, tick=False):
            assert pipeline.run().success
    return home


@pytest.fixture
def watched(
    collected: Path, pipeline: Pipeline, web: WebhookServer, monkeypatch: pytest.MonkeyPatch
) -> Pipeline:
    """A pipeline that alerts, with that run behind it."""
    monkeypatch.setenv("GITHUB_TRAFFIC_ALERT_WEBHOOK", web.url)
    monkeypatch.setenv("GITHUB_TRAFFIC_UI_URL", f"{UI}/")
    add_repositories(pipeline)
    shutil.copytree(collected, pipeline.home, dirs_exist_ok=True)
    return pipeline


def day(number: int) -> datetime:
    return NOW + timedelta(days=number)


def tick(pipeline: Pipeline, name: str, cursor: str | None = None) -> Any:
    """What the daemon does with a sensor."""
    sensor = pipeline.definitions().resolve_sensor_def(name)
    with dg.build_sensor_context(instance=pipeline.instance, cursor=cursor) as context:
        return sensor.evaluate_tick(context)


def test_the_sensors_are_on(watched: Pipeline) -> None:
    sensors = list(watched.definitions().sensors or ())
    assert {one.default_status for one in sensors} == {dg.DefaultSensorStatus.RUNNING}
    intervals = {one.name: one.minimum_interval_seconds for one in sensors}
    assert intervals["alert_gap_risk"] == intervals["alert_token_expiry"] == 3600


def test_nothing_is_told_while_all_is_well(watched: Pipeline, web: WebhookServer) -> None:
    with time_machine.travel(day(7)):
        for name in ("alert_gap_risk", "alert_token_expiry"):
            assert tick(watched, name).skip_message == "There is nothing new to tell."
    assert web.asked == 0


def test_the_risk_is_told_when_nothing_runs_once_a_day_and_when_it_is_over(
    watched: Pipeline, web: WebhookServer
) -> None:
    run = watched.instance.get_runs()[0].run_id
    for hours in range(0, 24, 6):
        with time_machine.travel(day(8) + timedelta(hours=hours)):
            tick(watched, "alert_gap_risk")
    assert len(web.texts) == 1
    assert web.texts[0].startswith("Nothing was collected since 2026-03-10: days are lost after")
    assert "Looked at again by 2026-03-20, no day is lost" in web.texts[0]
    assert "After 2026-03-22, days from 2026-03-09 on are lost" in web.texts[0]
    assert web.texts[0].endswith(f"{UI}/runs/{run}")
    with time_machine.travel(day(9)):
        tick(watched, "alert_gap_risk")
        assert len(web.texts) == 2
        assert watched.run().success
        for _ in range(2):
            tick(watched, "alert_gap_risk")
    assert len(web.texts) == 3
    assert web.texts[2].startswith("Solved: Every repository is looked at in time again")


def test_the_figures_of_the_risk_are_what_becomes_of_it(watched: Pipeline) -> None:
    """Collected on the last day that the alert names, no day is missing or partial."""
    with time_machine.travel(datetime(2026, 3, 20, 23, tzinfo=UTC)):
        assert watched.run().success
    golden = watched.table("golden_views")
    known = golden.filter(golden["status"] == "complete")["day"].unique().sort().to_list()
    first = known[0]
    assert known == [first + timedelta(days=offset) for offset in range(len(known))]
    assert str(known[-1]) == "2026-03-17"


def test_a_repository_that_does_not_answer_is_told_with_the_reason(
    watched: Pipeline, web: WebhookServer
) -> None:
    watched.world.fail(watched.world.repositories[0], Status(451))
    for number in (4, 8):
        with time_machine.travel(day(number)):
            assert watched.run().success
            tick(watched, "alert_gap_risk")
    assert len(web.texts) == 1
    assert web.texts[0].startswith("Not collected: me/one: days are lost after 2026-03-22")
    assert "me/one (blocked for legal reasons)" in web.texts[0]
    assert "me/two" not in web.texts[0]


def test_after_months_without_a_run_it_is_still_told(watched: Pipeline, web: WebhookServer) -> None:
    with time_machine.travel(day(100)):
        tick(watched, "alert_gap_risk")
    assert "gone for good" in web.texts[0]


def test_repositories_that_wait_for_their_turn_are_no_risk_but_a_plan_that_loses_days_is(
    watched: Pipeline, web: WebhookServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(40):
        watched.add_repository(f"me/more{number}", TRAFFIC, TRAFFIC)
    monkeypatch.setenv("GITHUB_TRAFFIC_CALL_BUDGET", "6")
    with time_machine.travel(day(1)):
        assert watched.run().success
        tick(watched, "alert_gap_risk")
    assert len(web.texts) == 1
    assert web.texts[0].startswith("GitHub's budget does not reach for all repositories")
    assert "never have a turn, and lose every day" in web.texts[0]
    assert "raise GITHUB_TRAFFIC_CALL_BUDGET" in web.texts[0]


def test_a_store_without_tables_is_no_risk(
    pipeline: Pipeline, web: WebhookServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TRAFFIC_ALERT_WEBHOOK", web.url)
    assert tick(pipeline, "alert_gap_risk").skip_message == "There is nothing new to tell."
    assert tick(pipeline, "alert_token_expiry").skip_message == "There is nothing new to tell."


def test_a_token_that_expires_is_told_with_the_last_safe_day(
    watched: Pipeline, web: WebhookServer
) -> None:
    watched.world.add_token(TOKEN, "me", expires_at=day(5))
    with time_machine.travel(day(1)):
        assert watched.run().success
        for _ in range(2):
            tick(watched, "alert_token_expiry")
    assert len(web.texts) == 1
    assert "The token expires at 2026-03-15 05:00 UTC" in web.texts[0]
    assert "until 2026-03-24 no day is lost" in web.texts[0]
    watched.world.add_token(TOKEN, "me", expires_at=day(300))
    with time_machine.travel(day(2)):
        assert watched.run().success
        tick(watched, "alert_token_expiry")
    assert web.texts[1:] == ["Solved: The token is good for two more weeks"]


def failures(pipeline: Pipeline, cursor: str) -> Any:
    return tick(pipeline, "alert_run_failure", cursor)


def test_a_failed_run_is_told_with_its_cause_and_what_it_puts_at_risk(
    watched: Pipeline, web: WebhookServer
) -> None:
    cursor = tick(watched, "alert_run_failure").cursor
    watched.world.revoke_token(TOKEN)
    with time_machine.travel(day(1)):
        failed = watched.run()
        assert not failed.success
        cursor = failures(watched, cursor).cursor
        # Another one, for the same cause.
        assert not watched.run().success
        cursor = failures(watched, cursor).cursor
    assert len(web.texts) == 1
    first, *rest = web.texts[0].splitlines()
    assert first == f"A run failed ({failed.run_id[:8]})"
    assert "repos: GitHub refuses the token (401" in rest[0]
    assert "Last look on 2026-03-10. Looked at again by 2026-03-20, no day is lost" in rest[1]
    assert rest[-1] == f"{UI}/runs/{failed.run_id}"
    # The next day it fails again, a little earlier.
    with time_machine.travel(day(2) - timedelta(minutes=5)):
        assert not watched.run().success
        failures(watched, cursor)
    assert len(web.texts) == 2
    watched.world.add_token(TOKEN, "me")
    with time_machine.travel(day(3)):
        assert watched.run().success
        for _ in range(2):
            tick(watched, "alert_gap_risk")
    assert len(web.texts) == 3
    assert web.texts[2].startswith("Solved: Runs succeed again")


def test_a_run_that_is_started_again_is_not_told(watched: Pipeline, web: WebhookServer) -> None:
    cursor = tick(watched, "alert_run_failure").cursor
    watched.world.revoke_token(TOKEN)
    run = watched.run().run_id
    watched.instance.add_run_tags(run, {"dagster/will_retry": "true"})
    failures(watched, cursor)
    assert web.asked == 0


@pytest.mark.parametrize("trouble", ["error", "silence", "gone"])
def test_what_can_not_be_delivered_changes_nothing_and_is_due_the_next_time(
    watched: Pipeline, web: WebhookServer, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    if trouble == "gone":
        monkeypatch.setenv("GITHUB_TRAFFIC_ALERT_WEBHOOK", f"http://127.0.0.1:9/{KEY}")
    web.statuses = [500] * 3 if trouble == "error" else []
    web.seconds = 2 * (trouble == "silence")
    before = watched.files()
    with time_machine.travel(day(8)):
        said = tick(watched, "alert_gap_risk").skip_message
        assert said.startswith("No alert by webhook: the server")
        web.seconds = 0
        monkeypatch.setenv("GITHUB_TRAFFIC_ALERT_WEBHOOK", web.url)
        assert tick(watched, "alert_gap_risk").skip_message.startswith("Told: Nothing was")
    assert len(web.texts) == 1
    assert watched.files() == before


def test_no_trace_of_the_webhooks_key(
    watched: Pipeline, web: WebhookServer, capfd: pytest.CaptureFixture[str]
) -> None:
    cursor = tick(watched, "alert_run_failure").cursor
    web.statuses = [500] * 9
    watched.world.revoke_token(TOKEN)
    with time_machine.travel(day(9)):
        said = [str(tick(watched, "alert_gap_risk"))]
        assert not watched.run().success
        said.append(str(failures(watched, cursor)))
    written = list(everything_written(watched))
    captured = capfd.readouterr()
    key = KEY.rpartition("/")[2]
    assert len(written) > 20
    assert not [where for where, content in written if key.encode() in content]
    assert key not in captured.out + captured.err + "".join(said) + "".join(web.texts)
    assert key not in repr(watched.definitions().resources)


def test_a_range_of_some_days_is_no_look_at_the_window(
    watched: Pipeline, web: WebhookServer
) -> None:
    with time_machine.travel(day(8)):
        some = DayRange(day(6).date(), day(7).date())
        assert watched.run(some).success
        tick(watched, "alert_gap_risk")
    assert len(web.texts) == 1


def test_a_success_solves_the_failures_of_its_own_job_alone(
    watched: Pipeline, web: WebhookServer
) -> None:
    @dg.op
    def fails() -> None:
        raise dg.Failure("its own trouble")

    cursor = tick(watched, "alert_run_failure").cursor
    other = dg.GraphDefinition("another_job", node_defs=[fails]).to_job()
    other.execute_in_process(instance=watched.instance, raise_on_error=False)
    tick(watched, "alert_run_failure", cursor)
    assert "fails: its own trouble" in web.texts[0]
    assert watched.run().success
    tick(watched, "alert_gap_risk")
    assert len(web.texts) == 1


def test_a_backfill_that_failed_is_solved_by_the_next_collection(
    watched: Pipeline, web: WebhookServer
) -> None:
    cursor = tick(watched, "alert_run_failure").cursor
    watched.world.revoke_token(TOKEN)
    with time_machine.travel(day(1)):
        materialized = dg.materialize(
            [*(watched.definitions().assets or ())],  # type: ignore[list-item]
            instance=watched.instance,
            resources=watched.definitions().resources,
            partition_key=str(NOW.date()),
            raise_on_error=False,
        )
        assert not materialized.success
        tick(watched, "alert_run_failure", cursor)
        watched.world.add_token(TOKEN, "me")
    with time_machine.travel(day(2)):
        assert watched.run().success
        tick(watched, "alert_gap_risk")
    assert [text.splitlines()[0] for text in web.texts[1:]] == ["Solved: Runs succeed again"]
