"""What Hypothesis draws: observations as they lie in a raw table, and answers of GitHub."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import polars as pl
from hypothesis import settings
from hypothesis import strategies as st

from github_traffic_dagster.traffic.answers import (
    DayEntry,
    Metric,
    WindowAnswer,
    WindowTotals,
)
from github_traffic_dagster.traffic.observations import Source
from github_traffic_dagster.traffic.tables import RAW

moderate: Final = settings(deadline=None, max_examples=80)

FIRST_DAY: Final = date(2026, 1, 20)
TOTALS: Final = WindowTotals(60, 20)
"""Of windows whose days alone are looked at."""

LONG_AGO: Final = datetime(2020, 5, 17, 8, 30, tzinfo=UTC)

Row = tuple[int, str, date, int, int, datetime, str, str]


def raw_frame(rows: Iterable[Row]) -> pl.DataFrame:
    """Rows in the raw tables' columns."""
    return pl.DataFrame(list(rows), schema=RAW[Metric.VIEWS].schema, orient="row")


@st.composite
def observations(draw: st.DrawFn) -> Row:
    """One observation of one of three repositories, made up to a month after its day.

    Few days, looks and names, so that the same day is often seen twice and even at one moment.
    """
    day = FIRST_DAY + timedelta(days=draw(st.integers(0, 16)))
    age = draw(st.integers(0, 5) | st.integers(0, 30))
    at = draw(st.sampled_from([time(0), time(2, 0, 7), time(23, 59, 59, 999_999)]))
    uniques = draw(st.integers(0, 12))
    return (
        draw(st.integers(1, 3)),
        draw(st.sampled_from(["octo/hello", "octo/hello-2", "labs/hello"])),
        day,
        uniques + draw(st.integers(0, 12)),
        uniques,
        datetime.combine(day + timedelta(days=age), at, tzinfo=UTC),
        draw(st.sampled_from(["run-1", "run-2", "run-3"])),
        draw(st.sampled_from([*(source.value for source in Source), "notebook"])),
    )


def raw_logs() -> st.SearchStrategy[list[Row]]:
    """What a raw table may hold."""
    return st.lists(observations(), min_size=1, max_size=30)


@dataclass(frozen=True)
class Look:
    """An answer and the span of days that GitHub had published when it gave it."""

    answer: WindowAnswer
    served: Sequence[date]


edge_days: Final = st.sampled_from(
    [
        date(2026, 1, 1),
        date(2026, 12, 31),
        date(2027, 1, 2),
        date(2024, 2, 29),
        date(2024, 3, 1),
        date(2026, 3, 1),
        date(2028, 3, 13),
        date(2100, 3, 5),
    ]
)
any_day: Final = edge_days | st.dates(date(2019, 1, 1), date(2035, 12, 31))
any_time: Final = (
    st.sampled_from([time(0), time(0, 0, 0, 1), time(23, 59, 59, 999_999)]) | st.times()
)


@st.composite
def looks(draw: st.DrawFn) -> Look:
    """An answer over 14 or 15 days whose end lags 0 to 2 days, given on any day.

    With `crossing` the answer was put together just before midnight and dated just after it.
    """
    today = draw(any_day)
    crossing = draw(st.booleans())
    moment = time(0) if crossing else draw(any_time)
    asked_on = today - timedelta(days=1) if crossing else today
    lag, length = draw(st.integers(0, 2)), draw(st.sampled_from([14, 15]))
    start = asked_on - timedelta(days=length - 1 + draw(st.sampled_from([0, lag])))
    end = asked_on - timedelta(days=lag)
    served = [start + timedelta(days=n) for n in range((end - start).days + 1)]
    named = draw(st.sets(st.sampled_from(served)) | st.just(set(served)))
    entries = tuple(DayEntry(day, 3, 2) for day in sorted(named))
    observed_at = datetime.combine(today, moment, tzinfo=UTC)
    first_traffic = entries[0].day if entries else today
    born = draw(st.sampled_from([0, 1, 5, 14, 400]))
    created_at = min(
        observed_at,
        datetime.combine(first_traffic - timedelta(days=born), draw(any_time), tzinfo=UTC),
    )
    return Look(WindowAnswer(7, "octo/hello", created_at, observed_at, entries, TOTALS), served)
