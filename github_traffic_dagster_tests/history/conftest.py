"""A store with a little history of its own."""

from datetime import timedelta
from pathlib import Path

import pytest

from github_traffic_dagster.store.place import Place
from github_traffic_dagster_tests.history.importing import TODAY
from github_traffic_dagster_tests.store.transfer.histories import Looks, fill, places_below
from github_traffic_dagster_tests.traffic.rows import noon


@pytest.fixture
def places(tmp_path: Path) -> dict[str, Place]:
    """Where the tables may lie; nothing is there yet."""
    return places_below(str(tmp_path / "store"))


@pytest.fixture
def collected(places: dict[str, Place]) -> dict[str, Place]:
    """Two repositories, seen for two weeks; the first was renamed in between."""
    for number, (age, name) in enumerate(((9, "octo/before"), (2, "octo/after"))):
        names = {1: name, 2: "labs/tool"}
        fill(places, Looks(f"run-{number}", noon(TODAY - timedelta(days=age)), names))
    return places
