"""Run the job that counts what workflow runs cloned, and tell what is left of the clones."""

from collections.abc import Iterator
from typing import Final

import polars as pl

from github_traffic_dagster.assets.days import DayRange, ended_window, today
from github_traffic_dagster.cli.collection_run import (
    SUCCEEDED,
    run_job,
    tell_failures,
    tell_interruption,
)
from github_traffic_dagster.cli.consoles import results
from github_traffic_dagster.cli.look_summary import summary_of_looks
from github_traffic_dagster.errors import RequestError
from github_traffic_dagster.history_start import history_start
from github_traffic_dagster.io_manager import TrafficStore, table_places
from github_traffic_dagster.jobs import COUNT_CHECKOUTS
from github_traffic_dagster.settings import Settings
from github_traffic_dagster.traffic.clones_less_automation import totals_by_repository
from github_traffic_dagster.traffic.tables import CLONES_LESS_AUTOMATION, WORKFLOW_CHECKOUTS

_TOP: Final = 10


def estimate_automation(settings: Settings, *, demo: bool) -> int:
    """Count the checkouts of the window's days that have ended, and print a summary.

    Args:
        settings: with the folder of the Dagster instance, prepared.
        demo: the data are invented.

    Returns:
        The exit code: 0 the run succeeded, 1 it failed, 130 it was interrupted.

    Raises:
        SettingError: the Dagster instance can't be opened.
        RequestError: no day of the history has ended.
        StoreError: the tables could not be read.
    """
    start = history_start(settings, table_places(settings.root), today=today())
    days = ended_window(start)
    if days is None:
        raise RequestError(f"No day since the history's first, {start}, has ended: run tomorrow.")
    outcome = run_job(settings, COUNT_CHECKOUTS, days, {"workflow runs": WORKFLOW_CHECKOUTS.name})
    if outcome.interrupted:
        return tell_interruption()
    if CLONES_LESS_AUTOMATION.name in outcome.materialized:
        figures = list(_figures(TrafficStore(root_uri=settings.root), days))
        summary_of_looks(settings, outcome, figures, demo=demo).print_to(results())
    return SUCCEEDED if outcome.succeeded else tell_failures(outcome)


def _figures(store: TrafficStore, days: DayRange) -> Iterator[str]:
    """What is left of the clones, as a range, of the repositories with most of them."""
    rows = store.scan(CLONES_LESS_AUTOMATION, first_day=days.first, last_day=days.last)
    totals = totals_by_repository(rows)
    if totals.is_empty():
        yield "  No clones of these days are known yet: github-traffic collect"
        return
    yield f"  {days}: clones, and about how many of them are not your own CI's"
    width = max(map(len, totals.head(_TOP)["full_name"]))
    for name, number, clones, low, high in totals.head(_TOP).select(_SHOWN).iter_rows():
        unit = "day" if number == 1 else "days"
        yield f"  {name:<{width}} {clones:>8,}  {low:,} to {high:,}  ({number} {unit})"
    if totals.height > _TOP:
        others = totals.slice(_TOP).select(pl.col("clones").sum()).item()
        yield f"  and {totals.height - _TOP:,} more repositories with {others:,} clones"


_SHOWN: Final = ("full_name", "days", "clones", "estimate_low", "estimate_high")
