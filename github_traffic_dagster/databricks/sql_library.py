"""Stand-in of the library of views, until it is merged."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class View:
    """A view: its name and the statement that makes it."""

    name: str
    text: str


def views() -> tuple[View, ...]:
    """The views in the order in which they build on each other."""
    return (
        View(
            "daily_traffic",
            "CREATE OR REPLACE VIEW daily_traffic (\n"
            "  full_name COMMENT 'owner/name',\n  day COMMENT 'Traffic day',\n"
            "  views COMMENT 'Views of the day',\n  clones COMMENT 'Clones of the day'\n)\n"
            "COMMENT 'Views and clones by repository and day'\n"
            "AS SELECT v.full_name, v.day, v.count, c.count\n"
            "FROM golden_views AS v LEFT JOIN golden_clones AS c\n"
            "  ON c.repo_id = v.repo_id AND c.day = v.day",
        ),
    )
