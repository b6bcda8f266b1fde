"""The page: one HTML file that needs nothing beside itself.

Names and texts come from GitHub and from users: jinja2 escapes them, the data are JSON without a
`<`, the scripts only ever set text, and the page's own policy lets nothing run but its scripts and
nothing be loaded at all (https://developer.mozilla.org/docs/Web/HTTP/CSP).

The plots are drawn in the browser by Observable Plot (0.5 MB with D3; plotly.js has 4.8 MB, Vega
0.9 MB and an installation of 84 MB, matplotlib's SVG no way to fit a phone): lines break at nulls,
days are UTC, and its SVG takes the page's colours, so that dark and light are a matter of CSS.
"""

import base64
import hashlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

import jinja2
import polars as pl
from markupsafe import Markup

from github_traffic_dagster.report.badges import AT_LEAST
from github_traffic_dagster.report.events import Event
from github_traffic_dagster.report.figures import Figures
from github_traffic_dagster.report.series import COUNTED, DOWNLOADS, Plotted
from github_traffic_dagster.traffic.answers import Metric

_SCRIPTS: Final = (
    ("vendor/d3.min.js",),
    ("vendor/plot.umd.min.js",),
    ("plots.js", "page.js"),
)
_PLOTS: Final = (
    # The figure's id, which is the series' name too, its title and its unit.
    ("views", "Views", "views"),
    ("clones", "Clones", "clones"),
    ("stargazers", "Stars", "stars"),
    ("forks", "Forks", "forks"),
)
_DOWNLOADS_PLOT: Final = (DOWNLOADS, "Downloads of releases", "downloads")
_KINDS: Final = (
    ("measured", "measured", "GitHub named the day, with traffic"),
    ("zero", "zero", "no traffic, proven by GitHub's answer"),
    ("not_yet_known", "not yet known", "GitHub still serves them"),
    ("lost", "lost", "nobody looked in time, and GitHub no longer serves them"),
    ("partial", "known, but partial", "seen before they had settled: may still grow"),
    ("for_ever", "partial for ever", "those of them that GitHub no longer serves"),
)
_TAGS: Final = ("private", "fork", "archived")
_ROWS_AT_FIRST: Final = 500
"""Rows that are elements from the beginning; a browser takes a minute for fifty thousand."""


class _Script(NamedTuple):
    text: Markup
    digest: str


def render(
    figures: Figures,
    plotted: Iterable[Plotted],
    events: Sequence[Event],
    *,
    now: datetime,
    release: str,
    unseen_since: date | None,
) -> bytes:
    """The page as a file.

    Args:
        figures: everything that is counted.
        plotted: all repositories together, then those with plots of their own.
        events: to mark.
        now: the time (UTC) it stands for.
        release: this program's name and version.
        unseen_since: the day of the last look at GitHub, where that is no longer today.
    """
    choices = list(plotted)
    downloads = any(DOWNLOADS in one.series for one in choices)
    repositories = figures.repositories
    first, others = repositories.head(_ROWS_AT_FIRST), repositories.slice(_ROWS_AT_FIRST)
    text = (
        _environment()
        .get_template("page.html")
        .render(
            figures=figures,
            plotted=choices,
            data=_json(choices, events, others),
            events=events,
            kinds=_KINDS,
            now=now,
            plots=(*_PLOTS, _DOWNLOADS_PLOT) if downloads else _PLOTS,
            tags=_TAGS,
            release=release,
            rows=first.to_dicts(),
            scripts=[_script(names) for names in _SCRIPTS],
            style=Markup(_packaged("style.css")),  # noqa: S704 - ours
            unseen_since=unseen_since,
        )
    )
    return text.encode()


def _json(plotted: list[Plotted], events: Sequence[Event], others: pl.DataFrame) -> Markup:
    """What the scripts read; jinja2's dumps leave no character that ends an element."""
    return jinja2.utils.htmlsafe_json_dumps(
        {
            "chunk": _ROWS_AT_FIRST,
            "others": [_cells(row) for row in others.iter_rows(named=True)],
            "counted": COUNTED,
            "plotted": [
                {
                    "name": one.name,
                    "together": one.together,
                    "series": one.series,
                    "releases": _releases(one),
                }
                for one in plotted
            ],
            "events": [
                {"day": str(event.day), "repository": event.repository, "text": event.text}
                for event in events
            ],
        },
        separators=(",", ":"),
    )


def _releases(one: Plotted) -> list[dict[str, str]]:
    """The releases to mark on its plots."""
    rows = one.shown.releases.rows if one.shown.releases else []
    return [{"day": str(row["day"]), "text": row["tag"]} for row in rows]


def _cells(row: dict[str, Any]) -> list[Any]:
    """A repository's row of the table, as repositories.html has it."""
    counts = (
        _at_least(row[metric], row[f"{metric}_short"]) if row[f"{metric}_known"] else ""
        for metric in Metric
    )
    return [
        row["full_name"],
        [tag for tag in _TAGS if row[tag]],
        *counts,
        row["views_peak"],
        row["clones_peak"],
        row["stargazers"],
        row["forks"],
        str(row["first_day"]),
        str(row["last_day"]),
        _worst(row["views_lost"], row["clones_lost"]),
        _worst(row["views_partial"], row["clones_partial"]),
    ]


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_packaged),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"number": _number, "at_least": _at_least, "worst": _worst}
    return environment


@cache
def _script(names: Sequence[str]) -> _Script:
    text = "\n".join(_packaged(name) for name in names)
    digest = hashlib.sha256(text.encode()).digest()
    return _Script(Markup(text), base64.b64encode(digest).decode())  # noqa: S704 - ours


def _packaged(name: str) -> str:
    text = files("github_traffic_dagster.report").joinpath("page", name).read_text("utf-8")
    # Browsers read \r\n as \n, and the digest must be that of what they read.
    return text.replace("\r\n", "\n")


def _number(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


def _at_least(value: int, short: int) -> str:
    """A count, with a plus when days of it are missing."""
    return f"{value:,}{AT_LEAST if short else ''}"


def _worst(*numbers: int | None) -> int:
    return max(number or 0 for number in numbers)
