"""The daily run over everything GitHub still serves, so that missed days heal by themselves."""

from datetime import UTC, date

import dagster as dg

from github_traffic_dagster.assets.days import current_window, today
from github_traffic_dagster.jobs import COLLECT_TRAFFIC

SCHEDULE_NAME = "daily_collection"


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
