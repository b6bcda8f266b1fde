"""Threads that wait at the gate."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from github_traffic_dagster.github_api.limits import Account, Limiter
from github_traffic_dagster.github_api.troubles import CancelledError, OutOfBudgetError

NOW = datetime(2026, 7, 15, 12, tzinfo=UTC)


class Clock:
    """Stands still unless moved."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds

    def wall(self) -> datetime:
        return NOW + timedelta(seconds=self.seconds - 1000.0)


def started(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def pass_once(limiter: Limiter) -> None:
    with limiter.slot():
        pass


def test_a_request_beyond_the_workers_waits_for_an_answer() -> None:
    limiter = Limiter(account=Account(workers=1), max_wait=0)
    with limiter.slot():
        second = started(lambda: pass_once(limiter))
        assert limiter.sent == 1
    second.join(5)
    assert limiter.sent == 2


def test_a_pause_ends_by_itself() -> None:
    limiter = Limiter(account=Account(workers=1), max_wait=5)
    limiter.pause_until(datetime.now(UTC) + timedelta(seconds=0.2), "a test")
    pass_once(limiter)
    assert limiter.sent == 1
    assert limiter.waited > 0


def test_a_wait_beyond_the_patience_is_refused_at_once() -> None:
    clock = Clock()
    limiter = Limiter(
        account=Account(workers=1), max_wait=60, monotonic=clock.monotonic, wall=clock.wall
    )
    limiter.pause_until(NOW + timedelta(seconds=61), "GitHub's secondary limit")
    with pytest.raises(OutOfBudgetError, match="secondary limit lifts at 2026-07-15 12:01:01 UTC"):
        pass_once(limiter)
    clock.seconds += 61
    pass_once(limiter)
    assert limiter.sent == 1


def test_waits_add_up_to_the_patience() -> None:
    limiter = Limiter(account=Account(workers=1), max_wait=0.3)
    limiter.pause_until(datetime.now(UTC) + timedelta(seconds=0.2), "a test")
    pass_once(limiter)
    limiter.pause_until(datetime.now(UTC) + timedelta(seconds=0.2), "a test")
    with pytest.raises(OutOfBudgetError):
        pass_once(limiter)


def test_threads_that_wait_together_are_counted_once() -> None:
    limiter = Limiter(account=Account(workers=20), max_wait=2)
    limiter.pause_until(datetime.now(UTC) + timedelta(seconds=0.3), "a test")
    threads = [started(lambda: pass_once(limiter)) for _ in range(20)]
    for thread in threads:
        thread.join(5)
    assert limiter.sent == 20  # twenty waits of 0.3 would be 6 seconds
    assert limiter.waited <= 2


def test_waiting_is_told_once_with_its_end_and_its_reason() -> None:
    told: list[tuple[datetime, str]] = []
    limiter = Limiter(
        account=Account(workers=5),
        max_wait=60,
        on_wait=lambda until, why: told.append((until, why)),
    )
    until = datetime.now(UTC) + timedelta(seconds=1.2)
    limiter.pause_until(until, "GitHub's secondary limit")
    threads = [started(lambda: pass_once(limiter)) for _ in range(5)]
    for thread in threads:
        thread.join(5)
    [(told_until, why)] = told
    assert abs(told_until - until) < timedelta(seconds=0.1)
    assert why == "GitHub's secondary limit"


def test_cancelling_wakes_all_who_wait() -> None:
    limiter = Limiter(account=Account(workers=5), max_wait=1000)
    limiter.pause_until(datetime.now(UTC) + timedelta(seconds=500), "a test")
    cancelled: list[CancelledError] = []

    def wait() -> None:
        try:
            pass_once(limiter)
        except CancelledError as error:
            cancelled.append(error)

    threads = [started(wait) for _ in range(5)]
    limiter.cancel()
    for thread in threads:
        thread.join(5)
    assert len(cancelled) == 5


def test_an_hour_used_up_is_learned_from_headers() -> None:
    clock = Clock()
    limiter = Limiter(
        account=Account(workers=1), max_wait=0, monotonic=clock.monotonic, wall=clock.wall
    )
    reset = int(NOW.timestamp()) + 100
    limiter.learn({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(reset)})
    assert limiter.budget_left == 0
    with pytest.raises(OutOfBudgetError, match="hourly"):
        pass_once(limiter)
    clock.seconds += 101
    pass_once(limiter)


def test_headers_without_a_budget_change_nothing() -> None:
    limiter = Limiter(account=Account(workers=1), max_wait=0)
    limiter.learn({})
    assert limiter.budget_left is None
