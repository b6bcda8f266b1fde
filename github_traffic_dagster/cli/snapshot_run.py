"""Run the job of the snapshots in this process, and tell what came of it."""

from collections.abc import Mapping
from datetime import timedelta

import polars as pl

from github_traffic_dagster.assets.days import DayRange, today
from github_traffic_dagster.cli.collection_run import (
    SUCCEEDED,
    alert_if_wanted,
    run_job,
    tell_failures,
    tell_interruption,
)
from github_traffic_dagster.cli.consoles import results
from github_traffic_dagster.cli.look_summary import summary_of_looks
from github_traffic_dagster.io_manager import TrafficStore
from github_traffic_dagster.jobs import COLLECT_SNAPSHOTS
from github_traffic_dagster.run_results import RunResults
from github_traffic_dagster.settings import Settings
from github_traffic_dagster.traffic.tables import SNAPSHOTS


def take_snapshots(settings: Settings, *, demo: bool) -> int:
    """Take today's snapshots, and print a summary.

    Args:
        settings: with the folder of the Dagster instance, prepared, and some kinds of snapshots.
        demo: the data are invented.

    Returns:
        The exit code: 0 the run succeeded, 1 it failed, 130 it was interrupted.

    Raises:
        SettingError: the Dagster instance can't be opened.
        StoreError: the tables could not be read.
    """
    collecting = {kind.value: SNAPSHOTS[kind].name for kind in settings.snapshots}
    day = today()
    outcome = run_job(settings, COLLECT_SNAPSHOTS, DayRange(day, day), collecting)
    code = _told(settings, outcome, collecting, demo=demo)
    alert_if_wanted(settings, outcome)
    return code


def _told(
    settings: Settings, outcome: RunResults, collecting: Mapping[str, str], *, demo: bool
) -> int:
    """Print what came of the run; the exit code."""
    if outcome.interrupted:
        return tell_interruption()
    if not outcome.materialized.keys().isdisjoint(collecting.values()):
        entries = _entries(TrafficStore(root_uri=settings.root), outcome, collecting)
        figures = [
            f"  {label:<12}{number:>8,} {'entry' if number == 1 else 'entries'}"
            for label, number in entries.items()
        ]
        summary_of_looks(settings, outcome, figures, demo=demo).print_to(results())
    return SUCCEEDED if outcome.succeeded else tell_failures(outcome)


def _entries(
    store: TrafficStore, outcome: RunResults, collecting: Mapping[str, str]
) -> dict[str, int]:
    """How many entries of each kind the run has stored."""
    tables = {table.name: table for table in SNAPSHOTS.values()}
    found = {}
    for label, asset in collecting.items():
        rows = store.scan(tables[asset], first_day=today() - timedelta(days=1)).filter(
            pl.col("run_id") == outcome.run_id, pl.col("rank") > 0
        )
        found[label] = int(rows.select(pl.len()).collect(engine="streaming").item())
    return found
