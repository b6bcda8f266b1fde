"""The history is built once; every test gets a copy to damage."""

from pathlib import Path

import pytest

from github_traffic_dagster.store.periods import Period
from github_traffic_dagster_tests.store.doctor.stores import Store, build


@pytest.fixture(scope="session", params=Period)
def twin(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The undamaged store, laid out by years and by months; for reading only."""
    return build(tmp_path_factory.mktemp("history") / "github_traffic", request.param)


@pytest.fixture
def store(twin: Store, tmp_path: Path) -> Store:
    """A copy of it."""
    return twin.copy(tmp_path / "github_traffic")
