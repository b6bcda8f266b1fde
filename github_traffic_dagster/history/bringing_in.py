"""Bring imported observations into the store: raw first, golden from raw by the rule.

A kill in between leaves observations that golden does not show yet: the same import once more adds
nothing to raw and merges golden all the same.
"""

import hashlib
from collections.abc import Iterator, Mapping

import polars as pl

from github_traffic_dagster.errors import TableMissingError
from github_traffic_dagster.store.appending import append_missing
from github_traffic_dagster.store.merging import merge
from github_traffic_dagster.store.naming import with_newest_names
from github_traffic_dagster.store.opening import create_table, open_table
from github_traffic_dagster.store.periods import Period, suitable_period
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.store.reading import golden_rows, scan
from github_traffic_dagster.store.transfer.importing import Imported
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.tables import GOLDEN, RAW, REPOS, Table


def bring_in(
    frames: Mapping[Metric, pl.DataFrame], places: Mapping[str, Place]
) -> dict[str, Imported]:
    """Import, period by period; to repeat it, also after a failure, is harmless.

    Args:
        frames: rows of the raw tables, each key once.
        places: the tables' places by name; tables are created where there are none.

    Returns:
        What was done to each raw and golden table.

    Raises:
        StoreError: the storage failed; what was written until then stays, and is whole.
    """
    filled = {metric: frame for metric, frame in frames.items() if not frame.is_empty()}
    if not filled:
        return {}
    repositories = pl.concat(filled.values())["repo_id"].n_unique()
    period = suitable_period(repositories)
    done: dict[str, Imported] = {}
    # All of them: the doctor takes a store that has only some for a damaged one.
    for table in (REPOS, *RAW.values(), *GOLDEN.values()):
        _create_unless_there(places[table.name], table, period)
    for metric, frame in filled.items():
        name = f"import history {_fingerprint(frame)}"
        for part in _periods(frame, period):
            for table_name, result in _bring_in(metric, part, places, name):
                done[table_name] = done.get(table_name, Imported()) + result
    return done


def _bring_in(
    metric: Metric, frame: pl.DataFrame, places: Mapping[str, Place], name: str
) -> Iterator[tuple[str, Imported]]:
    raw, golden = RAW[metric], GOLDEN[metric]
    appended = append_missing(places[raw.name], raw, frame, run_id=name)
    yield raw.name, Imported(added=appended.rows)
    first_day, last_day = frame["day"].min(), frame["day"].max()
    observed = scan(places[raw.name], raw, first_day=first_day, last_day=last_day)  # type: ignore[arg-type]
    theirs = observed.filter(pl.col("repo_id").is_in(frame["repo_id"].unique().implode()))
    rows = golden_rows(places[raw.name], theirs)
    rows = with_newest_names(places[golden.name], golden, rows, run_id=name)
    merged = merge(places[golden.name], golden, rows, run_id=name)
    yield golden.name, Imported(merged.inserted, merged.updated)


def _periods(frame: pl.DataFrame, period: Period) -> Iterator[pl.DataFrame]:
    """The rows by year or month: never is all that is stored of all time in memory at once."""
    parts = frame.with_columns(period.of_day().alias("_period")).partition_by(
        "_period", as_dict=True, include_key=False
    )
    for _, part in sorted(parts.items(), key=lambda item: item[0]):
        yield part


def _create_unless_there(place: Place, table: Table, period: Period) -> None:
    """By the period that suits the whole import, not its first year."""
    try:
        open_table(place, table)
    except TableMissingError:
        create_table(place, table, period)


def _fingerprint(frame: pl.DataFrame) -> str:
    """A short name of the rows, the same for the same rows."""
    keys = frame.select("repo_id", "day", "run_id").write_csv()
    return hashlib.sha256(keys.encode()).hexdigest()[:16]
