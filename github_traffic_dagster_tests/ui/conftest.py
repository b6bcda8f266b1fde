"""The demo as a user has it after a first run: some days are there, the pages are open."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Browser, Page, expect

from github_traffic_dagster_tests.browser import chromium
from github_traffic_dagster_tests.cli.pages import serving
from github_traffic_dagster_tests.cli.program import Program, today

PATIENCE = 60_000
"""Milliseconds that the pages have for anything but a run, on a machine with other things to do."""


@dataclass
class Demo:
    """`ui --demo` over a store of 25 days.

    Attributes:
        program: what serves it.
        now: the day it began.
        url: of the pages.
    """

    program: Program
    now: date
    url: str = ""

    def days(self, oldest: int, newest: int) -> list[str]:
        """Partitions by their age in days, the oldest first."""
        return [str(self.now - timedelta(days=age)) for age in range(oldest, newest - 1, -1)]

    def collect(self, oldest: int, newest: int) -> int:
        """Run the command line for days of these ages; its exit code."""
        days = self.days(oldest, newest)
        return self.program.run("collect", "--demo", "--from", days[0], "--to", days[-1]).returncode

    def stored_days(self, table: str) -> set[str]:
        """Days that have rows in a table."""
        frame = self.program.table(table, self.program.root / "demo")
        return set(frame.select(pl.col("day").cast(pl.String))["day"])


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Closed before other modules' tests: Dagster can't run beside playwright's event loop."""
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def demo(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Its window's days 12 to 6 were collected."""
    folder = tmp_path_factory.mktemp("ui")
    demo = Demo(Program(folder, folder), today())
    demo.program.settings |= {
        "GITHUB_TRAFFIC_START_DATE": demo.days(24, 0)[0],
        # The schedule would fill the days that are to be filled by clicking.
        "GITHUB_TRAFFIC_HOUR": f"{datetime.now(UTC) + timedelta(hours=12):%H:%M}",
    }
    assert demo.collect(12, 6) == 0
    with serving(demo.program, "--demo") as pages:
        demo.url = pages.url
        yield demo


@pytest.fixture
def page(browser: Browser, demo: Demo) -> Iterator[Page]:
    """A page in the light theme; nothing may fail in it or leave the machine."""
    context = browser.new_context(
        base_url=demo.url,
        color_scheme="light",
        timezone_id="UTC",
    )
    context.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(dialog.message))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    yield page
    expect.set_options(timeout=None)
    assert complaints == []
    assert [url for url in asked if not url.startswith((demo.url, "data:", "blob:"))] == []
    context.close()


@pytest.fixture
def pictures(pytestconfig: pytest.Config, tmp_path: Path) -> Path:
    """Where pictures go: the folder of --pictures, else the test's own."""
    folder = pytestconfig.getoption("pictures")
    return Path(folder) if folder else tmp_path
