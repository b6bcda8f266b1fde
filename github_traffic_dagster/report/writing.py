"""Make the report from the tables, and put it where it should lie."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from github_traffic_dagster.errors import RequestError
from github_traffic_dagster.report.badges import FOLDER, OURS, badges
from github_traffic_dagster.report.events import Event
from github_traffic_dagster.report.figures import Figures, read_figures
from github_traffic_dagster.report.files import File, put, put_all
from github_traffic_dagster.report.page import render
from github_traffic_dagster.report.reading import Scope, open_source
from github_traffic_dagster.report.series import plotted_series
from github_traffic_dagster.report.settings import Private
from github_traffic_dagster.store.place import Place

INDEX = "index.html"


@dataclass(frozen=True, slots=True)
class Report:
    """A report in memory.

    Attributes:
        page: the HTML file.
        figures: what it tells.
        public: the rows of `figures.repositories` that badges may tell of.
        strangers: repositories that events name and that the report does not have.
    """

    page: bytes
    figures: Figures
    public: pl.DataFrame
    strangers: tuple[str, ...]


def make_report(
    places: Mapping[str, Place],
    scope: Scope,
    *,
    events: tuple[Event, ...] = (),
    now: datetime,
    release: str,
) -> Report:
    """Read the tables and make the page.

    Args:
        places: of the tables; those that are not there yet count as empty.
        scope: what it is about.
        events: to mark.
        now: the current time (UTC).
        release: this program's name and version.

    Raises:
        RequestError: no repository is in the scope, though there are some.
        StoreError: a table could not be read.
    """
    source = open_source(places, scope)
    figures = read_figures(source, today=now.date())
    repositories = figures.repositories
    if repositories.is_empty() and scope.patterns:
        raise RequestError(
            f"No repository with known days matches {', '.join(scope.patterns)}: expected "
            "patterns as my-org/*,*-docs. Nothing was written."
        )
    names = {name.lower() for name in repositories["full_name"]}
    strangers = {one.repository for one in events if one.repository}
    told = tuple(event for event in events if event.repository.lower() in {"", *names})
    plotted = plotted_series(source, figures, today=now.date())
    everywhere = scope.private is Private.EVERYWHERE
    return Report(
        page=render(
            figures,
            plotted,
            told,
            now=now,
            release=release,
            unseen_since=_unseen_since(scope, figures, now.date()),
        ),
        figures=figures,
        public=repositories if everywhere else repositories.filter(~pl.col("private")),
        strangers=tuple(sorted(name for name in strangers if name.lower() not in names)),
    )


def _unseen_since(scope: Scope, figures: Figures, today: date) -> date | None:
    # A range that ends earlier says nothing about looks after it.
    if scope.last_day or figures.last_day is None or figures.last_day >= today:
        return None
    return figures.last_day


def write_page(report: Report, folder: Place, name: str = INDEX) -> None:
    """Put the page into a folder, in place of the one before.

    Raises:
        StoreError: the storage failed; a page that was there is as it was.
    """
    put(folder, File(name, report.page, "text/html; charset=utf-8"))


def write_badges(report: Report, folder: Place) -> int:
    """Put the badges below a folder, in `badges`; those of repositories now gone are removed.

    Returns:
        How many there are.

    Raises:
        StoreError: the storage failed; each badge is the one before or the new one.
    """
    return put_all(folder, badges(report.public), folder=FOLDER, ours=OURS)
