"""The project's Markdown, read as a Markdown reader reads it."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])


def title(page: Path) -> str:
    """A page's path from the root, as a test's id."""
    return page.relative_to(ROOT).as_posix()


def tokens(page: Path) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(page.read_text(encoding="utf-8"))


def fences(page: Path, *languages: str) -> list[str]:
    """The contents of fenced blocks in these languages, in order."""
    return [
        each.content for each in tokens(page) if each.type == "fence" and each.info in languages
    ]


def files(page: Path) -> dict[str, str]:
    """The fenced blocks whose first line is a comment that names a file, by that name."""
    blocks = [each.content for each in tokens(page) if each.type == "fence"]
    named = [(re.match(r"# (\S*[./]\S*)\n", block), block) for block in blocks]
    return {name[1]: block for name, block in named if name}


def links(page: Path) -> list[str]:
    """Where links and pictures lead."""
    return [
        str(child.attrs[attribute])
        for child in _inline(page)
        for attribute in ("href", "src")
        if attribute in child.attrs
    ]


def code(page: Path) -> list[str]:
    """All that is set as code: fenced blocks and spans in the text."""
    blocks = [each.content for each in tokens(page) if each.type == "fence"]
    return blocks + [child.content for child in _inline(page) if child.type == "code_inline"]


def anchors(page: Path) -> set[str]:
    """What can stand behind a # in a link to the page: its headings as GitHub names them."""
    found: set[str] = set()
    for heading, text in pairwise(tokens(page)):
        if heading.type == "heading_open":
            shown = "".join(child.content for child in text.children or [])
            slug = re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-")
            number = sum(re.fullmatch(rf"{slug}(-\d+)?", other) is not None for other in found)
            found.add(f"{slug}-{number}" if number else slug)
    return found


def rows(page: Path, heading: str) -> list[list[str]]:
    """The cells of the first table below a heading, as written, without its head."""
    below = page.read_text(encoding="utf-8").split(f"\n{heading}\n", 1)[1]
    lines = [line for line in below.splitlines() if line.startswith("|") or not line]
    table = "\n".join(lines).strip().split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table]


def _inline(page: Path) -> Iterator[Token]:
    for token in tokens(page):
        yield from token.children or []
