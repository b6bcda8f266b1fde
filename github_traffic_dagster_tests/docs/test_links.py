"""Every link within the project leads to something that is there."""

from pathlib import Path
from urllib.parse import unquote

import pytest

from github_traffic_dagster_tests.docs.pages import DOCS, PAGES, ROOT, anchors, links, title


def own(page: Path) -> list[tuple[str, Path, str]]:
    """A page's links within the project: as written, the file, the anchor."""
    found = []
    for link in links(page):
        if "://" in link or link.startswith("mailto:"):
            continue
        path, _, anchor = unquote(link).partition("#")
        found.append((link, (page.parent / path).resolve() if path else page, anchor))
    return found


@pytest.mark.parametrize("page", PAGES, ids=title)
def test_links_lead_to_files_and_headings_that_exist(page: Path) -> None:
    broken = [
        link
        for link, file, anchor in own(page)
        if not file.exists() or (anchor and anchor not in anchors(file))
    ]

    assert not broken


def test_every_page_of_the_docs_is_reached_from_the_readme() -> None:
    reached, ahead = set[Path](), [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        reached.add(page)
        ahead += [file for _, file, _ in own(page) if file.suffix == ".md" and file not in reached]

    assert {page for page in PAGES if page.is_relative_to(DOCS)} <= reached


def test_the_index_names_every_page() -> None:
    index = {file for _, file, _ in own(DOCS / "README.md")}

    assert {page for page in PAGES if page.is_relative_to(DOCS)} - index == {DOCS / "README.md"}
