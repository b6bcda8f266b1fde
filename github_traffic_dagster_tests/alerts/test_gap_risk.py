"""Who is told to be at risk, from when on, and with which days."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

import polars as pl
import pytest

from github_traffic_dagster.alerts.gap_risk import Situation, at_stake, gap_risk, last_looks
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.window import last_day_before_loss, last_safe_day, youngest_lost

TODAY = date(2026, 3, 30)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def situation(
    looked: Mapping[str, int | None],
    *,
    newest: int | None = 0,
    listed: int = 40,
    denied: tuple[str, ...] = (),
    left_for_later: bool = False,
    reasons: Mapping[str, str] | None = None,
    outlook: tuple[str, ...] = (),
) -> Situation:
    """Repositories by the age of their last look in days."""
    looks = pl.DataFrame(
        [
            (number, name, name not in denied, ago(listed), None if age is None else ago(age))
            for number, (name, age) in enumerate(looked.items())
        ],
        schema={
            "repo_id": pl.Int64,
            "full_name": pl.String,
            "traffic_access": pl.Boolean,
            "first_listed": pl.Date,
            "last_look": pl.Date,
        },
        orient="row",
    )
    day = None if newest is None else ago(newest)
    return Situation(looks, day, left_for_later, reasons or {}, outlook)


def told(found: Situation) -> str:
    alert = gap_risk(found, TODAY)
    return alert.text if alert else ""


@pytest.mark.parametrize("age", range(30))
def test_told_while_three_days_are_left_on_which_a_look_loses_nothing(age: int) -> None:
    text = told(situation({"me/a": age, "me/b": 0}))

    safe, end = last_safe_day(ago(age)), last_day_before_loss(ago(age))
    days_left = (safe - TODAY).days + 1
    assert bool(text) == (days_left <= 3)
    assert "me/b" not in text
    if 0 < days_left <= 3:
        assert f"Looked at again by {safe}, no day is lost" in text
    if text and end >= TODAY:
        assert f"days are lost after {end}" in text.splitlines()[0]
        assert f"days from {ago(age + 1)} on are lost" in text
    if end < TODAY:
        assert f"Days from {ago(age + 1)} on are being lost" in text


def test_days_that_are_gone_for_good_are_named() -> None:
    assert f"{ago(21)} to {youngest_lost(TODAY)} are gone for good" in told(situation({"me/a": 20}))
    assert "gone for good" not in told(situation({"me/a": 13}))


def test_nothing_at_all_was_collected() -> None:
    text = told(situation({"me/a": 9, "me/b": 9}, newest=9))

    assert text.startswith(f"Nothing was collected since {ago(9)}: days are lost after")
    assert "me/a, me/b" in text
    assert "schedule is on" in text


def test_one_that_does_not_answer_is_named_with_the_reason() -> None:
    blocked = {"me/a": "blocked for legal reasons"}
    text = told(situation({"me/a": 9, "me/b": 0}, reasons=blocked))

    assert text.startswith("Not collected: me/a: days are lost after")
    assert "me/a (blocked for legal reasons)" in text
    assert "GITHUB_TRAFFIC_EXCLUDE" in text


def test_one_that_never_answered_is_told_after_some_days() -> None:
    assert not told(situation({"me/a": None, "me/b": 0}, listed=2))
    text = told(situation({"me/a": None, "me/b": 0}, listed=3))
    assert "Never looked at: me/a. They lose a day every day" in text


def test_a_right_that_is_gone_is_told_as_long_as_something_can_be_saved() -> None:
    assert "me/a (no push access any more)" in told(situation({"me/a": 9}, denied=("me/a",)))
    assert not told(situation({"me/a": 13}, denied=("me/a",)))
    assert not told(situation({"me/a": None}, denied=("me/a",)))


def test_repositories_that_wait_for_their_turn_are_no_risk() -> None:
    waiting = {"me/a": 11, "me/b": 9, "me/c": 0, "me/new": None}
    assert not told(situation(waiting, left_for_later=True))
    failing = told(situation(waiting, left_for_later=True, reasons={"me/b": "timed out"}))
    assert "me/b" in failing
    assert "me/a" not in failing


def test_a_turn_that_came_too_late_is_a_risk() -> None:
    assert "me/a" in told(situation({"me/a": 13, "me/c": 0}, left_for_later=True))


def test_a_plan_that_nobody_follows_is_none() -> None:
    text = told(situation({"me/a": 9, "me/c": 2}, newest=2, left_for_later=True))
    assert "me/a" in text


def test_what_the_plan_loses_is_told_although_nobody_is_late_yet() -> None:
    text = told(situation({"me/a": 5}, left_for_later=True, outlook=("3 repositories lose days.",)))
    assert text.startswith("GitHub's budget does not reach")
    assert "3 repositories lose days." in text


def test_many_are_counted_not_named() -> None:
    many = {f"me/r{number:03}": 8 + number // 100 for number in range(300)}
    text = told(situation(many))
    assert text.startswith("Not collected: 300 repositories")
    assert text.count("me/r") == 20
    assert "and 80 more" in text
    assert "200 more are not named here" in text or "280 more" in text
    assert len(text) < 3000


def test_what_a_failed_run_puts_at_risk_is_what_was_looked_at_longest_ago() -> None:
    text = at_stake(situation({"me/a": 3, "me/b": 1, "me/c": None}), TODAY)
    assert text.startswith(f"Last look on {ago(3)}. Looked at again by {last_safe_day(ago(3))}")
    assert at_stake(situation({}, newest=None), TODAY).startswith("Nothing was collected so far")


def test_the_metric_looked_at_longest_ago_counts() -> None:
    listing = situation({"me/a": 0, "me/b": 0, "me/c": 0}).looks.drop("last_look")

    def seen(**days: int) -> pl.DataFrame:
        rows = [
            (int(name[1:]), datetime.combine(ago(age), time(5), tzinfo=UTC))
            for name, age in days.items()
        ]
        schema = pl.Schema({"repo_id": pl.Int64(), "observed_at": pl.Datetime("us", "UTC")})
        return pl.DataFrame(rows, schema=schema, orient="row")

    looks = {Metric.VIEWS: seen(r0=1, r1=1, r9=1), Metric.CLONES: seen(r0=4, r2=1)}
    found = last_looks(listing, looks).sort("repo_id")

    assert found["last_look"].to_list() == [ago(4), None, None]
    assert found["full_name"].to_list() == ["me/a", "me/b", "me/c"]
