"""The few forms of Markdown that the pages are made of."""

import re
from collections.abc import Iterable
from typing import Final

_NOTE: Final = "<!-- Written by `python -m reference_pages`: change the code, not this page. -->"


def page(title: str, *blocks: str) -> str:
    """A whole page: title and blocks with an empty line between."""
    return "\n\n".join([f"# {title}", _NOTE, *blocks]) + "\n"


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table; bars and stars in a cell are what they are."""
    columns = list(head)
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _cell(text: str) -> str:
    return re.sub(r"[|*]", r"\\\g<0>", text)
