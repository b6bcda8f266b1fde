"""The daily runs: over everything GitHub still serves, and over what it shows only today.

Missed days of traffic and of workflow runs heal by themselves; a missed snapshot is missed.
"""

from datetime import UTC, date

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import (
    UnresolvedAssetJobDefinition,
)

from github_traffic_dagster.assets.days import DayRange, current_window, ended_window, today
from github_traffic_dagster.jobs import COLLECT_TRAFFIC

SCHEDULE_NAME = "daily_collection"
SNAPSHOT_SCHEDULE_NAME = "daily_snapshots"
AUTOMATION_SCHEDULE_NAME = "daily_checkouts"


def daily_schedule(*, cron: str, start: date) -> dg.ScheduleDefinition:
    """One run a day, on by default, for the whole window from `start` on."""

    @dg.schedule(
        name=SCHEDULE_NAME,
        job=COLLECT_TRAFFIC,
        cron_schedule=cron,
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Collect the whole window GitHub serves, every day.",
    )
    def daily_collection(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        # A tick just before midnight, or one made up for later, is judged by the day it runs on.
        now = max(context.scheduled_execution_time.astimezone(UTC).date(), today())
        return dg.RunRequest(run_key=None, tags=current_window(start, now).run_tags)

    return daily_collection


def an_hour_later(cron: str) -> str:
    """A daily cron expression, moved."""
    minute, hour, *days = cron.split()
    return " ".join([minute, str((int(hour) + 1) % 24), *days])


def snapshot_schedule(job: UnresolvedAssetJobDefinition, *, cron: str) -> dg.ScheduleDefinition:
    """One run a day for the day it runs on; on, as somebody has asked for snapshots.

    Args:
        job: what is run.
        cron: the traffic's daily schedule; the snapshots are an hour later.
    """

    @dg.schedule(
        name=SNAPSHOT_SCHEDULE_NAME,
        job=job,
        cron_schedule=an_hour_later(cron),
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Keep what GitHub shows only today, every day.",
    )
    def daily_snapshots(_context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        # A tick made up for later sees what GitHub shows then.
        return dg.RunRequest(run_key=None, tags=DayRange(today(), today()).run_tags)

    return daily_snapshots


def automation_schedule(
    job: UnresolvedAssetJobDefinition, *, cron: str, start: date
) -> dg.ScheduleDefinition:
    """One run a day for the days of the window that have ended; those seen cost nothing again.

    Args:
        job: what is run.
        cron: the traffic's daily schedule; this one is two hours later.
        start: the history's first day.
    """

    @dg.schedule(
        name=AUTOMATION_SCHEDULE_NAME,
        job=job,
        cron_schedule=an_hour_later(an_hour_later(cron)),
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Count what workflow runs cloned on the days that have ended.",
    )
    def daily_checkouts(_context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        days = ended_window(start)
        if days is None:
            return dg.SkipReason("No day of the history has ended yet.")
        return dg.RunRequest(run_key=None, tags=days.run_tags)

    return daily_checkouts
