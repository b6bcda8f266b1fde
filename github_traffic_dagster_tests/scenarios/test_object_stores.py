"""The whole pipeline with its tables in an object store, by nothing but settings."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
import time_machine

from github_traffic_dagster.io_manager import TrafficStore
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.tables import GOLDEN, RAW
from github_traffic_dagster.traffic.window import SETTLING_DAYS
from github_traffic_dagster_tests.pipeline import Pipeline, failure_texts

NOW = datetime(2026, 2, 3, 9, 30, tzinfo=UTC)


def traffic(seed: int) -> dict[date, tuple[int, int]]:
    days = (NOW.date() - timedelta(days=age) for age in range(-2, 20))
    return {day: (seed + day.day, seed) for day in days}


@pytest.mark.parametrize("provider", ["s3", "azure"])
def test_a_run_into_an_object_store_ends_with_what_github_had(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    provider: str,
    pipeline: Pipeline,
) -> None:
    root = f"{request.getfixturevalue(provider)}/history"
    monkeypatch.setenv("GITHUB_TRAFFIC_STORE", root)
    truth = {Metric.VIEWS: traffic(5), Metric.CLONES: traffic(2)}
    pipeline.add_repository("me/one", truth[Metric.VIEWS], truth[Metric.CLONES])
    with time_machine.travel(NOW, tick=True):
        result = pipeline.run()
        assert result.success, failure_texts(result)
    store = TrafficStore(root_uri=root)
    settled = NOW.date() - timedelta(days=SETTLING_DAYS)
    for metric, golden in GOLDEN.items():
        known = store.scan(golden).collect()
        assert not known.select(golden.key).is_duplicated().any()
        numbers = known.filter(pl.col("day") < settled).select("day", "count", "uniques")
        assert numbers.height >= 10
        assert all(truth[metric][day] == (n, u) for day, n, u in numbers.iter_rows())
        observed = store.scan(RAW[metric]).select("run_id").unique().collect()
        assert observed["run_id"].to_list() == [result.run_id]
    assert not (pipeline.home / "store").exists()
