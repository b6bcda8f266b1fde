"""Automation's share of clones through the whole pipeline: a real server, tables and instance."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import dagster as dg
import polars as pl
import pytest
import time_machine

from github_traffic_dagster.assets.days import DayRange, ended_window
from github_traffic_dagster.demo_github.demo_workflows import clones_with, runs_of
from github_traffic_dagster.demo_github.faults import Status
from github_traffic_dagster.demo_github.repository import SimulatedRepository
from github_traffic_dagster.demo_github.rhythm import Rhythm
from github_traffic_dagster.demo_github.workflows import Workflows
from github_traffic_dagster.traffic.window import oldest_served
from github_traffic_dagster_tests.pipeline import Pipeline, failure_texts

NOW = datetime(2026, 3, 10, 5, tzinfo=UTC)
TODAY = NOW.date()
PEOPLE = Rhythm("people", 10)
RAW, ESTIMATE = "raw_workflow_checkouts", "clones_less_automation"


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def with_ci(pipeline: Pipeline, name: str, pushes: float = 3) -> SimulatedRepository:
    """A repository whose clones are those of people and of its workflow runs."""
    runs = runs_of(name, len(pipeline.world.repositories) + 1, pushes)
    return pipeline.world.add_repository(
        name, workflow_runs=runs, views=PEOPLE, clones=clones_with(PEOPLE, runs)
    )


def asked(pipeline: Pipeline, what: str = "/actions/runs") -> int:
    return sum(what in seen.path for seen in pipeline.server.requests)


def count(pipeline: Pipeline, days: DayRange | None = None) -> dg.ExecuteInProcessResult:
    """What the schedule runs, or the same job for other days."""
    return pipeline.checkouts(days)


def checks(result: dg.ExecuteInProcessResult) -> dict[str, str]:
    """The checks that did not pass, and what they say."""
    return {
        check.check_name: check.description or ""
        for check in result.get_asset_check_evaluations()
        if not check.passed
    }


@pytest.fixture(autouse=True)
def repositories(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("GITHUB_TRAFFIC_AUTOMATION", "true")
    with_ci(pipeline, "me/busy")
    pipeline.add_repository("me/quiet")
    with time_machine.travel(NOW, tick=False):
        yield


def test_the_clones_of_people_lie_within_the_estimate_of_every_day_and_golden_stays(
    pipeline: Pipeline,
):
    assert pipeline.run().success
    before = pipeline.table("golden_clones")
    result = count(pipeline)
    assert result.success, failure_texts(result)
    assert checks(result) == {}
    assert pipeline.table("golden_clones").equals(before)

    estimates = pipeline.table(ESTIMATE).filter(full_name="me/busy", status="complete")
    assert estimates.height > 8
    for row in estimates.iter_rows(named=True):
        people = PEOPLE(row["day"])[0]
        assert row["estimate_low"] <= people <= row["estimate_high"] <= row["clones"]
    assert (estimates["clones"] - estimates["estimate_high"]).sum() > 20
    quiet = pipeline.table(ESTIMATE).filter(full_name="me/quiet")
    assert set(quiet["estimate_high"]) == {0}
    ended = {str(day) for day in DayRange(ago(14), ago(1))}
    assert pipeline.materialized(RAW) == pipeline.materialized(ESTIMATE) == ended


def test_the_days_clones_that_may_still_grow_are_marked_and_grow_with_golden(pipeline: Pipeline):
    for days in (0, 5):
        with time_machine.travel(NOW + timedelta(days=days), tick=False):
            assert pipeline.run().success
            ended = ended_window(oldest_served(TODAY))
            assert count(pipeline, ended).success
    busy = pipeline.table(ESTIMATE).filter(full_name="me/busy").sort("day")
    golden = pipeline.table("golden_clones").filter(full_name="me/busy").sort("day")
    both = busy.join(golden, on="day", suffix="_golden")
    assert both["status"].to_list() == both["status_golden"].to_list()
    assert both["clones"].to_list() == both["count"].to_list()
    assert set(both.filter(pl.col("day") > ago(0))["status"]) == {"complete", "partial"}


def test_it_costs_no_request_unless_asked_for(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch):
    assert pipeline.run().success
    assert asked(pipeline) == 0, "the daily collection is about traffic alone"
    monkeypatch.setenv("GITHUB_TRAFFIC_AUTOMATION", "")
    keys = pipeline.definitions().resolve_asset_graph().get_all_asset_keys()
    assert dg.AssetKey(RAW) not in keys


def test_days_that_were_looked_at_are_not_asked_for_again(pipeline: Pipeline):
    assert pipeline.run().success
    assert count(pipeline).success
    everything = asked(pipeline)
    assert everything > 25
    assert count(pipeline).success
    assert asked(pipeline) == everything
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        assert pipeline.run().success
        assert count(pipeline, DayRange(ago(13), ago(0))).success
    new = asked(pipeline) - everything
    assert 2 < new < everything / 3, "the list of two repositories, and the runs of one day"
    stored = pipeline.table(RAW)
    assert stored.unique(["repo_id", "day"]).height == stored.height


def test_without_clones_nothing_is_estimated_and_what_was_looked_at_is_kept(pipeline: Pipeline):
    result = count(pipeline)
    assert result.success, failure_texts(result)
    assert pipeline.table(ESTIMATE).is_empty()
    assert pipeline.run().success
    assert count(pipeline).success
    assert pipeline.table(ESTIMATE)["estimate_high"].null_count() == 0


def test_a_repository_whose_actions_are_closed_is_named_with_the_permission_it_needs(
    pipeline: Pipeline,
):
    closed = with_ci(pipeline, "me/closed")
    closed.private = closed.actions_forbidden = True
    assert pipeline.run().success
    result = count(pipeline)
    assert result.success, failure_texts(result)
    assert "me/closed (permission missing)" in checks(result)["looked_at"]
    (event,) = result.asset_materializations_for_node(RAW)[:1]
    assert 'needs "Actions: read" on me' in str(event.metadata["skipped"].value)
    estimates = pipeline.table(ESTIMATE)
    unknown = estimates.filter(full_name="me/closed")
    assert unknown.height > 8
    assert unknown["estimate_low"].null_count() == unknown.height
    assert estimates.filter(full_name="me/busy")["estimate_low"].null_count() == 0


def test_actions_closed_everywhere_fail_the_run_and_not_the_traffic(pipeline: Pipeline):
    for repository in pipeline.world.repositories:
        repository.actions_forbidden = True
    assert pipeline.run().success
    result = count(pipeline)
    assert not result.success
    assert 'needs "Actions: read" on me' in failure_texts(result)[RAW]
    assert pipeline.materialized(RAW) == set()


@pytest.mark.parametrize("days", [DayRange(ago(0), ago(0)), DayRange(ago(100), ago(95))])
def test_days_whose_runs_are_to_come_or_gone_fail_in_plain_words_and_ask_nothing(
    pipeline: Pipeline, days: DayRange, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("GITHUB_TRAFFIC_START_DATE", str(ago(200)))
    result = count(pipeline, days)
    text = failure_texts(result)[RAW]
    assert text.startswith(f"Not all of {days} can be looked at")
    assert f"{ago(90)}...{ago(1)}" in text
    assert asked(pipeline) == 0
    assert pipeline.materialized(RAW) == set()


def test_of_a_range_the_days_that_have_ended_are_stored_and_marked(pipeline: Pipeline):
    result = count(pipeline, DayRange(ago(3), ago(0)))
    assert f"{ago(3)}...{ago(1)} were looked at" in failure_texts(result)[RAW]
    assert pipeline.materialized(RAW) == {str(ago(n)) for n in (1, 2, 3)}
    assert set(pipeline.table(RAW)["day"]) == {ago(1), ago(2), ago(3)}


def test_weeks_of_downtime_are_looked_at_later_as_traffic_can_be_no_more(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("GITHUB_TRAFFIC_START_DATE", str(ago(60)))
    assert count(pipeline, DayRange(ago(60), ago(31))).success
    looked = pipeline.table(RAW).filter(full_name="me/busy")
    assert set(looked["day"]) == set(DayRange(ago(60), ago(31)))
    assert looked["checkouts_low"].sum() > 50


def test_fewer_clones_than_checkouts_on_a_settled_day_are_told(pipeline: Pipeline):
    busy = pipeline.world.repositories[0]
    cloned = Workflows(busy.workflow_runs).clones_on
    day = next(day for day in DayRange(ago(9), ago(4)) if cloned(day) > 6)
    busy.clones[day] = (1, 1)
    assert pipeline.run().success
    result = count(pipeline)
    assert result.success
    assert "On 1 days of repositories" in checks(result)["one_checkout_is_one_clone"]


def test_a_small_budget_leaves_repositories_for_the_next_run(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
):
    with_ci(pipeline, "me/other")
    assert pipeline.run().success
    monkeypatch.setenv("GITHUB_TRAFFIC_CALL_BUDGET", "40")
    result = count(pipeline)
    assert "left for the next run" in checks(result)["looked_at"]
    spent = asked(pipeline)
    assert spent <= 40
    monkeypatch.setenv("GITHUB_TRAFFIC_CALL_BUDGET", "")
    assert count(pipeline).success
    assert pipeline.table(RAW)["repo_id"].n_unique() == 3


def test_a_run_that_vanished_widens_its_day_and_the_check_says_so(pipeline: Pipeline):
    assert pipeline.run().success
    runs = runs_of("me/busy", 1, 3)
    run = next(run for day in DayRange(ago(9), ago(4)) for run in runs(day))
    path = f"/repos/me/busy/actions/runs/{run.run_id}/jobs"
    pipeline.world.fail(path, Status(404, "Not Found"))
    result = count(pipeline)
    assert "Not all runs of 1 repository-days were read" in checks(result)["looked_at"]
    (row,) = (
        pipeline.table(ESTIMATE)
        .filter(pl.col("checkouts_high").is_null(), full_name="me/busy")
        .rows(named=True)
    )
    assert row["day"] == run.created_at.date()
    assert (row["estimate_low"], row["estimate_high"] > 0) == (0, True)
