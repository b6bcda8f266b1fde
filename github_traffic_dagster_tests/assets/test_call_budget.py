"""More repositories than budget: the urgent ones first, and what that costs is said."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg
import polars as pl
import pytest
import time_machine

from github_traffic_dagster.demo_github.limits import Limits
from github_traffic_dagster_tests.pipeline import Pipeline

NOW = datetime(2026, 3, 10, 5, tzinfo=UTC)
TODAY = NOW.date()
BUSY = {TODAY + timedelta(days=offset): (30 + offset, 4) for offset in range(-20, 40)}
REPOSITORIES = 12
BESIDES = 1 + 1 + 2
"""A page of the list, and a proof of the token in each of three steps."""


@pytest.fixture(autouse=True)
def repositories(pipeline: Pipeline) -> Iterator[None]:
    for number in range(REPOSITORIES):
        pipeline.add_repository(f"me/r{number:02}", BUSY, BUSY)
    with time_machine.travel(NOW, tick=False):
        yield


def outlooks(result: dg.ExecuteInProcessResult) -> dict[str, dg.AssetCheckEvaluation]:
    return {
        found.asset_key.to_user_string(): found
        for found in result.get_asset_check_evaluations()
        if found.check_name == "looks_in_time"
    }


def looked_at(pipeline: Pipeline, table: str = "raw_views") -> set[str]:
    found = pipeline.table(table).filter(pl.col("observed_at") == datetime.now(UTC))
    return set(found["full_name"].to_list())


def live(pipeline: Pipeline, days: int) -> None:
    for day in range(days):
        with time_machine.travel(NOW + timedelta(days=day), tick=False):
            assert pipeline.run(assets=["repos", "raw_views", "golden_views"]).success


def test_a_run_spends_its_budget_and_no_more_on_views_and_clones_alike(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("GITHUB_TRAFFIC_CALL_BUDGET", str(BESIDES + 2 * 3))
    result = pipeline.run()
    assert result.success
    assert len(pipeline.server.requests) == BESIDES + 2 * 3
    assert len(looked_at(pipeline)) == len(looked_at(pipeline, "raw_clones")) == 3


def test_every_repository_has_its_turn_and_no_day_is_lost(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
):
    """Twelve repositories, one a day: every twelve days, and every day with traffic is there."""
    monkeypatch.setenv("GITHUB_TRAFFIC_CALL_BUDGET", str(BESIDES + 2))
    live(pipeline, 25)
    golden = pipeline.table("golden_views")
    last_turns = golden.group_by("repo_id").agg(pl.col("last_observed_at").max())
    seen_until = dict(last_turns.iter_rows())
    assert len(seen_until) == REPOSITORIES
    for (repo_id,), rows in golden.group_by("repo_id"):
        days = set(rows["day"].to_list())
        last = seen_until[repo_id].date()
        assert {TODAY + timedelta(days=n) for n in range((last - TODAY).days)} <= days


def test_what_is_left_for_later_costs_nothing_and_is_said(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("GITHUB_TRAFFIC_CALL_BUDGET", str(BESIDES + 2))
    check = outlooks(pipeline.run())["golden_views"]
    assert check.passed
    assert check.description == (
        "1 repositories were looked at, the others have their turn in the next runs. me (token): "
        "11 were never looked at: all have had their first turn by 2026-03-21, and lose what "
        "GitHub forgets before. No other day is lost."
    )


def test_a_budget_too_small_names_what_is_lost_when_and_the_budget_that_prevents_it(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
):
    assert pipeline.run().success
    monkeypatch.setenv("GITHUB_TRAFFIC_CALL_BUDGET", str(BESIDES + 2))
    with time_machine.travel(NOW + timedelta(days=5), tick=False):
        result = pipeline.run()
    check = outlooks(result)["golden_views"]
    assert result.success
    assert not check.passed
    assert check.severity is dg.AssetCheckSeverity.WARN
    # All twelve were looked at on the 10th and must be again by the 22nd: one on the 15th, seven
    # more until then; four come too late.
    assert "4 repositories lose days, the first after 2026-03-22: me/r08 (2026-03-22)" in str(
        check.description
    )
    assert f"{BESIDES + 2 * 2} requests a day would lose nothing" in str(check.description)
    monkeypatch.setenv("GITHUB_TRAFFIC_CALL_BUDGET", str(BESIDES + 2 * 2))
    with time_machine.travel(NOW + timedelta(days=6), tick=False):
        assert outlooks(pipeline.run())["golden_views"].passed


def test_views_leave_clones_their_half_of_an_hour_that_does_not_reach_for_both(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("GITHUB_TRAFFIC_MAX_WAIT", "0")
    pipeline.server.limits = Limits(hourly=BESIDES + 10)
    assert pipeline.run().success
    assert len(looked_at(pipeline)) == 5
    assert len(looked_at(pipeline, "raw_clones")) == 5
    assert not pipeline.server.violations


def test_heavy_traffic_comes_first_among_those_that_can_wait(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
):
    heavy = pipeline.add_repository("me/zz-heavy", {TODAY - timedelta(days=3): (9000, 5)})
    assert pipeline.run().success
    monkeypatch.setenv("GITHUB_TRAFFIC_CALL_BUDGET", str(BESIDES + 2 * 2))
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        assert pipeline.run().success
        assert heavy.full_name in looked_at(pipeline)
