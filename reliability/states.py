"""What the tables hold, and whether it is a state they may hold."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl
from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError

from github_traffic_dagster.store.place import Place
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.golden import golden_from_observations
from github_traffic_dagster.traffic.tables import GOLDEN, RAW, TABLES

State = Mapping[str, pl.DataFrame]
"""The rows of each table, in the order of its key."""

_KNOWN_SINCE = {"first_observed_at", "observations"}


def read_tables(places: Mapping[str, Place]) -> State:
    """Everything that is stored; a table that does not exist yet has no rows.

    Reads with deltalake and polars alone: what is tested is not trusted to look at itself. Of a
    table that can't be read there is one row of nulls, which is nobody's state.
    """
    return {name: _read(place, name) for name, place in places.items()}


def _read(place: Place, name: str) -> pl.DataFrame:
    schema = TABLES[name].schema
    try:
        opened = DeltaTable(place.uri, storage_options=place.delta_options)
        rows = pl.scan_delta(opened, storage_options=place.polars_options).collect()
    except TableNotFoundError:
        return pl.DataFrame(schema=schema)
    except KeyboardInterrupt:
        raise
    except BaseException:
        logging.getLogger(__name__).exception("%s can't be read", place.uri)
        return pl.DataFrame({column: [None] for column in schema}, schema=schema)
    return rows.select(schema.names()).sort(schema.names())


@dataclass(frozen=True, slots=True)
class Compared:
    """Tables by where they stand.

    Attributes:
        before: nothing of the run is in them.
        after: all of the run's rows are.
        mixed: anything else, or it can't be read; there must be none.
    """

    before: frozenset[str]
    after: frozenset[str]
    mixed: frozenset[str]


def compare(now: State, before: State, after: State) -> Compared:
    """Where each table stands between the states before and after a run."""
    found: dict[str, set[str]] = {"before": set(), "after": set(), "mixed": set()}
    for name in now:
        stands = {
            "after" if part.equals(then) else "before" if part.equals(earlier) else "mixed"
            for part, then, earlier in zip(
                _by_write(now[name]), _by_write(after[name]), _by_write(before[name]), strict=True
            )
        }
        found[next(where for where in ("mixed", "before", "after") if where in stands)].add(name)
    return Compared(**{name: frozenset(tables) for name, tables in found.items()})


def _by_write(rows: pl.DataFrame) -> list[pl.DataFrame]:
    """The rows that one commit of a run brings: views and clones come to a table of both alone."""
    if "metric" not in rows.columns:
        return [rows]
    return [rows.filter(pl.col("metric") == metric.value) for metric in Metric]


def lost_rows(now: State, acknowledged: State) -> int:
    """Rows that were acknowledged and are gone, or whose golden numbers fell."""
    return sum(_lost(now[name], acknowledged[name], name) for name in acknowledged)


def _lost(now: pl.DataFrame, acknowledged: pl.DataFrame, name: str) -> int:
    table = TABLES[name]
    if table not in GOLDEN.values():
        columns = list(table.key)
        return acknowledged.join(now, on=columns, how="anti").height
    found = acknowledged.join(now, on=list(table.key), how="left", suffix="_now")
    kept = (
        (pl.col("count_now") >= pl.col("count"))
        & (pl.col("uniques_now") >= pl.col("uniques"))
        & (pl.col("observations_now") >= pl.col("observations"))
    )
    return found.filter(~kept.fill_null(value=False)).height


def duplicate_keys(now: State) -> int:
    """Rows whose key is there more than once."""
    return sum(
        int(rows.select(TABLES[name].key).is_duplicated().sum()) for name, rows in now.items()
    )


def golden_is_the_greatest(now: State) -> bool:
    """Golden equals, in every cell, what the golden rule makes of all that raw holds.

    The column `full_name` too: no repository was renamed here.
    """
    return all(
        golden_from_observations(now[RAW[metric].name].lazy())
        .collect()
        .equals(now[GOLDEN[metric].name].sort("repo_id", "day"))
        for metric in Metric
    )


def golden_as_undisturbed(now: State, undisturbed: State) -> bool:
    """Golden has the rows of a history without any fault, equal in every cell but two.

    A run that stored its observations, failed and was repeated has looked once more often, and
    earlier: `observations` may be greater and `first_observed_at` earlier.
    """
    for metric in Metric:
        name = GOLDEN[metric].name
        expected, found = (side[name].sort("repo_id", "day") for side in (undisturbed, now))
        if not found.drop(_KNOWN_SINCE).equals(expected.drop(_KNOWN_SINCE)):
            return False
        more = found["observations"] >= expected["observations"]
        earlier = found["first_observed_at"] <= expected["first_observed_at"]
        if not (more.all() and earlier.all()):
            return False
    return True
