from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from github_traffic_dagster.traffic.answers import DayEntry, WindowAnswer
from github_traffic_dagster.traffic.window import (
    OLDEST_CERTAIN_AGE,
    last_safe_day,
    oldest_served,
    settled_at,
    utc_day,
    window_bounds,
    youngest_lost,
)
from github_traffic_dagster_tests.traffic.strategies import (
    LONG_AGO,
    TOTALS,
    Look,
    any_day,
    looks,
    moderate,
)


def answer(observed_at: datetime, *days: date) -> WindowAnswer:
    entries = tuple(DayEntry(day, 3, 2) for day in days)
    return WindowAnswer(7, "octo/hello", LONG_AGO, observed_at, entries, TOTALS)


def test_an_empty_answer_proves_the_days_between_its_truncated_and_its_drifting_end() -> None:
    bounds = window_bounds(answer(datetime(2026, 1, 20, 12, tzinfo=UTC)))
    assert bounds.uncertain == date(2026, 1, 7)
    assert bounds.proven_until == date(2026, 1, 17)


def test_an_entry_of_today_proves_all_days_before_it() -> None:
    bounds = window_bounds(answer(datetime(2026, 1, 20, 12, tzinfo=UTC), date(2026, 1, 20)))
    assert bounds.proven_until == date(2026, 1, 20)


def test_a_fifteenth_entry_moves_the_uncertain_day_back() -> None:
    bounds = window_bounds(answer(datetime(2026, 1, 20, 12, tzinfo=UTC), date(2026, 1, 6)))
    assert bounds.uncertain == date(2026, 1, 6)
    assert bounds.proven_until == date(2026, 1, 17)


@pytest.mark.parametrize(
    ("observed_at", "uncertain"),
    [
        (datetime(2024, 3, 13, 23, 59, 59, 999_999, tzinfo=UTC), date(2024, 2, 29)),
        (datetime(2024, 3, 14, tzinfo=UTC), date(2024, 3, 1)),
        (datetime(2026, 3, 13, 23, 59, 59, 999_999, tzinfo=UTC), date(2026, 2, 28)),
        (datetime(2027, 1, 13, 0, 0, 0, 1, tzinfo=UTC), date(2026, 12, 31)),
    ],
)
def test_the_window_moves_at_midnight_utc_also_over_leap_days_and_years(
    observed_at: datetime, uncertain: date
) -> None:
    assert window_bounds(answer(observed_at)).uncertain == uncertain


@given(looks())
@moderate
def test_the_day_that_may_be_truncated_is_never_counted_as_certain(look: Look) -> None:
    uncertain = window_bounds(look.answer).uncertain
    assert uncertain >= look.served[0]
    assert uncertain < utc_day(look.answer.observed_at) - timedelta(days=OLDEST_CERTAIN_AGE)


@given(looks())
@moderate
def test_nothing_is_proven_beyond_what_github_had_published(look: Look) -> None:
    assert window_bounds(look.answer).proven_until <= look.served[-1]


@given(st.datetimes(timezones=st.timezones()))
@moderate
def test_a_moments_day_is_that_of_utc(moment: datetime) -> None:
    assert utc_day(moment) == moment.astimezone(UTC).date()


def test_a_local_evening_is_already_the_next_day_in_utc() -> None:
    eastern = timezone(timedelta(hours=-5))
    assert utc_day(datetime(2026, 12, 31, 19, tzinfo=eastern)) == date(2027, 1, 1)
    assert utc_day(datetime(2026, 12, 31, 18, 59, 59, 999_999, tzinfo=eastern)) == date(
        2026, 12, 31
    )


@given(any_day)
@moderate
def test_a_day_settles_two_full_days_after_its_end(day: date) -> None:
    end_of_day = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
    assert settled_at(day) - end_of_day == timedelta(days=2)


@given(any_day)
@moderate
def test_no_day_is_called_lost_while_an_answer_could_hold_it(today: date) -> None:
    assert youngest_lost(today) == oldest_served(today) - timedelta(days=1)
    assert oldest_served(today) < today - timedelta(days=OLDEST_CERTAIN_AGE)


def test_ten_days_after_a_look_the_next_one_still_saves_everything() -> None:
    assert last_safe_day(date(2026, 1, 20)) == date(2026, 1, 30)
    assert last_safe_day(date(2024, 2, 20)) == date(2024, 3, 1)
