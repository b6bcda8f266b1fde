"""The golden step on a SQL warehouse: the statements of every engine, over the statement API."""

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from github_traffic_dagster.errors import SettingError
from github_traffic_dagster.golden_engine import golden_carrier
from github_traffic_dagster.io_manager import TrafficStore
from github_traffic_dagster.settings import load_settings
from github_traffic_dagster.traffic.golden import golden_from_observations
from github_traffic_dagster.traffic.tables import GOLDEN, RAW
from github_traffic_dagster_tests.databricks.test_daily_run import DAYS, configured
from github_traffic_dagster_tests.databricks.workspace.faults import StatementFate
from github_traffic_dagster_tests.databricks.workspace.server import TOKEN, SimulatedWorkspace
from github_traffic_dagster_tests.pipeline import Pipeline, failure_texts

__all__ = ["configured"]

FAILED = StatementFate(("PENDING", "FAILED"), message=f"out of memory, says {TOKEN}")


@pytest.fixture
def on_warehouse(configured: Pipeline, monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    monkeypatch.setenv("GITHUB_TRAFFIC_CATALOG", "")
    monkeypatch.setenv("GITHUB_TRAFFIC_ENGINE", "warehouse")
    return configured


def golden(store: TrafficStore) -> dict[str, pl.DataFrame]:
    return {table.name: store.scan(table).collect().sort(table.key) for table in GOLDEN.values()}


def test_golden_is_what_polars_makes_of_the_same_observations(
    on_warehouse: Pipeline, simulated: SimulatedWorkspace, s3: str
) -> None:
    result = on_warehouse.run()
    assert result.success, failure_texts(result)
    store = TrafficStore(root_uri=s3)
    for metric, table in GOLDEN.items():
        expected = golden_from_observations(store.scan(RAW[metric])).collect()
        assert expected.height > 10
        assert_frame_equal(golden(store)[table.name], expected)
        into = f"MERGE INTO delta.`{s3}/github_traffic/{table.name}`"
        assert any(into in statement for statement in simulated.sql.statements)


def test_a_statement_that_fails_leaves_golden_as_it_was_and_the_next_run_heals(
    on_warehouse: Pipeline, simulated: SimulatedWorkspace, s3: str
) -> None:
    assert on_warehouse.run().success
    before = golden(TrafficStore(root_uri=s3))
    on_warehouse.add_repository("me/two", DAYS, DAYS)
    simulated.sql.decide(lambda _number, text: "MERGE INTO" in text, FAILED)
    result = on_warehouse.run()
    assert not result.success
    texts = failure_texts(result)
    assert texts.keys() == set(before)
    for text in texts.values():
        assert "FAILED" in text
        assert "out of memory" in text
        assert TOKEN not in text
    for name, rows in golden(TrafficStore(root_uri=s3)).items():
        assert_frame_equal(rows, before[name])
    simulated.heal()
    assert on_warehouse.run().success
    names = golden(TrafficStore(root_uri=s3))["golden_views"]["full_name"].unique().sort()
    assert names.to_list() == ["me/one", "me/two"]


def test_without_a_warehouse_the_engine_says_what_to_set(
    on_warehouse: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABRICKS_WAREHOUSE_ID")
    with pytest.raises(SettingError, match="ENGINE is warehouse, but DATABRICKS_WAREHOUSE_ID is"):
        golden_carrier(load_settings())
