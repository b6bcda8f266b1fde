"""Which days one answer of GitHub speaks about, and how surely.

GitHub documents "the last 14 days" (https://docs.github.com/en/rest/metrics/traffic). Observed:
answers hold 14 or 15 days, their oldest day can be truncated, days without traffic are left out,
and the newest day is today's, yesterday's or the day before's. So nothing here counts entries;
everything follows from GitHub's clock and from the days it named.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from github_traffic_dagster.traffic.answers import WindowAnswer

OLDEST_SERVED_AGE = 14
"""Age in days of the oldest traffic day an answer can hold (in answers of 15 entries)."""

OLDEST_CERTAIN_AGE = 12
"""Age in days of the oldest traffic day that is never at the window's truncated end."""

SETTLING_DAYS = 2
"""Full days after a traffic day's end until GitHub has surely published it."""


@dataclass(frozen=True, slots=True)
class WindowBounds:
    """What one answer can prove.

    Attributes:
        uncertain: the window's oldest day: it may be truncated, and its absence proves nothing.
        proven_until: the newest day whose absence from the answer proves zero traffic. Later
            days lie at the window's drifting end: not yet known.
    """

    uncertain: date
    proven_until: date


def youngest_lost(today: date) -> date:
    """The newest traffic day that GitHub can no longer answer on `today`, not even truncated."""
    return oldest_served(today) - timedelta(days=1)


def utc_day(moment: datetime) -> date:
    """The traffic day (UTC) that an aware `moment` falls on."""
    return moment.astimezone(UTC).date()


def settled_at(day: date) -> datetime:
    """The moment (UTC) from which an observation of `day` is final: two full days after its end."""
    return datetime.combine(day + timedelta(days=1 + SETTLING_DAYS), time.min, tzinfo=UTC)


def oldest_served(today: date) -> date:
    """The oldest traffic day that GitHub may still answer on `today`."""
    return today - timedelta(days=OLDEST_SERVED_AGE)


def newest_settled(today: date) -> date:
    """The newest traffic day that a look on `today` settles: GitHub has surely published it."""
    return today - timedelta(days=1 + SETTLING_DAYS)


def last_safe_day(last_observed: date) -> date:
    """The last day on which to look again without any number staying uncertain.

    A look settles the days up to three before it. The first unsettled one, two days before, must
    be seen again while it is certain, that is until it is 12 days old.
    """
    first_unsettled = last_observed - timedelta(days=SETTLING_DAYS)
    return first_unsettled + timedelta(days=OLDEST_CERTAIN_AGE)


def window_bounds(answer: WindowAnswer) -> WindowBounds:
    """Derive from an answer which of the days it leaves out are zeros.

    A 14-day window starts 13 days ago. Only an entry of the day before shows a longer window, and
    then that entry is the truncated one; anything older is no documented window at all.
    """
    today = utc_day(answer.observed_at)
    days = [entry.day for entry in answer.entries]
    longer = oldest_served(today) in days
    uncertain = oldest_served(today) if longer else today - timedelta(days=OLDEST_CERTAIN_AGE + 1)
    settled = today - timedelta(days=1 + SETTLING_DAYS)
    return WindowBounds(uncertain, proven_until=max([settled, *days]))


def last_day_before_loss(last_observed: date) -> date:
    """The last day on which a look still finds every day with traffic.

    The newest entry of a look may be the day before yesterday's. Yesterday must then be seen
    again before it leaves the shorter of the windows; as its oldest day it may be truncated.
    """
    return first_unseen(last_observed) + timedelta(days=OLDEST_CERTAIN_AGE + 1)


def first_unseen(last_observed: date) -> date:
    """The first day that a look may not have shown at all: the day before it."""
    return last_observed - timedelta(days=SETTLING_DAYS - 1)
