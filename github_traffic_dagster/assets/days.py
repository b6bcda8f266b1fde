"""The traffic days a run was asked for."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import dagster as dg

from github_traffic_dagster.traffic.window import oldest_served
from github_traffic_dagster.traffic.workflow_checkouts import newest_day

RANGE_START_TAG = "dagster/asset_partition_range_start"
RANGE_END_TAG = "dagster/asset_partition_range_end"


def today() -> date:
    """The current day in UTC."""
    return datetime.now(UTC).date()


def daily_partitions(start: date) -> dg.DailyPartitionsDefinition:
    """One partition per traffic day in UTC, from `start` to today, whose day is still partial."""
    return dg.DailyPartitionsDefinition(start_date=str(start), timezone="UTC", end_offset=1)


@dataclass(frozen=True, slots=True)
class DayRange:
    """A contiguous range of days, both ends included."""

    first: date
    last: date

    def __iter__(self) -> Iterator[date]:
        """The days, ascending."""
        for offset in range((self.last - self.first).days + 1):
            yield self.first + timedelta(days=offset)

    def __str__(self) -> str:
        """As `first...last`, the form that Dagster's own range options take."""
        return str(self.first) if self.first == self.last else f"{self.first}...{self.last}"

    @property
    def run_tags(self) -> dict[str, str]:
        """Tags that make one Dagster run cover the whole range."""
        return {RANGE_START_TAG: str(self.first), RANGE_END_TAG: str(self.last)}

    def since(self, day: date) -> "DayRange | None":
        """The part of the range from `day` on, or None."""
        return DayRange(max(day, self.first), self.last) if day <= self.last else None

    def before(self, day: date) -> "DayRange | None":
        """The part of the range before `day`, or None."""
        end = min(self.last, day - timedelta(days=1))
        return DayRange(self.first, end) if self.first <= end else None


def requested_days(context: dg.AssetExecutionContext) -> DayRange:
    """The days of this asset's run, one or a range."""
    keys = context.partition_key_range
    return DayRange(date.fromisoformat(keys.start), date.fromisoformat(keys.end))


def created_on(context: dg.AssetExecutionContext) -> date:
    """The day (UTC) the run was asked for: what was served then is no error after midnight."""
    record = context.instance.get_run_record_by_id(context.run.run_id)
    return record.create_timestamp.astimezone(UTC).date() if record else today()


def run_days(run: dg.DagsterRun) -> DayRange | None:
    """The days a run covers, by its tags; None when it names none (checks run alone)."""
    single = run.tags.get("dagster/partition")
    start, end = run.tags.get(RANGE_START_TAG, single), run.tags.get(RANGE_END_TAG, single)
    if not start or not end:
        return None
    return DayRange(date.fromisoformat(start), date.fromisoformat(end))


def current_window(start: date, now: date) -> DayRange:
    """The days GitHub still serves on the day `now`, from the history's start on."""
    return DayRange(max(start, oldest_served(now)), now)


def ended_window(start: date) -> DayRange | None:
    """The days of the current window that have ended, with time for what they did to be told."""
    window = current_window(start, today())
    last = newest_day(datetime.now(UTC))
    return DayRange(window.first, last) if window.first <= last else None
