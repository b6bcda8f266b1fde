"""The Delta tables `views` and `clones` of the notebook that this project grew out of.

Followed: the notebook in the post "Long Term Storage of Github Repo Traffic Metrics for Analytics
with Databricks" of 2022-11-27 (rafaelpierre/rafaelpierre.github.io at 236785b).

- Columns `repo` (string, the bare name: the owner is written down nowhere), `uniques` and `count`
  (integer), `timestamp` (midnights in UTC, as PyGithub hands them on).
- Each run appends GitHub's whole window, so that days are there many times, with numbers that grew
  and, at the window's old end, shrank. All of them are evidence; when each was seen is not kept.
- `views_golden` and `clones_golden` kept any one of a day's rows: the tables they came from say
  more.
"""

from collections.abc import Iterator
from typing import Final

import polars as pl
from deltalake import DeltaTable

from github_traffic_dagster.history.told import Given, Row, Told, refused
from github_traffic_dagster.store.faults import storage_faults
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.traffic.answers import Metric

_TYPES: Final = {
    "repo": {"string"},
    "uniques": {"integer", "long", "short"},
    "count": {"integer", "long", "short"},
    "timestamp": {"timestamp", "timestamp_ntz", "date", "string"},
}


def tables_at(place: Place) -> dict[Metric, Place]:
    """The notebook's tables: those in a folder, or the one that it is, known by its name.

    Raises:
        StoreError: the storage can't be read.
    """
    name = place.uri.rstrip("/").rpartition("/")[2].removesuffix("_golden")
    if name in set(Metric) and _is_table(place):
        return {Metric(name): place}
    below = {metric: Place(f"{place.uri}/{metric.value}", place.options) for metric in Metric}
    return {metric: table for metric, table in below.items() if _is_table(table)}


def read(place: Place, given: Given) -> Iterator[Told]:
    """The rows of both tables, each once.

    Raises:
        HistoryFileError: there is none, it is another table, or a row says something impossible.
        StoreError: the storage can't be read.
    """
    tables = tables_at(place)
    if not tables:
        raise refused(place.uri, "there is no Delta table views or clones", "the folder of them")
    for metric, table in tables.items():
        for repo, uniques, count, timestamp in _rows(table).iter_rows():
            row = Row(table.uri, f"{repo} at {timestamp}", given)
            told = row.told(metric, day=timestamp, count=count, uniques=uniques, repository=repo)
            if told:
                yield told


def _rows(place: Place) -> pl.DataFrame:
    with storage_faults(place, "read"):
        opened = DeltaTable(place.uri, storage_options=place.delta_options)
        found = {
            field.name: getattr(field.type, "type", "nested") for field in opened.schema().fields
        }
        if any(found.get(name) not in types for name, types in _TYPES.items()):
            raise refused(
                place.uri,
                f"it has the columns {', '.join(f'{name} {kind}' for name, kind in found.items())}",
                "repo string, uniques and count integer, timestamp timestamp",
            )
        rows = pl.scan_delta(opened, storage_options=place.polars_options).select(*_TYPES)
        # Most of them are there many times.
        return rows.unique().collect(engine="streaming").sort("repo", "timestamp")


def _is_table(place: Place) -> bool:
    with storage_faults(place, "read"):
        return DeltaTable.is_deltatable(place.uri, storage_options=place.delta_options)
