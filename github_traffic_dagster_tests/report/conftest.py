"""A store that the pipeline filled, with a gap, and the pages made from it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from playwright.sync_api import Browser

from github_traffic_dagster_tests.browser import chromium
from github_traffic_dagster_tests.pipeline import Pipeline, running_pipeline
from github_traffic_dagster_tests.report.histories import BEGIN, LOOKS, History, traffic


@pytest.fixture(scope="session")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    """Three looks: one, another after a pause that loses days, and one a day later."""
    home = tmp_path_factory.mktemp("history")
    with pytest.MonkeyPatch.context() as patch, running_pipeline(home, patch) as pipeline:
        with time_machine.travel(BEGIN):
            _fill(pipeline)
        for moment in LOOKS:
            with time_machine.travel(moment):
                assert pipeline.run().success
    return History(home / "store")


def _fill(pipeline: Pipeline) -> None:
    add = pipeline.world.add_repository
    add("me/alpha", views=traffic(40, 9), clones=traffic(8, 3))
    add("me/beta-docs", views=traffic(7, 5), clones=traffic(2, 1))
    add("me/quiet")
    add("me/hidden", views=traffic(90, 20), private=True)


@pytest.fixture(scope="module")
def browser(history: History) -> Iterator[Browser]:
    """Closed before other modules' tests: Dagster can't run beside playwright's event loop."""
    with chromium() as running:
        yield running


@pytest.fixture
def now() -> datetime:
    """The moment after the last look."""
    return LOOKS[-1] + timedelta(minutes=5)


@pytest.fixture
def today(now: datetime) -> date:
    return now.astimezone(UTC).date()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "report"
