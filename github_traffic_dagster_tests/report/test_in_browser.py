"""The page as people meet it: a real browser, the file itself, and no network."""

from datetime import date, datetime
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from github_traffic_dagster.report.events import Event
from github_traffic_dagster_tests.report.histories import LOOKS, History, write_by_hand
from github_traffic_dagster_tests.report.opened_pages import choose, number, opened, rows_of
from github_traffic_dagster_tests.traffic.rows import DAY, golden_row, repos_row

PHONE = 360
EVENTS = (
    Event(date(2026, 1, 12), "me/alpha", "Version 1.0"),
    Event(date(2026, 3, 1), "", "A talk"),
    Event(date(2026, 3, 2), "me/beta-docs", "Moved"),
)


@pytest.fixture
def file(history: History, now: datetime, tmp_path: Path) -> Path:
    path = tmp_path / "index.html"
    path.write_bytes(history.report(now, events=EVENTS).page)
    return path


def test_the_numbers_are_those_of_the_tables(browser: Browser, file: Path, history: History):
    golden = {name: history.table(f"golden_{name}") for name in ("views", "clones")}
    with opened(browser, file) as page:
        for name, table in golden.items():
            assert number(page.locator(f"#total-{name}").inner_text()) == table["count"].sum()
        cells = page.locator("#repositories tbody tr").evaluate_all(
            "rows => rows.map(row => [...row.cells].map(cell => cell.textContent.trim()))"
        )
    views = golden["views"].group_by("full_name").agg(pl.col("count").sum())
    shown = {row[0].split(" ")[0]: number(row[1]) for row in cells}
    assert shown == dict(views.iter_rows())


def test_each_plots_table_has_every_day_of_the_golden_table(
    browser: Browser, file: Path, history: History
):
    golden = history.table("golden_views").filter(full_name="me/alpha")
    with opened(browser, file) as page:
        choose(page, "me/alpha")
        rows = rows_of(page, "views")
    known = [
        [str(day), f"{count:,}", f"{uniques:,}", status]
        for day, count, uniques, status in golden.sort("day")
        .select("day", "count", "uniques", "status")
        .iter_rows()
    ]
    assert [row for row in rows if row[1]] == known
    unknown = [row for row in rows if not row[1]]
    assert unknown
    assert {tuple(row[2:]) for row in unknown} <= {("", "lost"), ("", "not yet known")}


def test_all_together_have_no_uniques(browser: Browser, file: Path):
    with opened(browser, file) as page:
        assert "unique" not in page.locator("#views .legend").inner_text()
        heads = [row for row in rows_of(page, "views") if row]
        assert page.locator("#views thead th").all_inner_texts() == [
            "Day",
            "views",
            "repositories known",
            "state",
        ]
        assert heads[0][2] == "3 of 3", "of the quiet one nothing is proven for the oldest day"
        assert heads[1][2] == "4 of 4"


def test_gaps_break_the_line_and_partial_days_are_hollow(
    browser: Browser, file: Path, history: History
):
    golden = history.table("golden_views").filter(full_name="me/alpha")
    with opened(browser, file) as page:
        choose(page, "me/alpha")
        views = page.locator("#views svg[role=img]")
        assert views.locator('g[fill="url(#lost)"] rect').count() == 1
        hollow = views.locator('g[data-mark="dot"][fill="var(--surface)"] circle')
        assert hollow.count() == 2 * golden.filter(status="partial").height, "counts and uniques"
        # Two runs of complete days, before and after the gap, for counts and for uniques.
        lines = views.locator('g[data-mark="line"] path')
        assert lines.count() == 4
        points = lines.evaluate_all("all => all.map(path => path.getAttribute('d').match(/[ML]/g))")
        complete = golden.filter(status="complete").height
        assert sum(map(len, points)) == 2 * complete, "solid between complete days alone"
        assert views.locator('g[data-mark="link"][stroke-dasharray]').count() == 2
        band = views.locator('g[fill="url(#lost)"] rect').bounding_box()
        legend = page.locator("#views .legend").inner_text()
    assert band is not None
    assert band["width"] > 100
    assert "lost" in legend
    assert "partial" in legend


def test_events_are_marked_with_their_text_where_they_belong(browser: Browser, file: Path):
    with opened(browser, file) as page:
        choose(page, "me/alpha")
        marks = page.locator('#views g[fill="var(--event)"] text')
        assert marks.all_text_contents() == ["Version 1.0", "A talk"]
        choose(page, "All repositories together")
        assert marks.all_text_contents()[:2] == ["alpha: Version 1.0", "A talk"]
        assert page.locator('#views g[data-mark="rule"] line').count() >= 3
        listed = page.locator("#events tbody tr").all_inner_texts()
    assert [row.split("\t") for row in listed] == [
        ["2026-01-12", "me/alpha", "Version 1.0"],
        ["2026-03-01", "all", "A talk"],
        ["2026-03-02", "me/beta-docs", "Moved"],
    ]


@pytest.mark.parametrize("dark", [False, True])
def test_dark_and_light_follow_the_system_and_can_be_read(
    browser: Browser, file: Path, *, dark: bool
):
    with opened(browser, file, dark=dark) as page:
        for details in page.locator("summary").all():
            details.click()
        colours = page.evaluate(
            "() => [document.body, document.querySelector('#views svg text')].map("
            "e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).fill])"
        )
        background, text = colours[0][0], colours[1][1]
        assert (brightness(background) < 60) is dark
        assert abs(brightness(background) - brightness(text)) > 120
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()


def brightness(colour: str) -> float:
    parts = colour.removeprefix("rgb(").removesuffix(")").split(",")
    return sum(float(part) for part in parts) / 3


def test_a_phone_never_scrolls_sideways(browser: Browser, file: Path):
    with opened(browser, file, width=PHONE) as page:
        choose(page, "me/beta-docs")
        for details in page.locator("summary").all():
            details.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
        for plot in page.locator("figure svg[role=img]").all():
            box = plot.bounding_box()
            assert box is not None
            assert box["x"] + box["width"] <= PHONE
            assert box["width"] > PHONE * 0.8


def test_great_numbers_and_a_single_day_fit_a_phone(
    browser: Browser, tmp_path: Path, now: datetime
):
    row = golden_row(count=1_234_567_890, uniques=7)
    path = tmp_path / "index.html"
    path.write_bytes(write_by_hand(tmp_path, views=[row]).report(now).page)
    with opened(browser, path, width=PHONE) as page:
        choose(page, "octo/hello")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
        texts = page.locator("figure#views svg[role=img] text")
        places = [text.bounding_box() for text in texts.all()]
        assert all(place and place["x"] >= 0 for place in places)
        # A day's tick is its date, no hour of it.
        told = texts.all_text_contents()
        assert "1,200,000,000" in told
        assert not [text for text in told if "AM" in text or "PM" in text]


def test_plots_are_drawn_anew_for_another_width(browser: Browser, file: Path):
    with opened(browser, file, width=1000) as page:
        page.set_viewport_size({"width": PHONE, "height": 700})
        page.locator("figure#views svg[role=img][width='328']").wait_for()


def test_everything_works_by_keyboard_with_visible_focus(browser: Browser, file: Path):
    with opened(browser, file) as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "To the content"
        for _ in range(10):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.id") == "repository":
                break
        assert page.evaluate("document.activeElement.matches(':focus-visible')")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        page.keyboard.press("ArrowDown")
        page.get_by_text("Showing me/hidden").wait_for()
        label = page.locator("#views svg[role=img]").get_attribute("aria-label")
        assert label == "Views of me/hidden"
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.locator("#views tbody tr").first.wait_for()


def test_a_plot_is_told_in_words(browser: Browser, file: Path, history: History):
    golden = history.table("golden_views").filter(full_name="me/beta-docs")
    most = golden.sort("count", "day", descending=[True, False]).row(0, named=True)
    with opened(browser, file) as page:
        choose(page, "me/beta-docs")
        told = page.locator("#views .told").inner_text()
        described = page.locator("#views svg[role=img]").get_attribute("aria-description")
    assert described == told
    assert f": {golden['count'].sum():,}+ views, most on {most['day']} ({most['count']})" in told
    assert f"partial {golden.filter(status='partial').height}" in told
    assert "lost " in told


def test_headings_landmarks_and_tables_say_what_they_are(browser: Browser, file: Path):
    with opened(browser, file) as page:
        assert page.locator("main").count() == page.locator("h1").count() == 1
        levels = page.locator("h1, h2, h3").evaluate_all("all => all.map(h => +h.tagName[1])")
        assert all(after - before <= 1 for before, after in pairwise(levels))
        for details in page.locator("summary").all():
            details.click()
        for table in page.locator("table").all():
            assert table.locator("caption").inner_text().strip()
            assert table.locator("thead th:not([scope])").count() == 0


def test_what_others_wrote_is_text(browser: Browser, tmp_path: Path):
    evil = '<img src=x onerror="alert(1)"><script>alert(2)</script>'
    history = write_by_hand(
        tmp_path / "store",
        views=[golden_row(full_name=f"octo/{evil}")],
        repos=[repos_row(full_name=f"octo/{evil}")],
    )
    page_file = tmp_path / "index.html"
    page_file.write_bytes(history.report(LOOKS[-1], events=(Event(DAY, "", evil),)).page)
    with opened(browser, page_file) as page:
        choose(page, f"octo/{evil}")
        page.wait_for_timeout(200)
        assert page.locator("img").count() == 0
        assert page.locator("#repositories tbody th").inner_text() == f"octo/{evil}"
        assert page.locator("#events td.text").inner_text() == evil


def test_without_javascript_the_numbers_are_there(browser: Browser, file: Path, history: History):
    with opened(browser, file, javascript=False) as page:
        total = page.locator("#total-views").inner_text()
        assert number(total) == history.table("golden_views")["count"].sum()
        assert page.get_by_text("need JavaScript").is_visible()
        assert page.locator("#repositories tbody tr").count() == 4


def test_a_long_table_opens_by_parts_and_can_be_searched(browser: Browser, tmp_path: Path):
    views = [
        golden_row(repo_id=repo_id, full_name=f"octo/number-{repo_id:04}", count=5000 - repo_id)
        for repo_id in range(1200)
    ]
    page_file = tmp_path / "index.html"
    history = write_by_hand(tmp_path / "store", views=views)
    page_file.write_bytes(history.report(LOOKS[-1]).page)
    with opened(browser, page_file) as page:
        rows = page.locator("#repositories tbody tr:visible")
        assert rows.count() == 500
        page.get_by_role("button", name="Show more").click()
        assert rows.count() == 1000
        cells = "row => [...row.cells].map(cell => [cell.textContent.trim(), cell.className])"
        there, made = rows.nth(499).evaluate(cells), rows.nth(500).evaluate(cells)
        page.get_by_label("Name contains").fill("NUMBER-117")
        page.get_by_text("10 found").wait_for()
        assert rows.count() == 10
        page.get_by_label("Name contains").fill("")
        page.get_by_role("button", name="Show more").click()
        assert rows.count() == 1200
        assert not page.get_by_role("button", name="Show more").is_visible()
    assert there[0][0] == "octo/number-0499 private"
    assert there[1] == ["4,501", "number"]
    assert made[0][0] == "octo/number-0500 private"
    assert made[1:] == [["4,500", "number"], *there[2:]], "but for its views, the same"


def test_an_empty_store_is_a_page_too(browser: Browser, tmp_path: Path):
    page_file = tmp_path / "index.html"
    page_file.write_bytes(History(tmp_path / "store").report(LOOKS[-1]).page)
    context = browser.new_context(offline=True)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(page_file.as_uri())
    assert page.get_by_text("Nothing is known.").count() == 4
    assert errors == []
    context.close()
