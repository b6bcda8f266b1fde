"""The plan of runs that can't afford everything, and what it promises over many days."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from github_traffic_dagster.github_api.planner import (
    LONGEST_GAP,
    SAFE_GAP,
    Candidate,
    allowance,
    forecast,
    in_order_of_urgency,
    within_budget,
)
from github_traffic_dagster.traffic.answers import Target

DAY = date(2026, 7, 15)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def candidate(number: int, days_ago: int | None = None, traffic: int = 0) -> Candidate:
    look = None if days_ago is None else DAY - timedelta(days=days_ago)
    return Candidate(Target(number, f"octo/r{number:05}", LONG_AGO, LONG_AGO), look, traffic)


def order(*candidates: Candidate, affordable: int | None = None) -> list[int]:
    found = in_order_of_urgency(candidates, today=DAY, affordable=affordable)
    return [one.target.repo_id for one in found]


def lived(
    repositories: int, affordable: int, days: int, quiet: Collection[int] = ()
) -> Iterator[tuple[date, list[Candidate]]]:
    """Each day's state of repositories that nobody has looked at before the first day.

    The quiet ones have no traffic, and cost nothing from the second look on.
    """
    now = {number: candidate(number) for number in range(repositories)}
    for ahead in range(days):
        today = DAY + timedelta(days=ahead)
        turn = in_order_of_urgency(now.values(), today=today, affordable=affordable)
        for one in within_budget(turn, affordable):
            number = one.target.repo_id
            now[number] = Candidate(one.target, today, free=number in quiet)
        yield today, list(now.values())


def longest_gap_after_the_first_look(
    repositories: int, affordable: int, days: int, quiet: Collection[int] = ()
) -> int:
    # The state is that of the day's end: tomorrow at the earliest there is another look.
    return 1 + max(
        (today - one.last_look).days
        for today, state in lived(repositories, affordable, days, quiet)
        for one in state
        if one.last_look
    )


def test_gaps_follow_from_the_window() -> None:
    assert (SAFE_GAP, LONGEST_GAP) == (10, 12)


def test_the_oldest_look_comes_first_when_all_are_due() -> None:
    assert order(candidate(1, 3), candidate(2, 9), candidate(3, 6)) == [2, 3, 1]


def test_those_whose_time_runs_out_come_before_new_ones_and_these_before_heavy_traffic() -> None:
    found = order(
        candidate(1, 2, traffic=1000),
        candidate(2),
        candidate(3, 10),
        candidate(4, 3, traffic=5),
        affordable=2,
    )
    assert found == [3, 2, 1, 4]


def test_what_was_looked_at_today_comes_last_whatever_its_traffic() -> None:
    assert order(candidate(1, 0, traffic=1000), candidate(2, 1), affordable=1) == [2, 1]


def test_a_crowd_that_falls_due_together_is_begun_early() -> None:
    """Thirty are due in two days, ten a day can be looked at: ten of them must be today's."""
    crowd = [candidate(number, SAFE_GAP - 2) for number in range(30)]
    assert order(*crowd, candidate(99), affordable=10)[10] == 99


def test_a_look_so_old_that_nothing_is_left_to_save_counts_as_none() -> None:
    assert order(candidate(1, 40), candidate(2, 11), affordable=1) == [2, 1]


def test_nothing_affordable_still_orders_everything() -> None:
    assert sorted(order(candidate(1), candidate(2, 3), affordable=0)) == [1, 2]


@given(st.integers(1, 12), st.integers(1, 9))
@settings(deadline=None, max_examples=40)
def test_a_turn_every_ten_days_is_kept_whenever_it_can_be(affordable: int, share: int) -> None:
    repositories = affordable * SAFE_GAP - min(share, affordable * SAFE_GAP - 1)
    assert longest_gap_after_the_first_look(repositories, affordable, 60) <= SAFE_GAP


@given(st.integers(1, 12), st.integers(0, 30))
@settings(deadline=None, max_examples=40)
def test_a_turn_every_twelve_days_is_kept_whenever_it_can_be(affordable: int, less: int) -> None:
    repositories = max(affordable * LONGEST_GAP - less, 1)
    assert longest_gap_after_the_first_look(repositories, affordable, 60) <= LONGEST_GAP


@given(st.integers(1, 12), st.integers(0, 30))
@settings(deadline=None, max_examples=40)
def test_everybody_is_looked_at_in_the_first_round_where_there_is_room(
    affordable: int, less: int
) -> None:
    repositories = max(affordable * LONGEST_GAP - less, 1)
    *_, (_, state) = lived(repositories, affordable, LONGEST_GAP)
    assert all(one.last_look for one in state)


@given(
    st.lists(st.one_of(st.none(), st.integers(0, LONGEST_GAP - 1)), min_size=1, max_size=60),
    st.integers(1, 20),
)
@settings(deadline=None, max_examples=100)
def test_from_any_state_the_budget_that_is_named_loses_nothing(
    ages: list[int | None], affordable: int
) -> None:
    state = [candidate(number, age) for number, age in enumerate(ages)]
    needed = forecast(state, today=DAY, affordable=affordable).needed
    assert forecast(state, today=DAY, affordable=needed).nothing_is_lost


@given(st.lists(st.integers(0, LONGEST_GAP - 1), min_size=1, max_size=60), st.integers(1, 20))
@settings(deadline=None, max_examples=100)
def test_one_call_less_than_named_loses_something(ages: list[int], affordable: int) -> None:
    state = [candidate(number, age) for number, age in enumerate(ages)]
    needed = forecast(state, today=DAY, affordable=affordable).needed
    if needed > 1:
        assert not forecast(state, today=DAY, affordable=needed - 1).nothing_is_lost


def test_thirty_thousand_repositories_on_five_thousand_calls_a_day_lose_no_day() -> None:
    """Views and clones take a call each, so that 2,500 a day get their turn: two months of it."""
    assert longest_gap_after_the_first_look(30_000, 2_500, 61) == LONGEST_GAP


@given(st.integers(2, 10))
@settings(deadline=None, max_examples=10)
def test_quiet_repositories_leave_their_budget_to_the_others(affordable: int) -> None:
    """Half as many again as the budget reaches for; half of them have no traffic."""
    repositories = affordable * LONGEST_GAP * 3 // 2
    quiet = range(0, repositories, 2)
    *_, (_, state) = lived(repositories, affordable, 3 * LONGEST_GAP, quiet)
    assert all(one.last_look for one in state)
    assert longest_gap_after_the_first_look(repositories, affordable, 60, quiet) <= LONGEST_GAP


def test_a_free_look_does_not_move_a_paid_one_out_of_its_day() -> None:
    free = [replace(candidate(number, 11), free=True) for number in range(5)]
    assert order(candidate(9, 12), *free, affordable=1)[0] == 9


def test_what_will_be_lost_is_named_with_the_last_day_that_saves_it() -> None:
    state = [candidate(1, 11), candidate(2, 11), candidate(3, 2)]
    told = forecast(state, today=DAY, affordable=1)
    assert told.losses == (("octo/r00002", DAY + timedelta(days=1)),)
    assert (told.affordable, told.needed, told.never_seen) == (1, 2, 0)


def test_new_ones_that_never_get_a_turn_are_counted() -> None:
    state = [candidate(number, number) for number in range(12)]
    told = forecast([*state, candidate(98), candidate(99)], today=DAY, affordable=1)
    assert told.never_seen == 2
    assert told.needed == 2


@pytest.mark.parametrize(
    ("needed", "reachable", "followers", "share", "expected"),
    [
        (60, 5000, 1, None, None),
        (60, None, 1, None, None),
        (3000, 5001, 1, None, 2500),
        (3000, 0, 1, None, 0),
        (3000, 2500, 0, None, 2500),
        (3000, 5000, 0, None, None),
        (60, 5000, 1, 20, 20),
        (3000, 5001, 1, 4000, 2500),
        (60, None, 0, -3, 0),
    ],
)
def test_a_step_leaves_as_much_to_those_that_follow(
    needed: int, reachable: int | None, followers: int, share: int | None, expected: int | None
) -> None:
    found = allowance(needed, reachable=reachable, followers=followers, share_of_call_budget=share)
    assert found == expected
