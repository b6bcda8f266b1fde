"""Dagster's own pages as a user meets them: a real browser on the running `ui --demo`.

The README's pictures come from here:
pytest github_traffic_dagster_tests/ui --pictures docs/images
"""

import re
from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import FloatRect, Locator, Page, expect

from github_traffic_dagster.definitions import build_definitions
from github_traffic_dagster.settings import load_settings
from github_traffic_dagster.traffic.tables import GOLDEN
from github_traffic_dagster_tests.ui.conftest import PATIENCE, Demo

RUN_PATIENCE = 180_000
"""The backfill daemon looks every 30 seconds; then a run starts a process of its own."""
STATES = ("Failed", "Materialized", "Materializing", "Missing")
LARGEST_PICTURE = 200_000
GRAPH = FloatRect(x=540, y=110, width=1100, height=690)
BESIDE_NAVIGATION = FloatRect(x=240, y=0, width=1060, height=760)

# An edge begins at the right side of its upstream asset and ends a few pixels left of the other.
EDGES = """
() => {
  const number = (element, name) => Number(element.getAttribute(name));
  const assets = [...document.querySelectorAll('svg foreignObject:not(.group)')].map(box => ({
    name: box.firstElementChild.innerText.trim().split('\\n')[0],
    left: number(box, 'x'), right: number(box, 'x') + number(box, 'width'),
    top: number(box, 'y'), bottom: number(box, 'y') + number(box, 'height'),
  })).filter(asset => asset.name);
  const at = (x, y, side) => assets.find(
    asset => Math.abs(asset[side] - x) < 10 && asset.top < y && y < asset.bottom)?.name;
  return [...document.querySelectorAll('svg path[marker-end]')].map(path => {
    const [x, y, ...rest] = path.getAttribute('d').match(/[\\d.]+/g).map(Number);
    return [at(x, y, 'right'), at(rest.at(-2), rest.at(-1), 'left')];
  });
}
"""


@dataclass
class Declared:
    """An asset as the code declares it."""

    group: str
    parents: set[str]
    in_backfills: bool


@pytest.fixture
def declared(demo: Demo, monkeypatch: pytest.MonkeyPatch) -> dict[str, Declared]:
    """All assets of the demo's settings."""
    monkeypatch.setenv("GITHUB_TRAFFIC_HOME", str(demo.program.root / "demo"))
    for name, value in demo.program.settings.items():
        monkeypatch.setenv(name, value)
    graph = build_definitions(load_settings()).resolve_asset_graph()
    nodes = (graph.get(key) for key in graph.get_all_asset_keys())
    return {
        node.key.to_user_string(): Declared(
            group=node.group_name,
            parents={parent.to_user_string() for parent in node.parent_keys},
            in_backfills=node.is_materializable and node.is_partitioned,
        )
        for node in nodes
    }


def open_lineage(page: Page, declared: dict[str, Declared]) -> str:
    """The lineage with its groups opened, drawn anew to fit.

    Returns:
        Its address: Dagster remembers what is open, and another click would close it.
    """
    page.set_viewport_size({"width": 1700, "height": 800})
    page.goto("/asset-groups")
    for group in sorted({asset.group for asset in declared.values()}):
        page.locator("svg foreignObject").get_by_text(group, exact=True).click()
        page.wait_for_url(re.compile(f"expanded=.*{group}"))
    page.reload()
    return page.url


def shown(page: Page, name: str) -> Locator:
    """An asset in the lineage."""
    return page.locator("svg foreignObject:not(.group)").filter(
        has=page.get_by_text(name, exact=True)
    )


def tick(page: Page, states: Container[str]) -> None:
    """Tick these states on a partitions page, and no other; the boxes themselves are hidden."""
    for state in STATES:
        label = page.locator("label").filter(has_text=f"{state} (")
        if label.get_by_role("checkbox").is_checked() is not (state in states):
            label.click()


def days_in_state(page: Page, state: str) -> list[str]:
    """The days a partitions page lists when nothing but one state is ticked."""
    tick(page, {state})
    label = page.locator("label").filter(has_text=f"{state} (").inner_text()
    rows = page.locator('[title^="20"]')
    expect(rows).to_have_count(int(re.sub(r"\D", "", label)))
    return sorted(str(row.get_attribute("title")) for row in rows.all())


def all_states(page: Page, asset: str) -> dict[str, list[str]]:
    """Days by state, as an asset's partitions page tells them."""
    page.set_viewport_size({"width": 1300, "height": 1400})
    page.goto(f"/assets/{asset}?view=partitions")
    page.get_by_text("Missing (").wait_for()
    return {state: days for state in STATES if (days := days_in_state(page, state))}


def backfill_by_clicking(page: Page, days: list[str]) -> None:
    """Launch a backfill of all assets from the lineage page, and go to its page."""
    page.get_by_role("button", name="Materialize all").click()
    dialog = page.get_by_role("dialog")
    choice = dialog.get_by_placeholder("No matching partitions")
    choice.fill(f"[{days[0]}...{days[-1]}]")
    choice.press("Enter")
    expect(dialog.get_by_text(f"{len(days)} partitions", exact=True)).to_be_visible()
    dialog.get_by_role("button", name="Launch backfill").click()
    # The notice with a link to it goes away by itself: not to be relied on.
    expect(dialog).to_be_hidden()
    page.goto("/runs?view=backfills")
    page.locator('a[href^="/runs/b/"]').first.click()


def take(page: Page, path: Path, area: FloatRect) -> None:
    """A picture of a part of the page, small enough for the README."""
    page.screenshot(path=path, animations="disabled", clip=area)
    assert path.stat().st_size < LARGEST_PICTURE


@pytest.mark.timeout(600)
def test_the_lineage_shows_every_asset_and_every_edge(page: Page, declared: dict[str, Declared]):
    open_lineage(page, declared)
    for name in declared:
        expect(shown(page, name)).to_be_visible()
    edges = [[parent, name] for name, asset in declared.items() for parent in asset.parents]
    assert sorted(page.evaluate(EDGES)) == sorted(edges)


@pytest.mark.timeout(900)
def test_missing_days_are_filled_by_clicking_and_days_that_are_gone_show_as_failed(
    page: Page, demo: Demo, declared: dict[str, Declared], pictures: Path
):
    first, missing, gone = demo.days(12, 6), demo.days(5, 1), demo.days(20, 16)
    assert all_states(page, "golden_views") == {
        "Materialized": first,
        "Missing": demo.days(24, 13) + demo.days(5, 0),
    }
    lineage = open_lineage(page, declared)
    backfill_by_clicking(page, missing)
    status = page.get_by_text("Status", exact=True).locator("..")
    expect(status).to_contain_text("Succeeded", timeout=RUN_PATIENCE)
    asked = sum(asset.in_backfills for asset in declared.values())
    expect(page.get_by_text("100% completed", exact=True)).to_have_count(asked)
    for table in GOLDEN.values():
        assert demo.stored_days(table.name) == {*first, *missing}
    page.goto(lineage)
    expect(page.get_by_text("filled").first).to_be_visible()
    take(page, pictures / "lineage.png", GRAPH)

    assert demo.collect(20, 16) == 1, "GitHub no longer serves them"
    for asset in ("raw_views", "golden_views"):
        assert all_states(page, asset) == {
            "Failed": gone,
            "Materialized": first + missing,
            "Missing": demo.days(24, 21) + demo.days(15, 13) + demo.days(0, 0),
        }
    tick(page, STATES)
    page.locator(f'[title="{missing[-1]}"]').click()
    expect(page.get_by_text("views", exact=True)).to_be_visible(timeout=PATIENCE)
    take(page, pictures / "partitions.png", BESIDE_NAVIGATION)
