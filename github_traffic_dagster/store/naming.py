"""One history, one name: a renamed or transferred repository shows its newest name on all days.

Renames are rare, so old periods are only opened for repositories whose name within the days at
hand differs from what is stored, or that the table does not know on those days.
"""

import polars as pl
from deltalake import DeltaTable

from github_traffic_dagster.store.committing import commit, signed
from github_traffic_dagster.store.faults import storage_faults
from github_traffic_dagster.store.opening import open_or_create
from github_traffic_dagster.store.periods import period_for
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.store.reading import scan_opened
from github_traffic_dagster.traffic.tables import Table


def with_newest_names(
    place: Place, table: Table, frame: pl.DataFrame, *, run_id: str
) -> pl.DataFrame:
    """Give `frame` and what is stored the newest name known to either.

    Called before the rows are merged: if the run dies in between, the next one still sees that
    the names differ.

    Args:
        place: where the golden table lies.
        table: a table with `repo_id`, `full_name`, `day` and `last_observed_at`.
        frame: rows about to be merged.
        run_id: named in the table's history.

    Returns:
        `frame` with `full_name` set to the newest name.
    """
    if frame.is_empty():
        return frame

    def attempt() -> pl.DataFrame:
        opened = open_or_create(place, table, period_for(frame))
        incoming = _newest(frame)
        doubtful = _doubtful(opened, place, table, frame, incoming)
        if doubtful.is_empty():
            return _named(frame, incoming)
        history = scan_opened(opened, place, table).filter(
            pl.col("repo_id").is_in(doubtful.implode())
        )
        stored = (
            history.group_by("repo_id", "full_name").agg(pl.col("last_observed_at").max()).collect()
        )
        newest = _newest(pl.concat([stored, incoming]))
        _rename(opened, stored, newest, run_id)
        return _named(frame, newest)

    with storage_faults(place, "rename in"):
        return commit(place, attempt)


def _named(frame: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    return frame.update(names.select("repo_id", "full_name"), on="repo_id")


def _newest(rows: pl.DataFrame) -> pl.DataFrame:
    """Each repository's newest name, as `repo_id, full_name, last_observed_at`."""
    names = rows.select("repo_id", "full_name", "last_observed_at")
    return names.sort("last_observed_at", "full_name").group_by("repo_id").last()


def _doubtful(
    opened: DeltaTable, place: Place, table: Table, frame: pl.DataFrame, incoming: pl.DataFrame
) -> pl.Series:
    """Ids whose incoming name is not the only one stored for the days at hand."""
    first_day, last_day = frame["day"].min(), frame["day"].max()
    known = (
        scan_opened(opened, place, table, first_day=first_day, last_day=last_day)  # type: ignore[arg-type]
        .group_by("repo_id")
        .agg(pl.col("full_name").min().alias("lowest"), pl.col("full_name").max().alias("highest"))
        .collect()
    )
    return (
        incoming.join(known, on="repo_id", how="left")
        .filter(
            ~pl.all_horizontal(
                pl.col("full_name").eq_missing(pl.col("lowest")),
                pl.col("full_name").eq_missing(pl.col("highest")),
            )
        )
        .get_column("repo_id")
    )


def _rename(opened: DeltaTable, stored: pl.DataFrame, newest: pl.DataFrame, run_id: str) -> None:
    renamed = (
        newest.join(stored.select("repo_id", old="full_name"), on="repo_id")
        .filter(pl.col("full_name") != pl.col("old"))
        .select("repo_id", "full_name")
        .unique()
    )
    if renamed.is_empty():
        return
    (
        opened.merge(
            renamed,
            predicate="t.repo_id = s.repo_id AND t.full_name <> s.full_name",
            source_alias="s",
            target_alias="t",
            commit_properties=signed(run_id),
        )
        .when_matched_update(updates={"full_name": "s.full_name"})
        .execute()
    )
