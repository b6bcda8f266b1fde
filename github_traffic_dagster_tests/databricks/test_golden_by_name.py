"""Where the tables are published, engines reach golden by its name in Unity Catalog."""

import uuid
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

from github_traffic_dagster import golden_engine
from github_traffic_dagster.golden_engine import golden_carrier
from github_traffic_dagster.io_manager import TrafficStore
from github_traffic_dagster.settings import load_settings
from github_traffic_dagster.spark_engine.carriers import SURE, by_place
from github_traffic_dagster.spark_engine.pipes_job import JobCarrier
from github_traffic_dagster.sql_quoting import literal
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.golden import golden_from_observations
from github_traffic_dagster.traffic.tables import GOLDEN, RAW
from github_traffic_dagster_tests.databricks.test_daily_run import DAYS, configured
from github_traffic_dagster_tests.databricks.workspace import faults
from github_traffic_dagster_tests.databricks.workspace.server import SimulatedWorkspace
from github_traffic_dagster_tests.pipeline import Pipeline, failure_texts
from github_traffic_dagster_tests.sail import session
from github_traffic_dagster_tests.spark_engine.jobs_api import JobsApi

__all__ = ["configured"]

VIEWS, RAW_VIEWS = GOLDEN[Metric.VIEWS], RAW[Metric.VIEWS]
ASSETS = ["repos", RAW_VIEWS.name, VIEWS.name]
NAME = "`main`.`stats`.`golden_views`"


@pytest.fixture
def remote(sail_address: str) -> str:
    """A session of Sail, by its id: its catalog is the workspace's and every engine's."""
    return f"{sail_address}/;session_id={uuid.uuid4()}"


@pytest.fixture
def jobs(tmp_path: Path, remote: str) -> JobsApi:
    (tmp_path / "volume").mkdir()
    return JobsApi(tmp_path / "volume", {"SPARK_REMOTE": remote})


@pytest.fixture
def simulated(remote: str, jobs: JobsApi) -> Iterator[SimulatedWorkspace]:
    """A workspace that runs jobs as well."""
    with SimulatedWorkspace(lambda: session(remote), jobs.routes()) as workspace:
        yield workspace


@pytest.fixture(params=["warehouse", "spark", "job"])
def on_engine(
    request: pytest.FixtureRequest,
    configured: Pipeline,
    remote: str,
    jobs: JobsApi,
    monkeypatch: pytest.MonkeyPatch,
) -> Pipeline:
    """A pipeline whose golden tables an engine of the workspace computes."""
    monkeypatch.setenv("GITHUB_TRAFFIC_ENGINE", request.param)
    monkeypatch.setenv("SPARK_REMOTE", remote)
    monkeypatch.setenv("GITHUB_TRAFFIC_JOB_VOLUME", str(jobs.volume))
    monkeypatch.setattr(golden_engine, "JobCarrier", partial(JobCarrier, poll_seconds=0.2))
    return configured


@pytest.fixture
def on_warehouse(configured: Pipeline, monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    """The same, with the engine that the workspace sees each statement of."""
    monkeypatch.setenv("GITHUB_TRAFFIC_ENGINE", "warehouse")
    return configured


def called(store: TrafficStore) -> dict[str, str]:
    """What the engine calls the tables now."""
    carrier = golden_carrier(load_settings())
    assert carrier
    return {
        table.name: carrier.naming(table.name, store.place(table)) for table in (VIEWS, RAW_VIEWS)
    }


def by_places(store: TrafficStore) -> dict[str, str]:
    return {table.name: by_place(table.name, store.place(table)) for table in (VIEWS, RAW_VIEWS)}


def register(simulated: SimulatedWorkspace, name: str, place: Place) -> None:
    """As the publication does it."""
    for statement in (
        "CREATE SCHEMA IF NOT EXISTS `main`.`stats`",
        f"CREATE TABLE `main`.`stats`.`{name}` USING DELTA LOCATION {literal(place.uri)}",
    ):
        simulated.engine.run(statement, None, None, {})


def test_golden_is_reached_by_its_place_until_it_is_registered_then_by_its_name(
    on_engine: Pipeline, simulated: SimulatedWorkspace, s3: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = TrafficStore(root_uri=s3)
    assert called(store) == by_places(store)
    with monkeypatch.context() as patch:
        patch.setenv("GITHUB_TRAFFIC_ENGINE", "polars")
        assert on_engine.run(assets=ASSETS).success
    register(simulated, VIEWS.name, store.place(VIEWS))
    assert called(store) == {**by_places(store), VIEWS.name: NAME}
    on_engine.add_repository("me/two", DAYS, DAYS)
    result = on_engine.run(assets=ASSETS)
    assert result.success, failure_texts(result)
    found = store.scan(VIEWS).collect().sort(VIEWS.key)
    assert set(found["full_name"]) == {"me/one", "me/two"}
    assert_frame_equal(found, golden_from_observations(store.scan(RAW_VIEWS)).collect())


def test_a_table_of_another_place_under_the_name_is_not_taken_for_ours(
    on_warehouse: Pipeline, simulated: SimulatedWorkspace, s3: str
) -> None:
    store = TrafficStore(root_uri=s3)
    assert on_warehouse.run(assets=["repos", "raw_views"]).success
    register(simulated, VIEWS.name, store.place(RAW_VIEWS))
    assert called(store)[VIEWS.name] == by_place("", store.place(VIEWS))


def test_spark_elsewhere_knows_no_names_of_the_workspace(
    configured: Pipeline, s3: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TRAFFIC_ENGINE", "spark")
    monkeypatch.setenv("SPARK_REMOTE", "sc://spark.example.org:15002")
    carrier = golden_carrier(load_settings())
    assert carrier
    assert carrier.naming is by_place


def test_a_warehouse_that_is_asked_by_place_after_all_says_where_to_look(
    on_warehouse: Pipeline,
    simulated: SimulatedWorkspace,
    s3: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Published once, not published any more, and registered all the same."""
    assert on_warehouse.run(assets=ASSETS).success
    register(simulated, VIEWS.name, TrafficStore(root_uri=s3).place(VIEWS))
    monkeypatch.setenv("GITHUB_TRAFFIC_CATALOG", "")
    (text,) = failure_texts(on_warehouse.run(assets=ASSETS)).values()
    assert "set GITHUB_TRAFFIC_CATALOG and GITHUB_TRAFFIC_SCHEMA to where it is" in text
    assert text.endswith(SURE)


def test_a_workspace_that_does_not_tell_names_fails_the_golden_step_alone(
    on_warehouse: Pipeline, simulated: SimulatedWorkspace, s3: str
) -> None:
    simulated.fail(faults.FORBIDDEN, "/api/2.1/unity-catalog/tables")
    texts = failure_texts(on_warehouse.run(assets=ASSETS))
    assert texts.keys() == {VIEWS.name}
    assert "docs/databricks.md lists the rights" in texts[VIEWS.name]
    assert TrafficStore(root_uri=s3).scan(RAW_VIEWS).collect().height > 10
