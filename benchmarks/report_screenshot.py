"""Draw docs/images/report.png: the report of half a year of the demo's data, with a lost month.

python benchmarks/report_screenshot.py   (needs the extra [dev] and Debian's chromium)
"""

import logging
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from github_traffic_dagster.demo_github.clock import SimulatedClock
from github_traffic_dagster.demo_github.demo_world import DEMO_TOKEN, demo_world
from github_traffic_dagster.demo_github.server import GitHubServer
from github_traffic_dagster.io_manager import table_places
from github_traffic_dagster.release import RELEASE
from github_traffic_dagster.report.events import Event
from github_traffic_dagster.report.reading import Scope
from github_traffic_dagster.report.writing import make_report
from github_traffic_dagster_tests.browser import chromium
from github_traffic_dagster_tests.pipeline import running_pipeline

TARGET = Path(__file__).parents[1] / "docs" / "images" / "report.png"
BEGIN = datetime(2026, 6, 1, 5, tzinfo=UTC)
# Every tenth day, then a pause that loses days, then daily, so that stars are a line.
AGES = (*range(0, 60, 10), *range(88, 116))
EVENTS = (
    Event(date(2026, 7, 6), "octo-demo/hello-world", "Version 2.0"),
    Event(date(2026, 9, 8), "", "Talk at a conference"),
)
SHOWN = "octo-demo/hello-world"


def main() -> None:
    """Collect, report, take the picture."""
    logging.disable()  # forty runs' logs
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        page = _page(home)
        file = Path(folder) / "index.html"
        file.write_bytes(page)
        _take_picture(file)


def _page(home: Path) -> bytes:
    with pytest.MonkeyPatch.context() as patch, running_pipeline(home, patch) as pipeline:
        with time_machine.travel(BEGIN):
            world = demo_world(SimulatedClock())
        with GitHubServer(world) as server:
            patch.setenv("GITHUB_API_URL", server.url)
            patch.setenv("GITHUB_TOKEN", DEMO_TOKEN)
            for age in AGES:
                with time_machine.travel(BEGIN + timedelta(days=age)):
                    for repository in world.repositories:
                        repository.stargazers += repository.stargazers * age // 20_000
                    if not pipeline.run().success:
                        raise SystemExit(f"the run of day {age} failed")
        report = make_report(
            table_places(str(home / "store")),
            Scope(),
            events=EVENTS,
            now=BEGIN + timedelta(days=AGES[-1], minutes=1),
            release=RELEASE,
        )
    return report.page


def _take_picture(file: Path) -> None:
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1000, "height": 1180}, color_scheme="light")
        page.goto(file.as_uri())
        page.get_by_label("Repository", exact=True).select_option(label=SHOWN)
        page.locator("#views svg[role=img]").wait_for()
        TARGET.parent.mkdir(exist_ok=True)
        page.screenshot(path=TARGET)


if __name__ == "__main__":
    main()
