"""Run the job in this process, on the instance that the UI shows, and tell what came of it."""

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Final

from github_traffic_dagster.assets.days import DayRange, current_window, today
from github_traffic_dagster.cli.consoles import messages, results
from github_traffic_dagster.cli.demo import NOTICE
from github_traffic_dagster.cli.figures import window_figures
from github_traffic_dagster.cli.home import command
from github_traffic_dagster.cli.instance import open_instance
from github_traffic_dagster.cli.progress import RunProgress, display_for
from github_traffic_dagster.cli.summary import TOP, Summary
from github_traffic_dagster.definitions import build_definitions
from github_traffic_dagster.errors import RequestError
from github_traffic_dagster.history_start import history_start
from github_traffic_dagster.io_manager import SCHEMA, TrafficStore, table_places
from github_traffic_dagster.jobs import COLLECT_TRAFFIC
from github_traffic_dagster.run_results import TRAFFIC_ASSETS, RunResults, read_results
from github_traffic_dagster.settings import Settings
from github_traffic_dagster.traffic.tables import GOLDEN, RAW

SUCCEEDED: Final = 0
FAILED: Final = 1
INTERRUPTED: Final = 130

_NEW_FIGURES: Final = {table.name for table in (*RAW.values(), *GOLDEN.values())}

# The run's log is kept by the instance and shown by the UI; the terminal has the summary.
_QUIET: Final = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def collect_traffic(
    settings: Settings, first_day: date | None, last_day: date | None, *, demo: bool
) -> int:
    """Collect, and print a summary.

    Args:
        settings: with the folder of the Dagster instance, prepared.
        first_day: by default the oldest day GitHub still serves.
        last_day: by default today (UTC).
        demo: the data are invented.

    Returns:
        The exit code: 0 the run succeeded, 1 it failed, 130 it was interrupted.

    Raises:
        SettingError: the Dagster instance can't be opened.
        RequestError: the days are none of the history.
        StoreError: the tables could not be read.
    """
    days = requested_range(settings, first_day, last_day)
    outcome = run_job(settings, COLLECT_TRAFFIC.name, days, TRAFFIC_ASSETS)
    code = _told(settings, days, outcome, demo=demo)
    alert_if_wanted(settings, outcome)
    return code


def alert_if_wanted(settings: Settings, outcome: RunResults) -> None:
    """Alert whoever is to be alerted of what a run found, unless somebody ended it."""
    if settings.alerts_on and not outcome.interrupted:
        from github_traffic_dagster.cli.run_alerts import (  # noqa: PLC0415 - off by default
            alert_after,
        )

        alert_after(settings, outcome)


def _told(settings: Settings, days: DayRange, outcome: RunResults, *, demo: bool) -> int:
    """Print what came of the run; the exit code."""
    if outcome.interrupted:
        return tell_interruption()
    if outcome.succeeded or not outcome.materialized.keys().isdisjoint(_NEW_FIGURES):
        Summary(
            days=days,
            results=outcome,
            figures=window_figures(
                TrafficStore(root_uri=settings.root), days, today=today(), top=TOP
            ),
            tables_uri=f"{settings.root}/{SCHEMA}",
            open_ui=command("ui", "--demo") if demo else command("ui"),
            notice=NOTICE if demo else "",
        ).print_to(results())
    if outcome.succeeded:
        return SUCCEEDED
    return tell_failures(outcome)


def requested_range(settings: Settings, first_day: date | None, last_day: date | None) -> DayRange:
    """The days of the run, within the history.

    Raises:
        RequestError: they begin before the history, or end before they begin.
    """
    now = today()
    start = history_start(settings, table_places(settings.root), today=now)
    window = current_window(start, now)
    days = DayRange(first_day or window.first, last_day or window.last)
    if days.first < start:
        raise RequestError(
            f"--from {days.first} lies before the history's first day, {start}. "
            f"Set GITHUB_TRAFFIC_START_DATE to {days.first} to let the history begin there."
        )
    if days.last < days.first:
        raise RequestError(
            f"--to {days.last} lies before the oldest day GitHub still serves, {days.first}: "
            "give --from as well."
        )
    return days


def run_job(
    settings: Settings, name: str, days: DayRange, collecting: Mapping[str, str]
) -> RunResults:
    """Run a job in this process, with progress on the terminal.

    Args:
        settings: with the folder of the Dagster instance, prepared.
        name: the job's.
        days: that it is run for.
        collecting: its assets that ask GitHub for each repository, by what they ask for.

    Raises:
        SettingError: the Dagster instance can't be opened.
    """
    run_id = str(uuid.uuid4())
    with open_instance() as instance, display_for(messages()) as display:
        progress = RunProgress(display)
        job = build_definitions(settings, progress).resolve_job_def(name)
        instance.add_event_listener(run_id, progress.on_event)
        job.execute_in_process(
            run_config=_QUIET,
            instance=instance,
            tags=days.run_tags,
            run_id=run_id,
            raise_on_error=False,
        )
        return read_results(instance, run_id, collecting)


def tell_interruption() -> int:
    """Say that somebody ended the run; the exit code."""
    messages().print(
        "Interrupted. What was stored before stays as it is; running again takes up the rest.",
        soft_wrap=True,
    )
    return INTERRUPTED


def tell_failures(outcome: RunResults) -> int:
    """Say why a run failed and what it stored all the same; the exit code."""
    console = messages()
    console.print(f"The run failed ({outcome.run_id}).", style="bold red", soft_wrap=True)
    for cause in outcome.causes:
        console.print(f"  {cause}", soft_wrap=True)
    stored = [
        f"{name} ({added:,} rows added, {changed:,} changed)"
        for name, (added, changed) in outcome.rows_stored().items()
    ]
    what = f"Stored all the same: {', '.join(stored)}" if stored else "Nothing new was stored"
    console.print(f"{what}; what was stored before is unharmed.", soft_wrap=True)
    return FAILED
