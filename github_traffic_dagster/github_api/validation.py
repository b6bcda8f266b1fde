"""Believe an answer of the traffic API only when it is possible. Pure.

Source: https://docs.github.com/en/rest/metrics/traffic
"""

from datetime import UTC, date, datetime, time
from itertools import pairwise
from typing import Any

from github_traffic_dagster.github_api.troubles import BadAnswerError
from github_traffic_dagster.traffic.answers import DayEntry, Metric, WindowTotals


def parse_window(payload: Any, metric: Metric, observed_at: datetime) -> tuple[DayEntry, ...]:
    """The days of an answer, oldest first.

    How many days there are is not judged, 14 and 15 both occur and quiet days are absent; nor
    are uniques above the count: that is kept, and an asset check reports it.

    Args:
        payload: the decoded JSON.
        metric: which list to look for.
        observed_at: when GitHub answered, by its own clock (UTC).

    Raises:
        BadAnswerError: says what is impossible about the answer.
    """
    parse_totals(payload)
    listed = payload.get(metric.value)
    if not isinstance(listed, list):
        raise BadAnswerError(f'the list "{metric.value}" is missing')
    entries = sorted((_entry(item) for item in listed), key=lambda entry: entry.day)
    _check_days(entries, observed_at.astimezone(UTC).date())
    return tuple(entries)


def parse_totals(payload: Any) -> WindowTotals:
    """What an answer says of its window as a whole.

    Raises:
        BadAnswerError: says what is impossible about the answer.
    """
    if not isinstance(payload, dict):
        raise BadAnswerError(f"expected a JSON object, got {type(payload).__name__}")
    where = "the window"
    return WindowTotals(figure(payload, "count", where), figure(payload, "uniques", where))


def _entry(item: Any) -> DayEntry:
    if not isinstance(item, dict):
        raise BadAnswerError(f"a day is a {type(item).__name__}, not a JSON object")
    day = _day(item.get("timestamp"))
    return DayEntry(day, figure(item, "count", str(day)), figure(item, "uniques", str(day)))


def _day(timestamp: Any) -> date:
    try:
        moment = datetime.fromisoformat(timestamp)
        in_utc = moment.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise BadAnswerError(f"{_shown(timestamp)} is not a timestamp") from None
    if moment.tzinfo is None or in_utc.time() != time.min:
        raise BadAnswerError(f"{_shown(timestamp)} is not a midnight in UTC")
    return in_utc.date()


def figure(item: dict[str, Any], key: str, where: str) -> int:
    """A count of an answer: a whole number, zero or greater.

    Args:
        item: a JSON object.
        key: the count's name in it.
        where: whose count it is, for people.

    Raises:
        BadAnswerError: it is missing or something else.
    """
    value = item.get(key)
    # bool is an int to Python, and true is no figure.
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadAnswerError(f'"{key}" of {where} is {_shown(value)}, not a whole number')
    if value < 0:
        raise BadAnswerError(f'"{key}" of {where} is negative: {_shown(value)}')
    return value


def moment_of(item: dict[str, Any], key: str) -> datetime | None:
    """A moment of an answer (UTC), which may be null.

    Raises:
        BadAnswerError: it is something else.
    """
    text = item.get(key)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise BadAnswerError(f'"{key}" is {_shown(text)}, which is no timestamp') from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _check_days(entries: list[DayEntry], today: date) -> None:
    days = [entry.day for entry in entries]
    if days and days[-1] > today:
        raise BadAnswerError(f"{days[-1]} is in the future: GitHub's own clock says {today}")
    for earlier, later in pairwise(days):
        if earlier == later:
            raise BadAnswerError(f"{later} is named twice")


def _shown(value: Any) -> str:
    """What was there, cut to a length that a message can bear."""
    longest = 40
    text = repr(value)
    return text if len(text) <= longest else f"{text[:longest]}…"
