"""GitHub's latest answer for each repository, kept beside the tables.

It lets the next run ask "has this changed?" (an unchanged window costs nothing of the hourly
budget) and tells how long ago each repository was looked at. It is no history: losing it loses
nothing but some of GitHub's budget. One object per metric, replaced whole, so that a reader finds
the state before or after. Two runs at once may each write what it knew: then some rows stay older
than they could be, which costs a call and is never wrong, for a row is written only after the
observations it stands for.
"""

import io
from datetime import date, timedelta
from typing import Final

import obstore
import polars as pl

from github_traffic_dagster.store.faults import is_storage_fault, storage_faults
from github_traffic_dagster.store.objects import objects
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.traffic.answers import Metric

SCHEMA: Final = pl.Schema(
    {
        "repo_id": pl.Int64(),
        "observed_at": pl.Datetime("us", "UTC"),
        "total": pl.Int64(),
        "etag": pl.String(),
        "body": pl.String(),
    }
)
"""One row per repository: when its whole window was last stored, how much traffic it had, and the
answer as GitHub sent it (null where it had no ETag)."""

_FORGOTTEN_AFTER: Final = timedelta(days=60)


def read_latest_answers(place: Place, metric: Metric) -> pl.DataFrame:
    """What is remembered; no rows where nothing is, or what lies there can't be understood.

    Args:
        place: the folder it lies in.
        metric: whose answers.

    Raises:
        StoreError: the storage can't be read.
    """
    return _read(place, metric, SCHEMA)


def read_latest_looks(place: Place, metric: Metric) -> pl.DataFrame:
    """As `read_latest_answers`, `repo_id` and `observed_at` alone: the answers stay packed."""
    names = ("repo_id", "observed_at")
    return _read(place, metric, pl.Schema({name: SCHEMA[name] for name in names}))


def _read(place: Place, metric: Metric, schema: pl.Schema) -> pl.DataFrame:
    with storage_faults(place, "read"):
        try:
            stored = bytes(obstore.get(objects(place), _name(metric)).bytes())
        except FileNotFoundError:
            return schema.to_frame()
    try:
        frame = pl.read_parquet(io.BytesIO(stored), columns=schema.names())
    except BaseException as error:
        if not is_storage_fault(error):
            raise
        return schema.to_frame()
    return frame if frame.schema == schema else schema.to_frame()


def remember_latest_answers(
    place: Place, metric: Metric, seen: pl.DataFrame, *, today: date
) -> None:
    """Add what was seen to what is remembered: of each repository the latest look.

    Args:
        place: the folder it lies in.
        metric: whose answers.
        seen: rows whose observations are stored, in the columns of `SCHEMA`.
        today: the current day (UTC); repositories not looked at for long are forgotten.

    Raises:
        StoreError: the storage can't be read or written; what was remembered stays.
    """
    latest = (
        pl.concat([read_latest_answers(place, metric), seen])
        .filter(pl.col("observed_at").dt.date() >= today - _FORGOTTEN_AFTER)
        .sort("observed_at")
        .unique("repo_id", keep="last", maintain_order=True)
        .sort("repo_id")
    )
    buffer = io.BytesIO()
    latest.write_parquet(buffer)
    with storage_faults(place, "write"):
        obstore.put(objects(place), _name(metric), buffer.getvalue())


def _name(metric: Metric) -> str:
    return f"{metric}.parquet"
