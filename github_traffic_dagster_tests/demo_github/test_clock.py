from datetime import UTC, datetime, timedelta, timezone

import pytest

from github_traffic_dagster.demo_github.clock import SimulatedClock


def test_without_a_start_it_follows_the_machine() -> None:
    before = datetime.now(UTC)
    now = SimulatedClock().now()
    assert before <= now <= datetime.now(UTC)


def test_a_moved_clock_stands_still_until_it_is_moved_again() -> None:
    clock = SimulatedClock(datetime(2026, 5, 20, tzinfo=UTC))
    clock.advance(timedelta(days=400))
    assert clock.now() == clock.now() == datetime(2027, 6, 24, tzinfo=UTC)
    clock.move_to(datetime(2026, 1, 1, tzinfo=UTC))
    assert clock.now() == datetime(2026, 1, 1, tzinfo=UTC)


def test_it_always_tells_utc() -> None:
    clock = SimulatedClock(datetime(2026, 5, 20, 1, tzinfo=timezone(timedelta(hours=2))))
    assert clock.now().isoformat() == "2026-05-19T23:00:00+00:00"


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        SimulatedClock(datetime(2026, 5, 20))  # noqa: DTZ001
