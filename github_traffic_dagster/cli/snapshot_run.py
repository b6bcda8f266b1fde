"""Run the job of the snapshots in this process, and tell what came of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

import dagster as dg
import polars as pl
from rich.console import Console
from rich.text import Text

from github_traffic_dagster.assets.days import DayRange, today
from github_traffic_dagster.cli.collection_run import (
    SUCCEEDED,
    alert_if_wanted,
    run_job,
    tell_failures,
    tell_interruption,
)
from github_traffic_dagster.cli.consoles import results
from github_traffic_dagster.cli.demo import NOTICE
from github_traffic_dagster.cli.home import command
from github_traffic_dagster.cli.summary import grouped, repositories
from github_traffic_dagster.io_manager import SCHEMA, TrafficStore
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
        _Summary(
            outcome,
            entries=_entries(TrafficStore(root_uri=settings.root), outcome, collecting),
            tables_uri=f"{settings.root}/{SCHEMA}",
            open_ui=command("ui", "--demo") if demo else command("ui"),
            notice=NOTICE if demo else "",
        ).print_to(results())
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


@dataclass(frozen=True, slots=True)
class _Summary:
    """Everything that is told at the end of a run.

    Attributes:
        entries: rows of lists that the run has stored, by kind.
    """

    results: RunResults
    entries: Mapping[str, int]
    tables_uri: str
    open_ui: str
    notice: str

    def print_to(self, console: Console) -> None:
        """Print it."""
        console.print()
        for part in self._parts():
            # Paths and reasons are copied and searched for: they are not broken into lines.
            console.print(part, soft_wrap=True)

    def _parts(self) -> Iterator[Text]:
        if self.notice:
            yield Text(self.notice, style="magenta")
        collected = self.results.collected
        what = (
            "The run did not finish"
            if collected is None
            else f"{collected:,} of {repositories(self.results.to_collect)} looked at"
        )
        yield Text(f"{what}, {today()} (UTC)", style="bold")
        yield from grouped("not looked at", self.results.missed, "red")
        yield from grouped("left out", self.results.left_out, "dim")
        for label, number in self.entries.items():
            yield Text(f"  {label:<12}{number:>8,} {'entry' if number == 1 else 'entries'}")
        for finding in self.results.findings:
            grave = finding.severity == dg.AssetCheckSeverity.ERROR.value
            word, style = ("Failed", "red") if grave else ("Warning", "yellow")
            yield Text(f"{word}: {finding.check} ({finding.asset}). {finding.text}", style=style)
        yield Text(f"tables  {self.tables_uri}")
        yield Text(f"GitHub  {self.results.calls_made:,} calls made")
        yield Text(f"see it  {self.open_ui}")
