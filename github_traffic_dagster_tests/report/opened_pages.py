"""A report's page in a browser, and what a person does there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page


@contextmanager
def opened(
    browser: Browser, file: Path, *, dark: bool = False, width: int = 1000, javascript: bool = True
) -> Iterator[Page]:
    """The page far west of UTC; it may ask for nothing and complain of nothing."""
    context = browser.new_context(
        color_scheme="dark" if dark else "light",
        viewport={"width": width, "height": 800},
        timezone_id="America/Los_Angeles",
        offline=True,
        java_script_enabled=javascript,
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(dialog.message))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    if javascript:
        page.locator("figure#views svg[role=img]").wait_for()
    yield page
    assert complaints == []
    assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]
    context.close()


def number(text: str) -> int:
    return int(text.replace(",", "").removesuffix("+"))


def rows_of(page: Page, figure: str) -> list[list[str]]:
    """The table of a figure, opened as a person does."""
    page.locator(f"#{figure} summary").click()
    page.locator(f"#{figure} tbody tr").first.wait_for()
    rows: list[list[str]] = page.locator(f"#{figure} tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.cells].map(cell => cell.textContent))"
    )
    return rows


def choose(page: Page, name: str) -> None:
    page.get_by_label("Repository", exact=True).select_option(label=name)
