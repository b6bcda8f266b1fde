"""The golden step as a Databricks job: real HTTP, a real process, Sail for its Spark."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from pydantic import SecretStr

from github_traffic_dagster.databricks.target import Credentials
from github_traffic_dagster.databricks.workspace import Workspace
from github_traffic_dagster.spark_engine.carriers import SURE
from github_traffic_dagster.spark_engine.golden_job import Plan
from github_traffic_dagster.spark_engine.pipes_job import LONGEST_SECONDS, JobCarrier
from github_traffic_dagster.step_failures import clear_failures
from github_traffic_dagster_tests.pipeline import failure_texts
from github_traffic_dagster_tests.spark_engine.jobs_api import TOKEN, JobsApi, serving

PLAN = Plan(
    question="SELECT 1 WHERE 1 = 2", names_differ=["SELECT nothing"], names_agree=["SELECT 1"]
)


@pytest.fixture
def api(tmp_path: Path, sail: str) -> JobsApi:
    return JobsApi(tmp_path / "volume", {"SPARK_REMOTE": sail})


@pytest.fixture
def url(api: JobsApi) -> Iterator[str]:
    api.volume.mkdir()
    with serving(api) as address:
        yield address


def carrier(url: str, volume: Path, cluster: str = "", token: str = TOKEN) -> JobCarrier:
    def connect() -> Workspace:
        return Workspace(url, Credentials(SecretStr(token)), retry_seconds=2, assurance=SURE)

    return JobCarrier(connect, str(volume), cluster, poll_seconds=0.2)


def run(chosen: JobCarrier, plan: Plan = PLAN) -> tuple[str, dict[str, Any]]:
    """What an asset that carries the plan ends with: its failure's text, or its metadata."""

    @dg.asset(name="golden_views")
    def golden(context: dg.AssetExecutionContext) -> dg.MaterializeResult[Any]:
        with clear_failures():
            carried = chosen.carry(plan, context)
        outcome = {
            "attempts": carried.outcome["attempts"],
            "names_differed": carried.outcome["names_differed"],
        }
        return dg.MaterializeResult(metadata={**outcome, **carried.metadata})

    result = dg.materialize([golden], raise_on_error=False)
    if result.success:
        (event,) = result.get_asset_materialization_events()
        return "", {name: value.value for name, value in event.materialization.metadata.items()}
    (text,) = failure_texts(result).values()
    return text, {}


@pytest.mark.parametrize("cluster", ["", "0101-abc"], ids=["serverless", "on a cluster"])
def test_a_job_runs_the_plan_and_tells_what_it_did(api: JobsApi, url: str, cluster: str) -> None:
    text, metadata = run(carrier(url, api.volume, cluster))
    assert not text
    assert (metadata["attempts"], metadata["names_differed"]) == (1, False)
    assert metadata["Databricks Job Run URL"] == "https://workspace.test/jobs/runs/1"
    assert api.runs[1].request["timeout_seconds"] == LONGEST_SECONDS
    (task,) = api.runs[1].request["tasks"]
    assert task.get("existing_cluster_id", "") == cluster
    assert not list((api.volume / "tmp").iterdir()), "nothing stays but the script"
    assert len(list((api.volume / "github_traffic").iterdir())) == 1


def test_a_job_that_fails_says_what_spark_said(api: JobsApi, url: str) -> None:
    plan = Plan(question="SELECT 1", names_differ=["SELECT * FROM nowhere"], names_agree=[])
    text, _ = run(carrier(url, api.volume), plan)
    assert "The Databricks job of golden_views" in text
    assert "nowhere" in text
    assert "running again is safe" in text


def test_a_token_that_spark_or_the_workspace_repeats_is_not_told(api: JobsApi, url: str) -> None:
    plan = Plan(question=f"SELECT * FROM {TOKEN}", names_differ=[], names_agree=[])
    text, _ = run(carrier(url, api.volume), plan)
    assert "did not succeed" in text
    assert TOKEN not in text
    api.refuse = (403, "PERMISSION_DENIED", f"The token {TOKEN} lacks a right.")
    text, _ = run(carrier(url, api.volume))
    assert "lacks a right" in text
    assert "docs/databricks.md lists the rights" in text
    assert TOKEN not in text


def test_a_job_that_somebody_cancels_is_a_failure(api: JobsApi, url: str) -> None:
    api.delay = 60

    def cancel() -> None:
        while not api.runs:
            time.sleep(0.05)
        api.runs[1].cancelled = True
        api.runs[1].process.terminate()

    canceller = threading.Thread(target=cancel)
    canceller.start()
    text, _ = run(carrier(url, api.volume))
    canceller.join()
    assert "did not succeed" in text
    assert "Run cancelled" in text


def test_a_job_that_ends_well_without_an_outcome_is_a_failure(api: JobsApi, url: str) -> None:
    api.delay = 1
    text, _ = run(carrier(url, api.volume))
    assert "told no outcome" in text


def test_a_wrong_token_and_a_right_that_lacks_are_named(api: JobsApi, url: str) -> None:
    text, _ = run(carrier(url, api.volume, token="dapi-wrong"))
    assert "Invalid access token" in text
    assert "dapi-wrong" not in text
    api.refuse = (403, "PERMISSION_DENIED", "User does not have WRITE VOLUME on Volume 'v'.")
    text, _ = run(carrier(url, api.volume))
    assert "WRITE VOLUME" in text
    assert not api.runs


def test_a_workspace_that_does_not_answer_is_named(tmp_path: Path) -> None:
    text, _ = run(carrier("http://127.0.0.1:9", tmp_path))
    assert "127.0.0.1:9 could not run the job of golden_views" in text
