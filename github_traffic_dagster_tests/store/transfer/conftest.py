"""A store with a history that has everything an export could get wrong, and an export of it."""

import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from github_traffic_dagster.store.place import Place
from github_traffic_dagster.store.transfer.exporting import export
from github_traffic_dagster.store.transfer.manifest import Format
from github_traffic_dagster_tests.store.transfer.histories import Looks, fill, places_below

START = datetime(2026, 1, 1, 12, 30, 15, 123456, tzinfo=UTC)


@pytest.fixture(scope="session")
def _stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("history") / "store"
    for number, age in enumerate((20, 28, 36, 44)):
        names = {1: "octo/one", 2: "octo/two" if number < 2 else "octo/renamed", 3: "octo/ünï"}
        fill(places_below(str(root)), Looks(f"run-{number}", START + timedelta(days=age), names))
    return root


@pytest.fixture(scope="session")
def _exported(_stored: Path) -> Path:
    target = _stored.with_name("export")
    now = datetime(2026, 3, 1, tzinfo=UTC)
    places = places_below(str(_stored))
    export(places, Place(str(target)), form=Format.CSV, now=now, release="the tests")
    return target


@pytest.fixture
def history(_stored: Path, tmp_path: Path) -> dict[str, Place]:
    """Three repositories over two months, one of them renamed, seen by four runs."""
    root = shutil.copytree(_stored, tmp_path / "store")
    return places_below(str(root))


@pytest.fixture
def exported(_exported: Path, tmp_path: Path) -> Path:
    """An export of `history` in CSV."""
    return Path(shutil.copytree(_exported, tmp_path / "export"))


@pytest.fixture
def first_day() -> date:
    """The oldest day of `history`."""
    return date(2026, 1, 8)
