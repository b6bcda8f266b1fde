"""The statements in the eyes of Spark's own parser; Sail's is another one."""

import shutil
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from github_traffic_dagster.spark_engine.golden_sql import Stored, at_path, golden_plan
from github_traffic_dagster.store.periods import Period
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.tables import GOLDEN

FIRST, LAST = date(2025, 12, 25), date(2026, 1, 7)


@pytest.fixture(scope="module")
def parser() -> Iterator[Any]:
    """Spark's parser, in a Java machine without a Spark session."""
    if not shutil.which("java"):
        pytest.skip("there is no Java here")
    from pyspark.java_gateway import launch_gateway  # noqa: PLC0415 - slow

    gateway = launch_gateway()
    yield gateway.jvm.org.apache.spark.sql.execution.SparkSqlParser()
    gateway.shutdown()
    gateway.proc.stdin.close()
    gateway.proc.wait(timeout=20)


@pytest.mark.parametrize("period", Period)
@pytest.mark.parametrize(
    "name", [at_path("s3://bucket/it's a `store`/golden"), "`main`.`github_traffic`.`golden`"]
)
def test_spark_parses_every_statement(parser: Any, period: Period, name: str) -> None:
    plan = golden_plan(
        Stored(name, period, ["source"]),
        Stored(name, period),
        GOLDEN[Metric.VIEWS],
        first=FIRST,
        last=LAST,
    )
    for statement in [plan["question"], *plan["names_differ"], *plan["names_agree"]]:
        parsed = parser.parsePlan(statement).toString()
        assert ("MergeIntoTable" in parsed) == (statement is not plan["question"])
        if name.startswith("delta"):
            assert "[delta, s3://bucket/it's a `store`/golden]" in parsed.replace("``", "`")


def test_folders_and_days_are_named_for_either_table() -> None:
    plan = golden_plan(
        Stored("raw", Period.YEAR),
        Stored("golden", Period.MONTH),
        GOLDEN[Metric.VIEWS],
        first=FIRST,
        last=LAST,
    )
    (merge,) = plan["names_agree"]
    assert "FROM raw WHERE period BETWEEN DATE'2025-01-01' AND DATE'2026-01-01'" in merge
    assert "t.period BETWEEN DATE'2025-12-01' AND DATE'2026-01-01'" in merge
    assert "t.day BETWEEN DATE'2025-12-25' AND DATE'2026-01-07'" in merge
