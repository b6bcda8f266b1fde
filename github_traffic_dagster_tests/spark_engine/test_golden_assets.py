"""The golden assets on an engine, in whole runs of the pipeline."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
import time_machine
from polars.testing import assert_frame_equal

from github_traffic_dagster.assets.days import DayRange
from github_traffic_dagster.assets.golden_on_engine import golden_asset_on
from github_traffic_dagster.io_manager import TrafficStore
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.golden import golden_from_observations
from github_traffic_dagster.traffic.tables import GOLDEN, RAW
from github_traffic_dagster_tests.object_stores import s3_variables
from github_traffic_dagster_tests.pipeline import Pipeline, failure_texts
from github_traffic_dagster_tests.sail import running_sail
from github_traffic_dagster_tests.spark_engine.jobs_api import JobsApi, serving
from github_traffic_dagster_tests.spark_engine.test_pipes_job import carrier
from reliability.emulators import ObjectStore

# The present: gRPC counts its deadlines by a clock that can't be moved.
NOW = datetime.now(UTC)
GOLDEN_ASSETS = [table.name for table in GOLDEN.values()]


def traffic(seed: int) -> dict[date, tuple[int, int]]:
    days = (NOW.date() - timedelta(days=age) for age in range(-2, 20))
    return {day: (seed + day.day, seed) for day in days}


@pytest.fixture
def github(pipeline: Pipeline) -> Pipeline:
    """Two repositories, one of them without traffic."""
    pipeline.add_repository("me/one", traffic(5), traffic(2))
    pipeline.add_repository("me/two")
    return pipeline


@pytest.fixture
def on_spark(github: Pipeline, sail: str, monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    monkeypatch.setenv("GITHUB_TRAFFIC_ENGINE", "spark")
    monkeypatch.setenv("SPARK_REMOTE", sail)
    return github


def assert_golden_is_what_raw_says(root: str) -> None:
    store = TrafficStore(root_uri=root)
    for metric, table in GOLDEN.items():
        expected = golden_from_observations(store.scan(RAW[metric])).collect()
        assert expected.height > 20
        assert_frame_equal(store.scan(table).collect().sort(table.key), expected)


def shown(result: dg.ExecuteInProcessResult, asset: str) -> dict[str, dg.MetadataValue]:
    """Metadata of the last day's materialization."""
    events = result.asset_materializations_for_node(asset)
    return dict(max(events, key=lambda event: str(event.partition)).metadata)


def checks(result: dg.ExecuteInProcessResult) -> dict[str, bool]:
    found = result.get_asset_check_evaluations()
    return {f"{one.asset_key.to_user_string()}: {one.check_name}": one.passed for one in found}


def test_a_run_on_spark_stores_and_shows_what_one_on_polars_does(
    on_spark: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = on_spark.run()
    assert result.success, failure_texts(result)
    assert_golden_is_what_raw_says(str(on_spark.home / "store"))
    versions = {name: on_spark.table(name).height for name in GOLDEN_ASSETS}
    monkeypatch.setenv("GITHUB_TRAFFIC_ENGINE", "polars")
    by_polars = on_spark.run(assets=GOLDEN_ASSETS)
    for name in GOLDEN_ASSETS:
        spark, polars = shown(result, name), shown(by_polars, name)
        assert {**polars, **spark}.keys() - {"attempts"} == polars.keys()
        run_wide, of_the_day = ("coverage_of_the_run", "rows"), ("preview", "repositories")
        for figure in (*run_wide, *of_the_day, "complete", "partial"):
            assert spark[figure] == polars[figure], figure
        assert spark["rows_added"].value == versions[name]
        assert spark["table_version"] == polars["table_version"], "polars had nothing to add"
        assert (polars["rows_added"].value, polars["rows_changed"].value) == (0, 0)
    assert sum(name.startswith("golden") for name in checks(result)) >= 10
    assert on_spark.materialized("golden_views") == on_spark.materialized("raw_views")


def test_the_assets_of_both_engines_differ_in_their_kind_alone(
    on_spark: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    spark = on_spark.definitions().resolve_asset_graph()
    monkeypatch.setenv("GITHUB_TRAFFIC_ENGINE", "polars")
    polars = on_spark.definitions().resolve_asset_graph()
    for name in GOLDEN_ASSETS:
        ours, theirs = spark.get(dg.AssetKey(name)), polars.get(dg.AssetKey(name))
        assert ours.kinds == {"spark", "deltalake"}
        assert theirs.kinds == {"polars", "deltalake"}
        assert (ours.description, ours.metadata) == (theirs.description, theirs.metadata)
        assert ours.parent_keys == theirs.parent_keys
        assert ours.check_keys == theirs.check_keys


def test_spark_goes_on_where_polars_stopped_days_not_settled_and_names_included(
    on_spark: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TRAFFIC_ENGINE", "polars")
    with time_machine.travel(NOW - timedelta(days=3), tick=True):
        assert on_spark.run().success
    monkeypatch.setenv("GITHUB_TRAFFIC_ENGINE", "spark")
    on_spark.world.rename(on_spark.world.repositories[0], "first")
    result = on_spark.run()
    assert result.success, failure_texts(result)
    assert set(on_spark.table("golden_views")["full_name"]) == {"me/first", "me/two"}
    assert_golden_is_what_raw_says(str(on_spark.home / "store"))


def test_a_run_on_spark_with_its_tables_in_s3(
    github: Pipeline, s3: str, s3_server: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TRAFFIC_STORE", f"{s3}/history")
    monkeypatch.setenv("GITHUB_TRAFFIC_ENGINE", "spark")
    with running_sail(s3_variables(s3_server.url)) as sail:
        monkeypatch.setenv("SPARK_REMOTE", sail.address)
        result = github.run()
    assert result.success, failure_texts(result)
    assert_golden_is_what_raw_says(f"{s3}/history")


def test_the_golden_step_as_a_databricks_job(github: Pipeline, sail: str, tmp_path: Path) -> None:
    assert github.run(assets=["repos", "raw_views"]).success
    api = JobsApi(tmp_path / "volume", {"SPARK_REMOTE": sail})
    api.volume.mkdir()
    definitions = github.definitions()
    graph = definitions.resolve_asset_graph()
    partitions = graph.get(dg.AssetKey("golden_views")).partitions_def
    assert partitions
    with serving(api) as url:
        asset = golden_asset_on(carrier(url, api.volume), Metric.VIEWS, partitions)
        others = [one for one in definitions.assets or () if getattr(one, "key", "") != asset.key]
        on_databricks = dg.Definitions([*others, asset], resources=definitions.resources)
        days = DayRange(github.start(definitions), NOW.date())
        result = github.run(days, assets=["golden_views"], definitions=on_databricks)
    assert result.success, failure_texts(result)
    assert shown(result, "golden_views")["rows_added"].value == github.table("golden_views").height
    raw = TrafficStore(root_uri=str(github.home / "store")).scan(RAW[Metric.VIEWS])
    expected = golden_from_observations(raw).collect()
    found = github.table("golden_views").drop("period").sort("repo_id", "day")
    assert_frame_equal(found, expected)


def test_without_a_server_the_run_is_red_and_only_golden_waits(
    on_spark: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPARK_REMOTE", "sc://127.0.0.1:9/;token=dapi-secret")
    result = on_spark.run()
    texts = failure_texts(result)
    assert set(texts) >= set(GOLDEN_ASSETS)
    assert "No Spark Connect server answers at 127.0.0.1:9" in texts["golden_views"]
    assert not any("dapi-secret" in text for text in texts.values())
    assert on_spark.table("raw_views").height > 20
    assert on_spark.table("golden_views").is_empty()
    assert not on_spark.materialized("golden_views")


def test_days_that_were_never_collected_are_refused(
    on_spark: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TRAFFIC_START_DATE", str(NOW.date() - timedelta(days=60)))
    window = DayRange(NOW.date() - timedelta(days=13), NOW.date())
    assert on_spark.run(window, assets=["repos", "raw_views"]).success
    wanted = DayRange(NOW.date() - timedelta(days=40), NOW.date())
    before = on_spark.files()
    (text,) = failure_texts(on_spark.run(wanted, assets=["golden_views"])).values()
    assert "raw_views has no data for" in text
    assert on_spark.files() == before
