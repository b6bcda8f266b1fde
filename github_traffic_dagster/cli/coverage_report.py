"""The coverage of the whole history, in figures and as a list of gaps."""

from collections.abc import Iterator
from datetime import date
from typing import Final

import polars as pl
from rich.table import Table
from rich.text import Text

from github_traffic_dagster.assets.days import today
from github_traffic_dagster.cli.consoles import results
from github_traffic_dagster.cli.home import command
from github_traffic_dagster.io_manager import SCHEMA, TrafficStore, day_ranges
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.coverage import Coverage, coverage, lower_bounds
from github_traffic_dagster.traffic.tables import GOLDEN, REPOS
from github_traffic_dagster.traffic.window import newest_settled

PARTIAL_FOR_EVER: Final = "partial for ever"

_ADVICE: Final = {
    Coverage.LOST.value: "GitHub no longer serves them; import them if you have them elsewhere",
    Coverage.NOT_YET_KNOWN.value: "GitHub still serves them: collect",
    PARTIAL_FOR_EVER: "last looked at before they had settled: the true numbers may be greater",
}
"""What each kind of gap means, the worst first."""


def report_coverage(root: str) -> None:
    """Print it.

    Args:
        root: the store's root.

    Raises:
        StoreError: a table could not be read.
    """
    console = results()
    store, now = TrafficStore(root_uri=root), today()
    covered = {metric: covered_days(store, metric, now) for metric in Metric}
    if all(frame.is_empty() for frame in covered.values()):
        console.print(
            f"Nothing was collected into {root}/{SCHEMA} yet. Begin with: {command('collect')}",
            soft_wrap=True,
        )
        return
    days = pl.concat(frame["day"] for frame in covered.values()).to_list()
    console.print(f"Days {min(days)}...{max(days)} (UTC)")
    console.print(_figures(covered))
    for metric, frame in covered.items():
        for line in _gap_lines(metric, gaps(frame, today=now)):
            console.print(line, soft_wrap=True)


def covered_days(store: TrafficStore, metric: Metric, now: date) -> pl.DataFrame:
    """The coverage of a metric's whole history.

    Returns:
        `repo_id, full_name, day, coverage, status, for_ever`; the last one says that the day's
        number is partial and can't become complete any more.
    """
    table = coverage(store.scan(GOLDEN[metric]), store.scan(REPOS), today=now)
    settled_short = lower_bounds(table, today=now).select("repo_id", "day", for_ever=True)
    return (
        table.join(settled_short, on=["repo_id", "day"], how="left")
        .with_columns(pl.col("for_ever").fill_null(value=False))
        .collect(engine="streaming")
    )


def gaps(covered: pl.DataFrame, *, today: date) -> pl.DataFrame:
    """What is missing, by repository.

    Days that GitHub publishes late, today's among them, are no gaps before they have settled.

    Returns:
        `full_name, gap, days`, with the days as text; sorted.
    """
    unknown = pl.col("coverage").is_in([Coverage.LOST.value, Coverage.NOT_YET_KNOWN.value])
    found = covered.filter(
        (unknown & (pl.col("day") <= newest_settled(today))) | pl.col("for_ever")
    )
    kinds = found.with_columns(
        gap=pl.when(unknown).then(pl.col("coverage")).otherwise(pl.lit(PARTIAL_FOR_EVER))
    )
    by_repository = kinds.group_by("repo_id", "gap").agg(pl.col("full_name").first(), "day")
    return by_repository.select(
        "full_name",
        "gap",
        pl.col("day")
        .map_elements(lambda days: day_ranges(set(days)), return_dtype=pl.String())
        .alias("days"),
    ).sort("full_name", "gap")


def _figures(covered: dict[Metric, pl.DataFrame]) -> Table:
    table = Table("repository-days", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for metric in covered:
        table.add_column(metric.value, justify="right")
    for kind in Coverage:
        counts = (frame.filter(pl.col("coverage") == kind.value) for frame in covered.values())
        table.add_row(kind.value, *(f"{frame.height:,}" for frame in counts))
    partial = (frame["for_ever"].sum() for frame in covered.values())
    table.add_row(f"of these {PARTIAL_FOR_EVER}", *(f"{number:,}" for number in partial))
    return table


def _gap_lines(metric: Metric, found: pl.DataFrame) -> Iterator[Text]:
    if found.is_empty():
        yield Text(f"\n{metric.value}: no gaps", style="green")
    for kind, advice in _ADVICE.items():
        repositories = found.filter(pl.col("gap") == kind)
        if not repositories.is_empty():
            yield Text(f"\n{metric.value} {kind} ({advice})", style="bold")
        for name, _, days in repositories.iter_rows():
            yield Text(f"  {name}: {days}")
