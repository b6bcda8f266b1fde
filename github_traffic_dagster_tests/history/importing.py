"""Import files into a store, as the command does."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import polars as pl

from github_traffic_dagster.history.bringing_in import bring_in
from github_traffic_dagster.history.formats import Format, format_of, read
from github_traffic_dagster.history.identities import (
    Ask,
    Identified,
    identify,
    known_repositories,
)
from github_traffic_dagster.history.observations import imported_frames, together
from github_traffic_dagster.history.planning import Plan, plan
from github_traffic_dagster.history.told import Given, Told
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.store.transfer.importing import Imported
from github_traffic_dagster.traffic.answers import Metric

TODAY = date(2026, 3, 1)


def told_by(
    path: Path, repository: str | None = None, form: Format | None = None, today: date = TODAY
) -> list[Told]:
    """What a file or folder tells."""
    place = Place(str(path))
    return list(read(place, form or format_of(place), Given(today, repository)))


def facts(told: list[Told]) -> list[tuple[str, date, int, int | None]]:
    """The rows without whose they are, sorted."""
    rows = [(one.metric.value, one.day, one.count, one.uniques) for one in told]
    return sorted(rows, key=str)


def identified(
    places: dict[str, Place], told: list[Told], owner: str | None = None, ask: Ask | None = None
) -> Identified:
    return identify(told, known_repositories(places), owner=owner, ask=ask)


def frames_of(
    places: dict[str, Place],
    *files: Path,
    owner: str | None = None,
    repository: str | None = None,
    ask: Ask | None = None,
) -> dict[Metric, pl.DataFrame]:
    """Rows of the raw tables."""
    found = []
    for file in files:
        told = told_by(file, repository)
        form = format_of(Place(str(file)))
        found.append(imported_frames(told, identified(places, told, owner, ask), form))
    return together(found)


def import_files(
    places: dict[str, Place], *files: Path, **given: str | None
) -> Mapping[str, Imported]:
    """Bring files in; what was done to each table."""
    return bring_in(frames_of(places, *files, **given), places)  # type: ignore[arg-type]


def plan_files(places: dict[str, Place], *files: Path, **given: str | None) -> Plan:
    """What an import would do."""
    return plan(frames_of(places, *files, **given), places)  # type: ignore[arg-type]
