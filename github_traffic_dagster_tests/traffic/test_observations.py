from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given

from github_traffic_dagster.traffic.answers import DayEntry, Metric, WindowAnswer
from github_traffic_dagster.traffic.observations import Source, observations_frame, observe
from github_traffic_dagster.traffic.tables import RAW
from github_traffic_dagster.traffic.window import utc_day, window_bounds
from github_traffic_dagster_tests.traffic.strategies import LONG_AGO, TOTALS, Look, looks, moderate

NOON = datetime(2026, 1, 20, 12, tzinfo=UTC)


def days_ago(*ages: int) -> list[date]:
    return [NOON.date() - timedelta(days=age) for age in ages]


def answer(*entries: DayEntry, created_at: datetime = LONG_AGO) -> WindowAnswer:
    return WindowAnswer(7, "octo/hello", created_at, NOON, entries, TOTALS)


def days_of(found: WindowAnswer, source: Source) -> list[date]:
    return [entry.day for entry, told in observe(found) if told is source]


@given(looks())
@moderate
def test_every_entry_survives_unchanged_and_once(look: Look) -> None:
    told = [entry for entry, source in observe(look.answer) if source is not Source.GITHUB_ZERO]
    assert sorted(told, key=lambda entry: entry.day) == list(look.answer.entries)


@given(looks())
@moderate
def test_the_oldest_day_of_the_window_is_never_a_zero_nor_certain(look: Look) -> None:
    for entry, source in observe(look.answer):
        if entry.day == look.served[0]:
            assert source is Source.GITHUB_OLDEST


@given(looks())
@moderate
def test_zeros_lie_only_inside_what_github_served_and_never_before_the_creation(
    look: Look,
) -> None:
    bounds = window_bounds(look.answer)
    zeros = [entry for entry, source in observe(look.answer) if source is Source.GITHUB_ZERO]
    named = {entry.day for entry in look.answer.entries}
    for zero in zeros:
        assert (zero.count, zero.uniques) == (0, 0)
        assert zero.day not in named
        assert look.served[0] < zero.day <= look.served[-1]
        assert bounds.uncertain < zero.day <= bounds.proven_until
        assert zero.day >= utc_day(look.answer.created_at)


@given(looks())
@moderate
def test_every_day_between_the_bounds_is_told_of(look: Look) -> None:
    bounds = window_bounds(look.answer)
    first = max(bounds.uncertain + timedelta(days=1), utc_day(look.answer.created_at))
    expected = {first + timedelta(days=n) for n in range((bounds.proven_until - first).days + 1)}
    told = [entry.day for entry, _ in observe(look.answer)]
    assert expected <= set(told)
    assert len(told) == len(set(told))


@given(looks())
@moderate
def test_no_observation_is_of_a_day_in_the_future(look: Look) -> None:
    today = utc_day(look.answer.observed_at)
    assert all(entry.day <= today for entry, _ in observe(look.answer))


def test_a_fourteen_entry_window_keeps_its_first_as_a_lower_bound() -> None:
    found = answer(*(DayEntry(day, 3, 2) for day in days_ago(*range(13, -1, -1))))
    assert days_of(found, Source.GITHUB_OLDEST) == days_ago(13)
    assert days_of(found, Source.GITHUB) == days_ago(*range(12, -1, -1))
    assert days_of(found, Source.GITHUB_ZERO) == []


def test_a_fifteen_entry_window_has_one_more_certain_day() -> None:
    found = answer(*(DayEntry(day, 3, 2) for day in days_ago(*range(14, -1, -1))))
    assert days_of(found, Source.GITHUB_OLDEST) == days_ago(14)
    assert days_of(found, Source.GITHUB) == days_ago(*range(13, -1, -1))


@pytest.mark.parametrize("lag", [0, 1, 2])
def test_days_after_a_lagging_end_wait_instead_of_being_zeros(lag: int) -> None:
    found = answer(DayEntry(days_ago(lag)[0], 3, 2))
    assert days_of(found, Source.GITHUB_ZERO) == days_ago(*range(12, lag, -1))


def test_an_empty_answer_leaves_the_last_two_days_and_today_open() -> None:
    assert days_of(answer(), Source.GITHUB_ZERO) == days_ago(*range(12, 2, -1))


def test_a_repository_has_no_zeros_before_its_creation_but_one_on_its_first_day() -> None:
    created_at = datetime(2026, 1, 15, 23, 59, 59, 999_999, tzinfo=UTC)
    found = answer(created_at=created_at)
    assert days_of(found, Source.GITHUB_ZERO) == [date(2026, 1, 15), *days_ago(4, 3)]


def test_a_repository_created_today_has_no_zeros_at_all() -> None:
    assert list(observe(answer(created_at=NOON))) == []


def test_the_frame_holds_only_the_days_asked_for_and_says_who_saw_them_when() -> None:
    found = answer(DayEntry(days_ago(4)[0], 9, 5), DayEntry(days_ago(2)[0], 3, 2))
    first_day, last_day = days_ago(4, 3)
    frame = observations_frame([found], run_id="run-1", first_day=first_day, last_day=last_day)
    assert frame.schema == RAW[Metric.CLONES].schema
    assert frame.rows() == [
        (7, "octo/hello", first_day, 9, 5, NOON, "run-1", "github"),
        (7, "octo/hello", last_day, 0, 0, NOON, "run-1", "github_zero"),
    ]


def test_no_answers_give_an_empty_frame_with_the_same_columns() -> None:
    day = NOON.date()
    frame = observations_frame([], run_id="run-1", first_day=day, last_day=day)
    assert frame.is_empty()
    assert frame.schema == RAW[Metric.VIEWS].schema
