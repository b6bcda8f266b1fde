"""What GitHub showed last, as people meet it: for the repository they choose."""

from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from github_traffic_dagster.report.events import Event
from github_traffic_dagster.traffic.answers import (
    AssetEntry,
    Metric,
    PathEntry,
    ReferrerEntry,
    Snapshot,
)
from github_traffic_dagster_tests.report.histories import show, tell_totals, write_by_hand
from github_traffic_dagster_tests.report.opened_pages import choose, opened, rows_of
from github_traffic_dagster_tests.traffic.rows import DAY, golden_row, noon, repos_row

EVIL = "<img src=x onerror=alert(1)>"
LAST = DAY + timedelta(days=30)
PHONE = 360


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A repository of which GitHub showed all, and another of which nothing is known."""
    days = [DAY + timedelta(days=age) for age in range(31)]
    history = write_by_hand(
        tmp_path / "store",
        views=[golden_row(day, status="complete") for day in days]
        + [golden_row(day, repo_id=8, full_name="octo/other", count=1) for day in days],
        repos=[repos_row(LAST), repos_row(LAST, repo_id=8, full_name="octo/other")],
    )
    sites = (ReferrerEntry("Google", 1200, 300), ReferrerEntry(EVIL, 4, 3))
    show(history, Snapshot.REFERRERS, LAST, *sites)
    show(history, Snapshot.PATHS, LAST, PathEntry(f"/octo/hello/{'long' * 40}", EVIL, 9, 5))
    first, second = noon(DAY + timedelta(days=10)), noon(DAY + timedelta(days=20))
    for age in (0, 12, 25, 30):
        releases = [AssetEntry(1, "v1.0", first, 11, "tool.whl", 10 * age)]
        if age > 20:
            releases.insert(0, AssetEntry(2, EVIL, second, None, None, None))
        show(history, Snapshot.RELEASES, DAY + timedelta(days=age), *releases)
    tell_totals(history, Metric.VIEWS, LAST, 1234, 210)
    path = tmp_path / "index.html"
    event = Event(DAY + timedelta(days=3), "octo/hello", "A talk")
    path.write_bytes(history.report(noon(LAST), events=(event,)).page)
    return path


def test_lists_and_totals_are_those_of_the_chosen_repository(browser: Browser, file: Path):
    with opened(browser, file) as page:
        articles = page.locator("article:visible")
        assert articles.count() == 0
        assert page.get_by_text("Choose a repository above").is_visible()
        choose(page, "octo/hello")
        assert articles.locator("h3").all_inner_texts() == ["octo/hello"]
        assert not page.get_by_text("Choose a repository above").is_visible()
        told = articles.inner_text()
        table = articles.get_by_role("table", name="Referrers, of the two weeks until")
        sites = table.locator("tbody tr").all_inner_texts()
        choose(page, "octo/other")
        assert articles.count() == 0
        assert page.get_by_text("None are known of octo/other").is_visible()
    assert f"Views in two weeks: 1,234 by 210 unique visitors, as of {LAST}." in told
    assert [row.split("\t") for row in sites] == [["Google", "1,200", "300"], [EVIL, "4", "3"]]


def test_releases_are_marked_on_their_repositorys_plots_beside_events(browser: Browser, file: Path):
    with opened(browser, file) as page:
        releases = page.locator('#views g[fill="var(--release)"] text')
        assert releases.count() == 0, "of all repositories together they would hide the plot"
        choose(page, "octo/hello")
        assert releases.all_text_contents() == [EVIL, "v1.0"]
        events = page.locator('#views g[fill="var(--event)"] text')
        assert events.all_text_contents() == ["A talk"]
        legend = page.locator("#views .legend li").all_inner_texts()
        choose(page, "octo/other")
        assert releases.count() == 0
        assert page.locator("img").count() == 0
    assert legend[-2:] == ["event", "release"]


def test_downloads_are_a_level_with_gaps_where_nobody_looked(browser: Browser, file: Path):
    with opened(browser, file) as page:
        assert not page.locator("#downloads").is_visible()
        choose(page, "octo/hello")
        told = page.locator("#downloads .told").inner_text()
        rows = rows_of(page, "downloads")
        choose(page, "octo/other")
        assert not page.locator("#downloads").is_visible()
    assert told.startswith(f"{DAY} to {LAST}: from 0 to 300 downloads; days lost 27")
    assert [row[1] for row in rows if row[1]] == ["0", "120", "250", "300"]
    assert len(rows) == 31


@pytest.mark.parametrize("dark", [False, True])
def test_it_can_be_read_in_dark_and_light_and_on_a_phone(
    browser: Browser, file: Path, *, dark: bool
):
    with opened(browser, file, dark=dark, width=PHONE) as page:
        choose(page, "octo/hello")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()


def test_without_javascript_the_lists_of_all_are_there(browser: Browser, file: Path):
    with opened(browser, file, javascript=False) as page:
        assert page.locator("article:visible h3").all_inner_texts() == ["octo/hello"]
        assert page.get_by_text("Google").is_visible()
