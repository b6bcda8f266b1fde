"""The decisions about limits, with a time of our own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from github_traffic_dagster.github_api.headers import Budget
from github_traffic_dagster.github_api.ledger import AFTER_AN_ANSWER, GO, Ledger


def ledger(workers: int = 100, points: int = 900) -> Ledger:
    return Ledger(workers=workers, points=points)


def test_a_new_ledger_lets_the_first_request_go() -> None:
    assert ledger().decide(0.0) == GO


def test_no_more_are_under_way_than_there_are_workers() -> None:
    account = ledger(workers=2)
    account.sent()
    account.sent()
    assert account.decide(0.0) == AFTER_AN_ANSWER
    account.answered(1.0)
    assert account.decide(1.0) == GO


def test_a_request_counts_until_a_minute_after_its_answer() -> None:
    account = ledger(points=1)
    account.sent()
    assert account.decide(500.0) == AFTER_AN_ANSWER
    account.answered(500.0)
    assert account.decide(559.9).until == 560.0
    assert account.decide(560.0) == GO


def test_an_empty_hour_waits_for_its_reset() -> None:
    account = ledger()
    account.told(Budget(remaining=0, reset=1000), reset_at=50.0)
    assert account.decide(10.0).until == 51.0
    assert account.decide(51.0) == GO
    assert account.budget_left is None


def test_requests_under_way_are_taken_off_the_hours_rest() -> None:
    account = ledger()
    account.told(Budget(remaining=2, reset=1000), reset_at=50.0)
    account.sent()
    assert account.decide(0.0) == GO
    account.sent()
    assert account.decide(0.0) == AFTER_AN_ANSWER


def test_an_answer_that_comes_late_does_not_raise_the_rest() -> None:
    account = ledger()
    account.told(Budget(remaining=3, reset=1000), reset_at=50.0)
    account.told(Budget(remaining=9, reset=1000), reset_at=50.0)
    assert account.budget_left == 3


def test_a_new_hour_has_a_new_rest_and_an_answer_of_the_old_one_is_ignored() -> None:
    account = ledger()
    account.told(Budget(remaining=3, reset=1000), reset_at=50.0)
    account.told(Budget(remaining=4999, reset=4600), reset_at=3650.0)
    account.told(Budget(remaining=0, reset=1000), reset_at=50.0)
    assert account.budget_left == 4999


def test_retry_after_is_obeyed_and_a_zero_still_pauses() -> None:
    account = ledger()
    account.refused(0.0, primary=False, retry_after=7.0, reset_in=None)
    assert account.decide(0.0).until == 7.0
    account.refused(10.0, primary=False, retry_after=0.0, reset_in=None)
    assert account.decide(10.0).until == 11.0


def test_a_refusal_without_a_hint_pauses_a_minute_and_then_longer() -> None:
    account = ledger()
    account.refused(0.0, primary=False, retry_after=None, reset_in=None)
    assert account.decide(0.0).until == 60.0
    account.refused(100.0, primary=False, retry_after=None, reset_in=None)
    assert account.decide(100.0).until == 220.0


def test_many_refused_at_the_same_time_are_one_refusal() -> None:
    account = ledger()
    for _ in range(5):
        account.refused(0.0, primary=False, retry_after=None, reset_in=None)
    assert account.decide(0.0).until == 60.0


def test_a_served_request_makes_the_next_refusal_the_first_again() -> None:
    account = ledger()
    account.refused(0.0, primary=False, retry_after=None, reset_in=None)
    account.accepted()
    account.refused(100.0, primary=False, retry_after=None, reset_in=None)
    assert account.decide(100.0).until == 160.0


def test_a_reset_in_the_past_by_a_wrong_clock_pauses_a_minute() -> None:
    account = ledger()
    account.refused(0.0, primary=True, retry_after=None, reset_in=-300.0)
    assert account.decide(0.0).until == 60.0


def test_a_shorter_pause_never_replaces_a_longer_one() -> None:
    account = ledger()
    account.pause(90.0, "long")
    account.pause(30.0, "short")
    decision = account.decide(0.0)
    assert (decision.until, decision.why) == (90.0, "long")


@given(
    points=st.integers(1, 5),
    steps=st.lists(st.tuples(st.floats(0, 40), st.floats(0, 30), st.floats(0, 1)), max_size=60),
)
def test_no_minute_of_the_server_ever_sees_more_than_the_points(
    points: int, steps: list[tuple[float, float, float]]
) -> None:
    """However long answers take, and wherever in between the server stamps a request."""
    account = ledger(points=points)
    now = 0.0
    under_way: list[float] = []  # when each answer comes
    seen: list[float] = []  # by the server's clock
    for pause, duration, stamped in steps:
        now += pause
        for answer_at in sorted(moment for moment in under_way if moment <= now):
            account.answered(answer_at)
            under_way.remove(answer_at)
        if account.decide(now).go:
            account.sent()
            under_way.append(now + duration)
            seen.append(now + duration * stamped)
    for moment in seen:
        assert sum(moment - 60 < other <= moment for other in seen) <= points


@pytest.mark.parametrize("primary", [True, False])
def test_a_pause_says_which_limit_asks_for_it(primary: bool) -> None:
    account = ledger()
    account.refused(0.0, primary=primary, retry_after=5.0, reset_in=None)
    assert ("hourly" in account.decide(0.0).why) is primary


def test_a_write_waits_for_as_many_points_as_it_costs() -> None:
    account = ledger(workers=10, points=10)
    for second in range(7):
        account.sent()
        account.answered(float(second))
    assert account.decide(7.0, 3).go
    assert account.decide(7.0, 5).until == 61.0  # the first two of the seven must be a minute old
    account.sent(3)
    account.answered(7.0, 3)
    assert account.decide(7.0).until == 60.0
    assert account.decide(62.0, 3).go
    assert not account.decide(62.0, 4).go


def test_the_first_request_goes_alone_to_find_out_the_budget() -> None:
    """An earlier run may have left less of the hour than there are workers."""
    account = ledger(workers=10)
    assert account.decide(0.0).go
    account.sent()
    assert account.decide(0.0) == AFTER_AN_ANSWER
    account.told(Budget(remaining=2, reset=100), reset_at=100.0)
    account.answered(1.0)
    for _ in range(2):
        assert account.decide(1.0).go
        account.sent()
    assert not account.decide(1.0).go


def test_a_new_hour_is_entered_by_one_request_first() -> None:
    account = ledger(workers=10)
    account.sent()
    account.told(Budget(remaining=0, reset=100), reset_at=100.0)
    account.answered(1.0)
    assert account.decide(102.0).go
    account.sent()
    assert account.decide(102.0) == AFTER_AN_ANSWER


def test_a_server_without_limits_holds_up_nobody_after_its_first_answer() -> None:
    account = ledger(workers=10)
    account.sent()
    account.answered(1.0)
    for _ in range(10):
        assert account.decide(1.0).go
        account.sent()
