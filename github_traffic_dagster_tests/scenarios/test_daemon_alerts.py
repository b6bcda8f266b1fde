"""The real daemon alerts: while nothing runs at all, and when a run fails."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pytest
import time_machine

from github_traffic_dagster_tests.alerts.receivers import KEY, WebhookServer, webhook_server
from github_traffic_dagster_tests.pipeline import TOKEN, Pipeline
from github_traffic_dagster_tests.scenarios.test_secrets import everything_written

ROOT = Path(__file__).parents[2]
LAST_LOOK = timedelta(days=9)


def wait_until(done: Callable[[], bool], seconds: int, what: str) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.2)


@pytest.fixture
def web(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> Iterator[WebhookServer]:
    with webhook_server() as server:
        monkeypatch.setenv("GITHUB_TRAFFIC_ALERT_WEBHOOK", server.url)
        yield server


@pytest.fixture
def forgotten(pipeline: Pipeline, web: WebhookServer) -> Pipeline:
    """Collected nine days ago, and never since."""
    then = datetime.now(UTC) - LAST_LOOK
    traffic = {then.date() - timedelta(days=age): (20, 1) for age in range(15)}
    pipeline.add_repository("me/one", traffic, traffic)
    with time_machine.travel(then):
        assert pipeline.run().success
    return pipeline


@pytest.fixture
def daemon(forgotten: Pipeline) -> Iterator[None]:
    settings = files("github_traffic_dagster").joinpath("instance/dagster.yaml").read_text()
    (forgotten.home / "dagster_home" / "dagster.yaml").write_text(settings)
    workspace = str(ROOT / "workspace.yaml")
    with (forgotten.home / "daemon.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "dagster._daemon", "run", "-w", workspace],
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=forgotten.home,
        )
        try:
            yield
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(20)


@pytest.mark.usefixtures("daemon")
def test_the_daemon_tells_that_nothing_runs_and_that_a_run_failed(
    forgotten: Pipeline, web: WebhookServer
) -> None:
    def sensor_ticked() -> bool:
        return any(
            state.name == "alert_run_failure"
            and getattr(state.instigator_data, "cursor", None) is not None
            for state in forgotten.instance.all_instigator_state()
        )

    wait_until(lambda: bool(web.texts), 120, "told of the risk")
    wait_until(sensor_ticked, 60, "the failure sensor knows where it begins")
    last_look = (datetime.now(UTC) - LAST_LOOK).date()
    assert web.texts[0].startswith(f"Nothing was collected since {last_look}: days are lost after")

    forgotten.world.revoke_token(TOKEN)
    launch = [sys.executable, "-m", "dagster", "job", "launch", "-w", str(ROOT / "workspace.yaml")]
    today = datetime.now(UTC).date()
    tags = (
        f'{{"dagster/asset_partition_range_start": "{today - timedelta(days=3)}", '
        f'"dagster/asset_partition_range_end": "{today}"}}'
    )
    subprocess.run(
        [*launch, "-j", "collect_traffic", "--tags", tags],
        cwd=forgotten.home,
        check=True,
        capture_output=True,
    )
    wait_until(lambda: len(web.texts) > 1, 180, "told of the failed run")
    assert web.texts[1].startswith("A run failed (")
    assert "repos: GitHub refuses the token (401" in web.texts[1]
    assert f"Last look on {last_look}" in web.texts[1]
    assert len(web.texts) == 2
    key = KEY.rpartition("/")[2].encode()
    assert not [where for where, content in everything_written(forgotten) if key in content]
