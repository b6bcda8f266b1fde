"""One Sail server for all tests of a process."""

from collections.abc import Iterator

import pytest

from github_traffic_dagster.spark_engine.spark_session import SparkEngine, spark_engine
from github_traffic_dagster_tests.sail import running_sail


@pytest.fixture(scope="session")
def sail() -> Iterator[str]:
    """The address of a Spark Connect server."""
    with running_sail() as running:
        yield running.address


@pytest.fixture(scope="session")
def spark(sail: str) -> Iterator[SparkEngine]:
    """A session on it."""
    with spark_engine(sail) as engine:
        yield engine
