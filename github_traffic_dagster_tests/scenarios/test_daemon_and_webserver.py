"""The real daemon and webserver over `workspace.yaml`: the schedule ticks, a backfill runs."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import requests

from github_traffic_dagster.run_results import read_results
from github_traffic_dagster.traffic.tables import TRAFFIC_TABLES
from github_traffic_dagster_tests.pipeline import Pipeline

ROOT = Path(__file__).parents[2]
LOCATION = "github_traffic_dagster"
SELECTOR = {
    "repositoryLocationName": LOCATION,
    "repositoryName": "__repository__",
}
STATUS = """
query($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode {
  partitionStats { numMaterialized numFailed numPartitions } } } }
"""
BACKFILL = """
mutation($params: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $params) {
  __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }
"""
BACKFILL_STATUS = """
query($id: String!) { partitionBackfillOrError(backfillId: $id) {
  ... on PartitionBackfill { status numPartitions runs: unfinishedRuns(limit: 5) { id } } } }
"""
SCHEDULE = """
query($selector: ScheduleSelector!) { scheduleOrError(scheduleSelector: $selector) {
  ... on Schedule { name cronSchedule executionTimezone
    scheduleState { status ticks(limit: 5) { status runIds } } } } }
"""
RUNS = """
query { runsOrError { ... on Runs { results { runId status tags { key value } } } } }
"""


def wait_until(done: Callable[[], bool], seconds: int, what: str) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if done():
            return
        time.sleep(0.5)
    pytest.fail(f"not within {seconds} s: {what}")


def what_failed(pipeline: Pipeline) -> list[str]:
    """The failures of all runs, in their own words."""
    return [
        f"{run.job_name}: {failure}"
        for run in pipeline.instance.get_runs()
        for failure in read_results(pipeline.instance, run.run_id).failures
    ]


class Webserver:
    """GraphQL of a running webserver."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def up(self) -> bool:
        try:
            return requests.get(f"{self.url}/server_info", timeout=2).ok
        except requests.ConnectionError:
            return False

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        answer = requests.post(
            f"{self.url}/graphql", json={"query": query, "variables": variables}, timeout=60
        ).json()
        assert "errors" not in answer, answer
        data: dict[str, Any] = answer["data"]
        return data

    def materialized(self, asset: str) -> int:
        node = self.ask(STATUS, key={"path": [asset]})["assetNodeOrError"]
        return int(node["partitionStats"]["numMaterialized"])


@pytest.fixture
def webserver(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> Iterator[Webserver]:
    now = datetime.now(UTC)
    today = now.date()
    traffic = {today - timedelta(days=age): (20 - age, 1) for age in range(15)}
    for name in ("one", "two"):
        pipeline.add_repository(f"me/{name}", traffic, traffic)
    # The schedule is daily: let its minute be the next but one, so that the daemon sees it pass.
    monkeypatch.setenv("GITHUB_TRAFFIC_HOUR", f"{now + timedelta(seconds=75):%H:%M}")
    home = pipeline.home / "dagster_home"
    settings = files("github_traffic_dagster").joinpath("instance/dagster.yaml").read_text()
    (home / "dagster.yaml").write_text(settings)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    workspace = str(ROOT / "workspace.yaml")
    commands = (
        ["dagster._daemon", "run", "-w", workspace],
        ["dagster_webserver", "-w", workspace, "-h", "127.0.0.1", "-p", str(port)],
    )
    log = (pipeline.home / "servers.log").open("w")
    servers = [
        subprocess.Popen(
            [sys.executable, "-m", *command],
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=pipeline.home,
        )
        for command in commands
    ]
    try:
        running = Webserver(port)
        wait_until(running.up, 60, "webserver up")
        yield running
    finally:
        for server in servers:
            os.killpg(server.pid, signal.SIGTERM)
        for server in servers:
            server.wait(20)
        log.close()


@pytest.mark.timeout(240)
def test_the_schedule_ticks_and_a_backfill_over_graphql_materializes_partitions(
    webserver: Webserver, pipeline: Pipeline
):
    today = datetime.now(UTC).date()
    schedule = webserver.ask(SCHEDULE, selector=SELECTOR | {"scheduleName": "daily_collection"})[
        "scheduleOrError"
    ]
    assert schedule["scheduleState"]["status"] == "RUNNING", "on by default"
    assert schedule["executionTimezone"] == "UTC"

    wanted = [str(today - timedelta(days=age)) for age in range(6, 2, -1)]
    launched = webserver.ask(
        BACKFILL,
        params={
            "assetSelection": [{"path": [table.name]} for table in TRAFFIC_TABLES],
            "partitionNames": wanted,
        },
    )["launchPartitionBackfill"]
    assert launched["__typename"] == "LaunchBackfillSuccess", launched

    def status() -> str:
        found = webserver.ask(BACKFILL_STATUS, id=launched["backfillId"])
        return str(found["partitionBackfillOrError"]["status"])

    def scheduled_done() -> bool:
        return webserver.materialized("golden_clones") == 15  # the whole window

    wait_until(lambda: status().startswith("COMPLETED"), 150, "backfill completed")
    assert status() == "COMPLETED_SUCCESS", what_failed(pipeline)
    # Or more, for the schedule's run marks one day after the other meanwhile.
    assert min(webserver.materialized(table.name) for table in TRAFFIC_TABLES) >= 4
    wait_until(scheduled_done, 150, "scheduled run done")
    assert not what_failed(pipeline)

    runs = webserver.ask(RUNS)["runsOrError"]["results"]
    tags = [{tag["key"]: tag["value"] for tag in run["tags"]} for run in runs]
    assert len(runs) == 2, json.dumps(runs)
    assert sum("dagster/backfill" in tag for tag in tags) == 1, "one run for a contiguous range"
    assert sum(tag.get("dagster/schedule_name") == "daily_collection" for tag in tags) == 1
    golden = pipeline.table("golden_views")
    assert golden["repo_id"].n_unique() == 2
    assert golden["day"].n_unique() == 14, "the simulated window's days"
