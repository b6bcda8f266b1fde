"""Each asset check finds what it is there for, in tables that were damaged on purpose."""

from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
import polars as pl
import pytest
import time_machine
from deltalake import DeltaTable, write_deltalake

from github_traffic_dagster.assets.days import DayRange
from github_traffic_dagster.demo_github.faults import Entries, Status
from github_traffic_dagster_tests.pipeline import Pipeline

NOW = datetime(2026, 3, 10, 5, tzinfo=UTC)
TODAY = NOW.date()
TRAFFIC = {TODAY + timedelta(days=offset): (30, 4) for offset in range(-20, 40)}
GOLDEN = "golden_views"


@pytest.fixture(autouse=True)
def collected_once(pipeline: Pipeline):
    pipeline.add_repository("me/one", TRAFFIC, TRAFFIC)
    pipeline.add_repository("me/two", TRAFFIC, TRAFFIC)
    with time_machine.travel(NOW):
        assert pipeline.run().success
        yield


def golden_uri(pipeline: Pipeline) -> str:
    return str(pipeline.home / "store" / "github_traffic" / GOLDEN)


def check_alone(pipeline: Pipeline, *names: str) -> dict[str, dg.AssetCheckEvaluation]:
    """What "Execute" on a check does in the UI: no partitions, nothing materialized."""
    definitions = pipeline.definitions()
    keys = [dg.AssetCheckKey(dg.AssetKey(GOLDEN), name) for name in names]
    job = dg.Definitions(
        assets=definitions.assets,
        asset_checks=definitions.asset_checks,
        resources=definitions.resources,
        executor=dg.in_process_executor,
        jobs=[dg.define_asset_job("checks", selection=dg.AssetSelection.checks(*keys))],
    ).resolve_job_def("checks")
    result = job.execute_in_process(instance=pipeline.instance, raise_on_error=False)
    return {found.check_name: found for found in result.get_asset_check_evaluations()}


def test_all_pass_after_a_good_run_and_each_can_be_run_alone(pipeline: Pipeline):
    names = (
        "unique_keys",
        "not_below_raw",
        "expected_rows_landed",
        "table_healthy",
        "uniques_at_most_count",
        "looks_in_time",
        "no_gaps",
        "not_everything_zero",
        "fresh",
    )
    found = check_alone(pipeline, *names)
    assert set(found) == set(names)
    assert all(check.passed for check in found.values())
    assert set(check_alone(pipeline, "fresh")) == {"fresh"}


def test_a_key_that_stands_twice_is_found_and_the_next_run_is_red(pipeline: Pipeline):
    rows = pl.read_delta(golden_uri(pipeline)).head(1)
    write_deltalake(golden_uri(pipeline), rows, mode="append")
    found = check_alone(pipeline, "unique_keys")["unique_keys"]
    assert not found.passed
    assert found.severity is dg.AssetCheckSeverity.ERROR
    assert found.metadata["rows"].value == 1
    assert not pipeline.run().success


def test_a_golden_number_below_raw_is_found_and_healed_by_a_rebuild(pipeline: Pipeline):
    DeltaTable(golden_uri(pipeline)).update(
        updates={"count": "1"}, predicate=f"day = DATE '{TODAY - timedelta(days=4)}'"
    )
    found = check_alone(pipeline, "not_below_raw")["not_below_raw"]
    assert not found.passed
    assert found.metadata["rows"].value == 2
    day = TODAY - timedelta(days=4)
    assert pipeline.run(DayRange(day, day), assets=[GOLDEN]).success
    assert check_alone(pipeline, "not_below_raw")["not_below_raw"].passed


def test_a_golden_row_that_vanished_is_found(pipeline: Pipeline):
    DeltaTable(golden_uri(pipeline)).delete(f"day = DATE '{TODAY - timedelta(days=3)}'")
    found = check_alone(pipeline, "not_below_raw", "no_gaps")
    assert not found["not_below_raw"].passed


def test_a_commit_that_readers_skip_in_silence_turns_the_next_run_red(pipeline: Pipeline):
    for name in (GOLDEN, "raw_views"):
        log = pipeline.home / "store" / "github_traffic" / name / "_delta_log"
        (log / f"{1:020}.json").write_bytes(b"")
    result = pipeline.run()
    found = {
        check.asset_key.to_user_string(): check
        for check in result.get_asset_check_evaluations()
        if check.check_name == "table_healthy"
    }
    assert {name for name, check in found.items() if not check.passed} == {GOLDEN, "raw_views"}
    for name in (GOLDEN, "raw_views"):
        assert found[name].severity is dg.AssetCheckSeverity.ERROR
        assert "commit empty, version 1" in str(found[name].description)
        assert "github-traffic doctor" in str(found[name].description)
    assert not result.success
    assert found["golden_clones"].passed


def test_more_unique_visitors_than_visits_are_reported_and_kept(pipeline: Pipeline):
    def odd(answer: dict[str, Any]) -> dict[str, Any]:
        for entry in answer.get("views") or answer["clones"]:
            entry["uniques"] = entry["count"] + 1
        return answer

    pipeline.world.fail(pipeline.world.repositories[0], Entries(odd), times=2)
    result = pipeline.run()
    assert result.success
    checks = {
        check.check_name: check
        for check in result.get_asset_check_evaluations()
        if check.asset_key == dg.AssetKey(GOLDEN)
    }
    assert not checks["uniques_at_most_count"].passed


def test_days_lost_in_a_long_downtime_are_named_by_repository_and_date(pipeline: Pipeline):
    with time_machine.travel(NOW + timedelta(days=20)):
        assert pipeline.run().success
        found = check_alone(pipeline, "no_gaps")["no_gaps"]
    assert not found.passed
    records = found.metadata["gaps"].value.records  # type: ignore[union-attr]
    lost = {record.data["day"] for record in records if record.data["coverage"] == "lost"}
    # Looked at on the 10th and the 30th: the window of the 30th begins on the 17th, and an
    # answer of 15 days could still name the 16th.
    assert lost == {str(TODAY + timedelta(days=offset)) for offset in range(1, 6)}
    assert {record.data["full_name"] for record in records} == {"me/one", "me/two"}


def test_a_gap_that_can_still_be_saved_is_named_before_it_is_lost(pipeline: Pipeline):
    one = pipeline.world.repositories[0]
    pipeline.world.fail(one, Status(403, "Resource not accessible by personal access token"))
    for days in (8, 9):
        with time_machine.travel(NOW + timedelta(days=days)):
            assert pipeline.run().success
            found = check_alone(pipeline, "no_gaps")["no_gaps"]
    assert not found.passed
    records = found.metadata["gaps"].value.records  # type: ignore[union-attr]
    assert {record.data["coverage"] for record in records} == {"not yet known"}
    assert {record.data["full_name"] for record in records} == {"me/one"}


def test_a_stale_table_says_until_when_nothing_is_lost(pipeline: Pipeline):
    with time_machine.travel(NOW + timedelta(days=3)):
        found = check_alone(pipeline, "fresh")["fresh"]
    assert not found.passed
    assert str(TODAY + timedelta(days=10)) in str(found.description)


def test_a_missed_repository_is_named_with_the_day_until_which_it_loses_nothing(
    pipeline: Pipeline,
):
    pipeline.world.fail(pipeline.world.repositories[0], Status(451))
    with time_machine.travel(NOW + timedelta(days=1)):
        result = pipeline.run()
    assert result.success
    (check,) = [
        found
        for found in result.get_asset_check_evaluations()
        if found.check_name == "expected_rows_landed" and found.asset_key == dg.AssetKey(GOLDEN)
    ]
    assert not check.passed
    assert check.severity is dg.AssetCheckSeverity.WARN
    assert "me/one (blocked for legal reasons)" in str(check.description)
    assert f"by {TODAY + timedelta(days=10)}" in str(check.description)
