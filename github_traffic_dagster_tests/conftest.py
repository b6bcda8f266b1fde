"""Fixtures that several folders use."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from github_traffic_dagster_tests.pipeline import Pipeline, running_pipeline

_MEMORY = Path("/dev/shm")
_ROOM = 2 * 1024**3


def pytest_configure() -> None:
    """Temporary folders in memory where there is room: SQLite syncs at every event."""
    if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))


@pytest.fixture
def pipeline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipeline]:
    """A pipeline of its own for the test."""
    with running_pipeline(tmp_path, monkeypatch) as running:
        yield running
