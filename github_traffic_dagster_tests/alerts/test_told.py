"""A trouble is told once, and again after a day while it lasts."""

from datetime import UTC, datetime, timedelta

import pytest

from github_traffic_dagster.alerts.told import Told

NOW = datetime(2026, 3, 10, 2, 0, 30, tzinfo=UTC)


def test_told_once_a_day() -> None:
    told = Told.read(Told().with_told("a", NOW).write())

    assert not told.is_due("a", NOW + timedelta(hours=22))
    assert told.is_due("b", NOW)
    # The run of the next day that fails half a minute earlier in the hour.
    assert told.is_due("a", NOW + timedelta(days=1, seconds=-30))


def test_what_was_told_months_ago_is_forgotten() -> None:
    later = Told().with_told("a", NOW).with_told("b", NOW + timedelta(days=61))

    assert set(later.causes) == {"b"}


@pytest.mark.parametrize("text", [None, "", "{", "[]", '{"a": 1}', '{"a": "yesterday"}'])
def test_a_memory_that_is_no_memory_tells_again(text: str | None) -> None:
    assert Told.read(text).is_due("a", NOW)
