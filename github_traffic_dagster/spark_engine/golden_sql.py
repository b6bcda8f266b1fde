"""The golden step as SQL: what `traffic.golden`, `store.merging` and `store.naming` do in polars.

The rule itself is the table's (`traffic.tables`), the same texts that delta-rs merges by. It is a
MERGE and no REPLACE WHERE: a computation that began earlier and ends later must not lower a number.

Databricks' dialect, of which Spark and Sail know what is used here. No statement depends on a
session's time zone: moments are compared by the microseconds since 1970
(https://spark.apache.org/docs/latest/api/sql/#unix_micros). Literals are dates alone; parameters
don't work in every engine's MERGE.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Final

from github_traffic_dagster.spark_engine.golden_job import Plan
from github_traffic_dagster.sql_quoting import quoted
from github_traffic_dagster.store.layout import PERIOD
from github_traffic_dagster.store.periods import Period
from github_traffic_dagster.traffic.golden import COMPLETE, PARTIAL
from github_traffic_dagster.traffic.observations import Source
from github_traffic_dagster.traffic.tables import RAW_COLUMNS, SQL_TYPES, Table
from github_traffic_dagster.traffic.window import SETTLING_DAYS

_MICROSECONDS_A_DAY: Final = 86_400_000_000
_FIRST_DAY_OF: Final = {Period.YEAR: "trunc(day, 'YEAR')", Period.MONTH: "trunc(day, 'MM')"}


@dataclass(frozen=True, slots=True)
class Stored:
    """A table as the engine finds it.

    Attributes:
        name: quoted, as `at_path` gives it, or a catalog's name of three quoted parts.
        period: what it is laid out by.
        lacking: columns that an older release did not give it; they are null.
    """

    name: str
    period: Period
    lacking: Collection[str] = ()


def at_path(uri: str) -> str:
    """A Delta table by its place, which needs no catalog."""
    return f"delta.{quoted(uri)}"


def golden_plan(raw: Stored, golden: Stored, table: Table, *, first: date, last: date) -> Plan:
    """The statements that bring a golden table up to date with its raw table for some days.

    Args:
        raw: the raw table.
        golden: the golden table; it has all columns.
        table: what the golden table is.
        first: the first of the days.
        last: the last of the days.
    """
    seen = _in_days(raw, first, last)
    known = f"SELECT repo_id, full_name FROM {golden.name} WHERE {_range(golden, first, last)}"
    incoming = _newest("SELECT repo_id, full_name, observed_at AS seen_at FROM seen")
    agree = f"WITH seen AS ({seen}), names AS ({incoming})"
    differ = (
        f"WITH seen AS ({seen}), incoming AS ({incoming}), known AS ({known}), "
        f"doubtful AS ({_DOUBTFUL}), names AS ({_newest(_of_all_time(golden))})"
    )
    on = f"{_same_key(table)} AND {_range(golden, first, last, 't.')}"
    return Plan(
        question=f"WITH seen AS ({seen}), incoming AS ({incoming}), known AS ({known}) "
        f"{_DOUBTFUL} LIMIT 1",
        names_differ=[
            _rename(golden, differ),
            _merge(golden, table, source=f"{differ} {_best(golden)}", on=on),
        ],
        names_agree=[_merge(golden, table, source=f"{agree} {_best(golden)}", on=on)],
    )


# Repositories whose incoming name is not the only one stored for the days at hand.
_DOUBTFUL: Final = (
    "SELECT incoming.repo_id FROM incoming LEFT JOIN ("
    "SELECT repo_id, min(full_name) AS lowest, max(full_name) AS highest "
    "FROM known GROUP BY repo_id) AS stored ON incoming.repo_id = stored.repo_id "
    "WHERE NOT (incoming.full_name <=> stored.lowest AND incoming.full_name <=> stored.highest)"
)


def _date(day: date) -> str:
    return f"DATE'{day.isoformat()}'"


def _range(stored: Stored, first: date, last: date, alias: str = "") -> str:
    """By folders first, so that others are not opened."""
    folders = " AND ".join(_date(stored.period.first_day(day)) for day in (first, last))
    return (
        f"{alias}{PERIOD.name} BETWEEN {folders} "
        f"AND {alias}day BETWEEN {_date(first)} AND {_date(last)}"
    )


def _in_days(raw: Stored, first: date, last: date) -> str:
    columns = (
        f"CAST(NULL AS {SQL_TYPES[column.dtype]}) AS {quoted(column.name)}"
        if column.name in raw.lacking
        else quoted(column.name)
        for column in RAW_COLUMNS
    )
    return f"SELECT {', '.join(columns)} FROM {raw.name} WHERE {_range(raw, first, last)}"


def _newest(looks: str) -> str:
    """Each repository's newest name; of several at the same moment, the greatest."""
    return (
        "SELECT repo_id, max_by(full_name, struct(seen_at, full_name)) AS full_name "
        f"FROM ({looks}) GROUP BY repo_id"
    )


def _of_all_time(golden: Stored) -> str:
    """Looks of these days, and what is stored of the doubtful repositories from all days."""
    return (
        "SELECT repo_id, full_name, observed_at AS seen_at FROM seen UNION ALL "
        f"SELECT repo_id, full_name, last_observed_at AS seen_at FROM {golden.name} "
        "WHERE repo_id IN (SELECT repo_id FROM doubtful)"
    )


def _rename(golden: Stored, names: str) -> str:
    return (
        f"MERGE INTO {golden.name} AS t USING ({names} SELECT names.repo_id, names.full_name "
        "FROM names JOIN doubtful ON names.repo_id = doubtful.repo_id) AS s "
        "ON t.repo_id = s.repo_id "
        "WHEN MATCHED AND t.full_name <> s.full_name THEN UPDATE SET full_name = s.full_name"
    )


def _best(golden: Stored) -> str:
    """The best knowledge of each day, as `traffic.golden` reduces it."""
    settled = (
        f"unix_micros(observed_at) >= (unix_date(day) + {SETTLING_DAYS + 1}) "
        f"* CAST({_MICROSECONDS_A_DAY} AS BIGINT) AND source <> '{Source.GITHUB_OLDEST.value}'"
    )
    return (
        "SELECT days.*, names.full_name FROM ("
        "SELECT repo_id, day, max(`count`) AS `count`, max(uniques) AS uniques, "
        f"CASE WHEN max(CASE WHEN {settled} THEN 1 ELSE 0 END) = 1 THEN '{COMPLETE}' "
        f"ELSE '{PARTIAL}' END AS status, min(observed_at) AS first_observed_at, "
        "max(observed_at) AS last_observed_at, count(DISTINCT observed_at) AS observations, "
        f"{_FIRST_DAY_OF[golden.period]} AS {PERIOD.name} FROM seen GROUP BY repo_id, day"
        ") AS days JOIN names ON days.repo_id = names.repo_id"
    )


def _same_key(table: Table) -> str:
    return " AND ".join(f"t.{key} = s.{key}" for key in (PERIOD.name, *table.key))


def _merge(golden: Stored, table: Table, *, source: str, on: str) -> str:
    rule = table.merge
    if rule is None:
        raise ValueError(f"{table.name} is only appended to")
    updates = ", ".join(f"{quoted(name)} = {sql}" for name, sql in rule.updates.items())
    columns = [*table.schema.names(), PERIOD.name]
    into = ", ".join(map(quoted, columns))
    values = ", ".join(f"s.{quoted(name)}" for name in columns)
    return (
        f"MERGE INTO {golden.name} AS t USING ({source}) AS s ON {on} "
        f"WHEN MATCHED AND ({rule.when}) THEN UPDATE SET {updates} "
        f"WHEN NOT MATCHED THEN INSERT ({into}) VALUES ({values})"
    )
