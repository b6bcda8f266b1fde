"""The foreign formats, and which of them a file or folder is."""

from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Final

from github_traffic_dagster.history import (
    gghstats,
    ghstats,
    notebook,
    plain_csv,
    repo_stats,
    traffic_tracker,
)
from github_traffic_dagster.history.sqlite_files import columns_by_table, is_sqlite
from github_traffic_dagster.history.text_files import header_of
from github_traffic_dagster.history.told import Given, Told, refused
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.traffic.answers import Metric

_OUR_EXPORT: Final = "manifest.json"


class Format(StrEnum):
    """By the names of the tools; also what an observation's `source` ends with."""

    CSV = "csv"
    GGHSTATS = "gghstats"
    GHSTATS = "ghstats"
    NOTEBOOK = "notebook"
    REPO_STATS = "github-repo-stats"
    TRAFFIC_TRACKER = "github-traffic-tracker"


_READERS: Final[dict[Format, Callable[[Path, Given], Iterator[Told]]]] = {
    Format.CSV: plain_csv.read,
    Format.GGHSTATS: gghstats.read,
    Format.GHSTATS: ghstats.read,
    Format.REPO_STATS: repo_stats.read,
    Format.TRAFFIC_TRACKER: traffic_tracker.read,
}
_OF_FOLDERS: Final = {Format.NOTEBOOK, Format.REPO_STATS, Format.TRAFFIC_TRACKER}
_ALL: Final = ", ".join(Format)


def read(place: Place, form: Format, given: Given) -> Iterator[Told]:
    """What a file or folder tells.

    Raises:
        HistoryFileError: it is none of this format, or says something impossible.
        StoreError: the storage can't be read.
    """
    if form is Format.NOTEBOOK:
        return notebook.read(place, given)
    path = _local(place)
    if path.is_dir() and form not in _OF_FOLDERS:
        raise refused(str(path), "it is a folder", f"a file of {form}")
    return _READERS[form](path, given)


def format_of(place: Place) -> Format:
    """Which format a file or folder is of.

    Raises:
        HistoryFileError: it is of none, or that can't be told.
        StoreError: the storage can't be read.
    """
    if place.local_path is None:
        return Format.NOTEBOOK
    path = _local(place)
    if path.is_dir():
        return _format_of_folder(place, path)
    if is_sqlite(path):
        return _format_of_database(path)
    if path.suffix == ".json":
        return Format.TRAFFIC_TRACKER
    return Format.REPO_STATS if repo_stats.TIME in header_of(path) else Format.CSV


def _local(place: Place) -> Path:
    path = place.local_path
    if path is None:
        raise refused(place.uri, "only Delta tables are read there", "a copy on this machine")
    if not path.exists():
        raise refused(str(path), "it does not exist", "a file or folder")
    return path


def _format_of_folder(place: Place, path: Path) -> Format:
    if (path / _OUR_EXPORT).exists():
        raise refused(
            str(path), "that is an export of github-traffic", f"github-traffic import {path}"
        )
    found = [
        form
        for form, there in (
            (Format.NOTEBOOK, notebook.tables_at(place)),
            (Format.REPO_STATS, repo_stats.files_below(path)),
            (Format.TRAFFIC_TRACKER, traffic_tracker.files_below(path)),
        )
        if there
    ]
    if len(found) != 1:
        what = f"it may be of {' or '.join(found)}" if found else "it holds nothing that is known"
        raise refused(str(path), what, f"a file, or --format with one of {_ALL}")
    return found[0]


def _format_of_database(path: Path) -> Format:
    tables = columns_by_table(path)
    if ghstats.TABLE in tables:
        return Format.GHSTATS
    if all({"repo", "date"} <= tables.get(metric.value, set()) for metric in Metric):
        return Format.GGHSTATS
    raise refused(
        str(path),
        f"its tables are {', '.join(sorted(tables)) or 'none'}",
        "repo_stats (ghstats), or views and clones (gghstats)",
    )
