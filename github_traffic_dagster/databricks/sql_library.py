"""The views and ready queries over the tables, as the `.sql` files that analysts use.

Every statement names tables and views without catalog and schema: it runs in the schema where
`registration` put the tables, through the statement API's `catalog` and `schema` or after
`USE CATALOG` and `USE SCHEMA`. Databricks' dialect:
https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-syntax-ddl-create-view
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

VIEW_NAMES: Final = (
    "repositories",
    "stars_and_forks",
    "coverage",
    "daily_traffic",
    "weekly_traffic",
    "moving_averages",
    "growth",
    "repository_totals",
    "gaps",
)
"""In an order in which each needs only the tables and earlier ones."""

_FOLDER: Final = files("github_traffic_dagster.databricks") / "sql"
_VIEW_COMMENT: Final = re.compile(r"^COMMENT '([^']*)'$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class View:
    """A view.

    Attributes:
        name: as it is called in the schema.
        text: the whole `CREATE OR REPLACE VIEW` statement.
        comment: what one row of it is.
    """

    name: str
    text: str
    comment: str


@dataclass(frozen=True, slots=True)
class Query:
    """A ready question over the tables and views.

    Attributes:
        name: its file's, without `.sql`.
        text: the whole statement, comments included.
        comment: the question it answers, and what to know about the answer.
    """

    name: str
    text: str
    comment: str


@cache
def views() -> tuple[View, ...]:
    """The views, in an order in which they can be created."""
    return tuple(_view(name) for name in VIEW_NAMES)


@cache
def queries() -> tuple[Query, ...]:
    """The ready queries, by name."""
    found = (_FOLDER / "queries").iterdir()
    return tuple(_query(file) for file in sorted(found, key=lambda file: file.name))


def _view(name: str) -> View:
    text = (_FOLDER / "views" / f"{name}.sql").read_text("utf-8").strip()
    comment = _VIEW_COMMENT.search(text)
    return View(name, text, comment[1] if comment else "")


def _query(file: Traversable) -> Query:
    text = file.read_text("utf-8").strip()
    lines = text.splitlines()
    start = next(n for n, line in enumerate(lines) if not line.startswith("--"))
    comment = " ".join(line.removeprefix("--").strip() for line in lines[:start])
    return Query(file.name.removesuffix(".sql"), text, comment)
