"""What is wrong with the rows of a table, as findings.

Read month by month, whatever the table is laid out by, so that no more is in memory at once.
"""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import date
from typing import Final
from urllib.parse import unquote

import polars as pl
from deltalake import DeltaTable

from github_traffic_dagster.store.doctor.data_findings import by_period
from github_traffic_dagster.store.doctor.findings import Damage, Finding, Repair, Severity
from github_traffic_dagster.store.doctor.rows import read_rows
from github_traffic_dagster.store.doctor.storage import Storage
from github_traffic_dagster.store.layout import stored_period
from github_traffic_dagster.store.opening import open_table
from github_traffic_dagster.store.periods import Period
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.store.reading import collect, scan_opened
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.golden import golden_from_observations
from github_traffic_dagster.traffic.quality import duplicate_keys
from github_traffic_dagster.traffic.tables import GOLDEN, RAW, Table

RAW_OF: Final = {GOLDEN[metric].name: RAW[metric] for metric in Metric}
"""The raw table that a golden table comes from, by the golden table's name."""


def duplicates(place: Place, table: Table, months: Iterable[date]) -> Iterator[Finding]:
    """Keys that stand in the table twice."""
    opened = open_table(place, table)
    for month in months:
        rows = month_rows(opened, place, table, month).lazy()
        twice = duplicate_keys(rows, table.key).collect().height
        if not twice:
            continue
        appended = table.merge is None
        yield Finding(
            Damage.DUPLICATE_KEYS,
            table.name,
            f"month {month:%Y-%m}",
            f"{twice:,} observations are stored twice; each counts once"
            if appended
            else f"{twice:,} keys ({', '.join(table.key)}) stand there twice; sums are too great",
            Severity.NOTE if appended else Severity.ERROR,
            None if appended else Repair.MERGE_DUPLICATES,
            months=(month,),
        )


def uncommitted(
    storage: Storage, place: Place, table: Table, paths: Iterable[str], broken: AbstractSet[date]
) -> Iterator[Finding]:
    """Rows in data files that no commit names, and that the table does not hold.

    Left by a commit that was lost, or by a writer that was killed before it.

    Args:
        storage: the table's files.
        place: the table's place.
        table: a table whose rows come from nowhere else; golden comes from raw.
        paths: the data files that no commit names.
        broken: months that can't be read.
    """
    opened = open_table(place, table)
    period = stored_period(opened)
    unnamed = {
        month: files for day, files in by_period(paths).items() for month in period.months(day)
    }
    for month in sorted(unnamed.keys() - broken):
        rows = read_rows(storage, table, unnamed[month], _whole(month))
        lacking = rows.join(month_rows(opened, place, table, month), on=table.key, how="anti")
        if not lacking.is_empty():
            yield Finding(
                Damage.UNCOMMITTED_ROWS,
                table.name,
                f"month {month:%Y-%m}",
                f"{lacking.height:,} rows of {_days(lacking)} lie in data files that no "
                "commit names: a commit was lost, or its writer was killed",
                Severity.WARNING,
                Repair.ADOPT_ROWS,
                months=(month,),
            )


def against_raw(
    place: Place,
    table: Table,
    raw: Place,
    months: Iterable[date],
    *,
    settled: AbstractSet[str],
    known_losses: Mapping[date, int],
) -> Iterator[Finding]:
    """Golden less than raw, and raw less than golden.

    A run appends to raw first and merges into golden then. So raw is read between two looks at
    golden, and what it was given within the last hour may still be on its way to golden.

    Args:
        place: the golden table's place.
        table: the golden table.
        raw: its raw table's place.
        months: the months that can be read in both.
        settled: raw's data files that are older than an hour.
        known_losses: repository-days per month that raw is known to have lost.
    """
    raw_table = RAW_OF[table.name]
    before = open_table(place, table)
    opened_raw = open_table(raw, raw_table)
    after = open_table(place, table)
    period, young = stored_period(opened_raw), _young_files(opened_raw, settled)
    for month in sorted(months):
        observations = month_rows(opened_raw, raw, raw_table, month)
        files = young.get(period.first_day(month), [])
        late = read_rows(Storage(raw), raw_table, files, _whole(month))
        known_early = observations.join(late, on=raw_table.key, how="anti")
        yield from _golden_behind(month_rows(after, place, table, month), known_early, table, month)
        known = month_rows(before, place, table, month)
        yield from _raw_behind(known, observations, table, month, known_losses.get(month, 0))


def month_rows(opened: DeltaTable, place: Place, table: Table, month: date) -> pl.DataFrame:
    """A month's rows at the version that `opened` stands at."""
    first_day, last_day = _whole(month)
    rows = scan_opened(opened, place, table, first_day=first_day, last_day=last_day)
    return collect(place, rows)


def _whole(month: date) -> tuple[date, date]:
    """The month's first and last day."""
    return month, Period.MONTH.last_day(month)


def _young_files(opened: DeltaTable, settled: AbstractSet[str]) -> dict[date, list[str]]:
    """The table's files that are not among those, by period."""
    live = map(unquote, pl.DataFrame(opened.get_add_actions())["path"])
    return by_period(set(live) - settled)


def lost_in_raw(golden: pl.DataFrame, observations: pl.DataFrame) -> pl.DataFrame:
    """Golden rows that raw no longer accounts for."""
    return _behind(golden, golden_from_observations(observations.lazy()).collect())


def _golden_behind(
    golden: pl.DataFrame, observations: pl.DataFrame, table: Table, month: date
) -> Iterator[Finding]:
    behind = _behind(golden_from_observations(observations.lazy()).collect(), golden)
    missing = behind.filter(pl.col("count_other").is_null()).height
    fewer = behind.filter(
        pl.col("count_other").is_not_null(),
        (pl.col("count") > pl.col("count_other")) | _more_uniques(),
    ).height
    unaware = behind.height - missing - fewer
    what = f"month {month:%Y-%m}"
    if missing:
        yield Finding(
            Damage.GOLDEN_ROWS_MISSING,
            table.name,
            what,
            f"{missing:,} repository-days that raw knows are not there",
            Severity.ERROR,
            Repair.REBUILD,
            months=(month,),
        )
    if fewer or unaware:
        yield Finding(
            Damage.GOLDEN_BELOW_RAW,
            table.name,
            what,
            f"{fewer:,} repository-days have lower numbers than raw knows, {unaware:,} more lack "
            "its later observations",
            Severity.ERROR if fewer else Severity.WARNING,
            Repair.REBUILD,
            months=(month,),
        )


def _raw_behind(
    golden: pl.DataFrame, observations: pl.DataFrame, table: Table, month: date, recorded: int
) -> Iterator[Finding]:
    lost = lost_in_raw(golden, observations)
    if lost.is_empty():
        return
    new = lost.height > recorded
    yield Finding(
        Damage.RAW_BEHIND_GOLDEN,
        table.name,
        f"month {month:%Y-%m}",
        f"{RAW_OF[table.name].name} has lost observations of {lost.height:,} repository-days of "
        f"{lost['repo_id'].n_unique():,} repositories, {_days(lost)}; golden keeps their numbers"
        + ("" if new else " (recorded)"),
        Severity.WARNING if new else Severity.NOTE,
        Repair.RECORD_LOSS if new else None,
        months=(month,),
    )


def _behind(known: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    """Rows of `known` that `other` lacks or knows less of; its columns as `..._other` beside."""
    both = known.join(other, on=["repo_id", "day"], how="left", suffix="_other")
    grows = ("count", "observations", "last_observed_at")
    return both.filter(
        pl.any_horizontal(
            pl.col("count_other").is_null(),
            _more_uniques(),
            *(pl.col(name) > pl.col(f"{name}_other") for name in grows),
            # 'complete' < 'partial'.
            pl.col("status") < pl.col("status_other"),
        )
    )


def _more_uniques() -> pl.Expr:
    # Imports may lack them: any number is more than none.
    return pl.col("uniques").fill_null(-1) > pl.col("uniques_other").fill_null(-1)


def _days(rows: pl.DataFrame) -> str:
    days = rows["day"].unique().sort().to_list()
    return f"days {days[0]}...{days[-1]}"
