"""Merge rows into a table by its key, by the rule that the table declares."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from github_traffic_dagster.errors import StoreError
from github_traffic_dagster.store.committing import commit, signed
from github_traffic_dagster.store.faults import storage_faults
from github_traffic_dagster.store.layout import PERIOD, stored_period, with_period
from github_traffic_dagster.store.opening import open_or_create
from github_traffic_dagster.store.periods import Period, period_for
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.traffic.tables import Table


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge did: rows added, rows that grew, and the table's version after it."""

    inserted: int
    updated: int
    version: int


def merge(place: Place, table: Table, frame: pl.DataFrame, *, run_id: str) -> Merged:
    """Bring `frame` into the table; nothing is written when nothing changes.

    Args:
        place: where the table lies; created empty when there is none.
        table: a table with a merge rule.
        frame: rows in the table's columns, each key once.
        run_id: named in the table's history.
    """
    rule = table.merge
    if rule is None:
        raise StoreError(f"{table.name} is append-only: rows can't be merged into it.")
    if frame.select(table.key).is_duplicated().any():
        raise StoreError(f"The rows for {table.name} hold a {', '.join(table.key)} twice.")

    def attempt() -> Merged:
        opened = open_or_create(place, table, period_for(frame))
        if frame.is_empty():
            return Merged(0, 0, opened.version())
        period = stored_period(opened)
        result = (
            opened.merge(
                with_period(frame, period),
                predicate=_match(table, period, frame["day"].unique().to_list()),
                source_alias="s",
                target_alias="t",
                commit_properties=signed(run_id),
            )
            .when_matched_update(updates=dict(rule.updates), predicate=rule.when)
            .when_not_matched_insert_all()
            .execute()
        )
        return Merged(
            int(result["num_target_rows_inserted"]),
            int(result["num_target_rows_updated"]),
            opened.version(),
        )

    with storage_faults(place, "merge into"):
        return commit(place, attempt)


def _match(table: Table, period: Period, days: list[date]) -> str:
    """Equal keys, with the periods and days as literals so that other files are not opened."""
    keys = [f"t.{column} = s.{column}" for column in (PERIOD.name, *table.key)]
    folders = ", ".join(f"DATE '{first_day}'" for first_day in period.first_days(days))
    return " AND ".join(
        [
            *keys,
            f"t.{PERIOD.name} IN ({folders})",
            f"t.day BETWEEN DATE '{min(days)}' AND DATE '{max(days)}'",
        ]
    )
