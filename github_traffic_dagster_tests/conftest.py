"""Fixtures that several folders use."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from github_traffic_dagster_tests.pipeline import Pipeline, running_pipeline


@pytest.fixture
def pipeline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipeline]:
    """A pipeline of its own for the test."""
    with running_pipeline(tmp_path, monkeypatch) as running:
        yield running
