from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from github_traffic_dagster.github_api.troubles import BadAnswerError
from github_traffic_dagster.github_api.validation import parse_window
from github_traffic_dagster.traffic.answers import DayEntry, Metric

NOW = datetime(2026, 7, 15, 12, tzinfo=UTC)
TODAY = NOW.date()


def day(timestamp: Any = "2026-07-10T00:00:00Z", count: Any = 5, uniques: Any = 2) -> Any:
    return {"timestamp": timestamp, "count": count, "uniques": uniques}


def window(*days: Any, **facts: Any) -> dict[str, Any]:
    return {"count": 5, "uniques": 2, "views": list(days), **facts}


def refused(payload: Any) -> str:
    with pytest.raises(BadAnswerError) as refusal:
        parse_window(payload, Metric.VIEWS, NOW)
    return str(refusal.value)


def test_days_come_sorted_whatever_order_github_chose() -> None:
    payload = window(day("2026-07-12T00:00:00Z"), day("2026-07-10T00:00:00Z"))
    entries = parse_window(payload, Metric.VIEWS, NOW)
    assert [entry.day for entry in entries] == [date(2026, 7, 10), date(2026, 7, 12)]


def test_a_window_without_days_is_valid() -> None:
    assert parse_window(window(count=0, uniques=0), Metric.VIEWS, NOW) == ()


def test_more_uniques_than_views_are_kept_for_a_check_to_report() -> None:
    [entry] = parse_window(window(day(count=1, uniques=3)), Metric.VIEWS, NOW)
    assert entry == DayEntry(date(2026, 7, 10), 1, 3)


def test_clones_are_read_from_the_list_of_clones() -> None:
    payload = {"count": 1, "uniques": 1, "clones": [day()]}
    assert len(parse_window(payload, Metric.CLONES, NOW)) == 1
    assert '"views" is missing' in refused(payload)


@pytest.mark.parametrize("payload", [None, [], "x", 3])
def test_only_an_object_is_an_answer(payload: Any) -> None:
    assert "JSON object" in refused(payload)


@pytest.mark.parametrize("key", ["count", "uniques", "views"])
def test_a_missing_key_is_named(key: str) -> None:
    payload = window(day())
    del payload[key]
    assert f'"{key}"' in refused(payload)


@pytest.mark.parametrize("value", [None, "5", 5.0, True, [5]])
@pytest.mark.parametrize("key", ["count", "uniques"])
def test_a_figure_is_a_whole_number(key: str, value: Any) -> None:
    assert "not a whole number" in refused(window(day(**{key: value})))
    assert "not a whole number" in refused(window(day(), **{key: value}))


@pytest.mark.parametrize("timestamp", [None, 20260710, "10 July", "", "0001-01-01T00:00:00+14:00"])
def test_a_timestamp_that_cannot_be_read_is_refused(timestamp: Any) -> None:
    assert "is not a timestamp" in refused(window(day(timestamp)))


@pytest.mark.parametrize(
    "timestamp", ["2026-07-10T01:00:00Z", "2026-07-10T00:00:00", "2026-07-10T00:00:00-08:00"]
)
def test_a_day_that_is_no_midnight_in_utc_is_refused(timestamp: str) -> None:
    assert "not a midnight in UTC" in refused(window(day(timestamp)))


def test_the_future_is_judged_by_githubs_clock() -> None:
    assert "in the future" in refused(window(day("2026-07-16T00:00:00Z")))
    entries = parse_window(
        window(day("2026-07-16T00:00:00Z")), Metric.VIEWS, NOW + timedelta(days=1)
    )
    assert len(entries) == 1


def test_the_same_day_twice_is_refused() -> None:
    assert "named twice" in refused(window(day(), day("2026-07-10T02:00:00+02:00")))


def test_an_entry_that_is_no_object_is_refused() -> None:
    assert "not a JSON object" in refused(window("2026-07-10"))


figures = st.integers(0, 2**53)
valid_days = st.dictionaries(
    st.dates(date(2008, 1, 1), TODAY), st.tuples(figures, figures), max_size=20
)


def payload_of(days: dict[date, tuple[int, int]]) -> dict[str, Any]:
    entries = [day(f"{when}T00:00:00Z", count, uniques) for when, (count, uniques) in days.items()]
    return window(*entries)


@given(valid_days)
def test_any_valid_window_comes_back_as_it_was(days: dict[date, tuple[int, int]]) -> None:
    entries = parse_window(payload_of(days), Metric.VIEWS, NOW)
    assert {entry.day: (entry.count, entry.uniques) for entry in entries} == days
    assert list(entries) == sorted(entries, key=lambda entry: entry.day)


@given(valid_days, st.data())
def test_one_impossible_day_spoils_any_window(
    days: dict[date, tuple[int, int]], data: st.DataObject
) -> None:
    assume(days)
    payload = payload_of(days)
    spoiled = data.draw(st.sampled_from(payload["views"]))
    kind = data.draw(st.sampled_from(["negative", "future", "off midnight"]))
    if kind == "negative":
        spoiled[data.draw(st.sampled_from(["count", "uniques"]))] = data.draw(
            st.integers(max_value=-1)
        )
    elif kind == "future":
        ahead = data.draw(st.integers(1, 4000))
        spoiled["timestamp"] = f"{TODAY + timedelta(days=ahead)}T00:00:00Z"
    else:
        seconds = data.draw(st.integers(1, 86399))
        midnight = datetime.fromisoformat(spoiled["timestamp"])
        spoiled["timestamp"] = (midnight + timedelta(seconds=seconds)).isoformat()
    with pytest.raises(BadAnswerError):
        parse_window(payload, Metric.VIEWS, NOW)
