"""The totals of whole windows: from answers asked for anyway, never lost or doubled."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg
import polars as pl
import pytest
import time_machine

from github_traffic_dagster.assets import raw as raw_module
from github_traffic_dagster.assets.days import DayRange
from github_traffic_dagster.demo_github.faults import Status
from github_traffic_dagster.traffic.tables import WINDOW_TOTALS
from github_traffic_dagster_tests.pipeline import Pipeline

NOW = datetime(2026, 3, 10, 5, tzinfo=UTC)
TODAY = NOW.date()
TRAFFIC = {TODAY + timedelta(days=offset): (30, 4) for offset in range(-20, 0)}


@pytest.fixture(autouse=True)
def repositories(pipeline: Pipeline) -> Iterator[None]:
    pipeline.add_repository("me/one", TRAFFIC, TRAFFIC)
    pipeline.add_repository("me/two", TRAFFIC, {})
    with time_machine.travel(NOW, tick=False):
        yield


def totals(pipeline: Pipeline) -> pl.DataFrame:
    return pipeline.table(WINDOW_TOTALS.name).sort("observed_at", "metric", "repo_id")


def failed_checks(result: dg.ExecuteInProcessResult) -> dict[str, str]:
    return {
        f"{check.asset_key.to_user_string()} {check.check_name}": str(check.description)
        for check in result.get_asset_check_evaluations()
        if not check.passed
    }


def test_a_run_keeps_githubs_own_totals_without_one_request_more(pipeline: Pipeline):
    assert pipeline.run().success
    assert sum("/traffic/" in seen.path for seen in pipeline.server.requests) == 4
    shown = totals(pipeline).select("full_name", "metric", "day", "count", "uniques")
    # 13 whole days; of their uniques half of all but one day's came back.
    assert shown.rows() == [
        ("me/one", "clones", TODAY, 390, 28),
        ("me/two", "clones", TODAY, 0, 0),
        ("me/one", "views", TODAY, 390, 28),
        ("me/two", "views", TODAY, 390, 28),
    ]
    windows = totals(pipeline).filter(pl.col("count") > 0)
    assert set(windows["window_first_day"]) == {TODAY - timedelta(days=13)}
    assert set(windows["window_last_day"]) == {TODAY - timedelta(days=1)}
    assert pipeline.materialized(WINDOW_TOTALS.name) == {str(TODAY)}


def test_uniques_of_the_window_are_not_the_sum_of_its_days(pipeline: Pipeline):
    assert pipeline.run().success
    of_days = pipeline.table("raw_views").filter(pl.col("full_name") == "me/one")["uniques"].sum()
    one = totals(pipeline).filter(pl.col("full_name") == "me/one", pl.col("metric") == "views")
    assert one["uniques"].to_list() == [28]
    assert of_days == 13 * 4


def test_a_window_that_did_not_change_is_a_look_with_totals_like_any_other(pipeline: Pipeline):
    assert pipeline.run().success
    with time_machine.travel(NOW + timedelta(hours=3), tick=False):
        assert pipeline.run().success
    assert pipeline.server.requests[-1].status == 304
    looks = totals(pipeline).group_by("observed_at", maintain_order=True).agg(pl.col("uniques"))
    assert looks["uniques"].to_list() == [[28, 0, 28, 28]] * 2


def test_a_run_of_days_gone_by_keeps_the_totals_of_the_day_it_looked_on(pipeline: Pipeline):
    days = DayRange(TODAY - timedelta(days=5), TODAY - timedelta(days=3))
    assert pipeline.run(days).success
    assert set(totals(pipeline)["day"]) == {TODAY}


def test_a_kill_between_the_rows_and_the_totals_makes_the_next_run_ask_again(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
):
    def killed(*_: object, **__: object) -> None:
        raise SystemExit("killed")

    with monkeypatch.context() as patch:
        patch.setattr(raw_module, "_store_totals", killed)
        pipeline.run()
    rows = pipeline.table("raw_views")
    assert rows.height > 0
    with time_machine.travel(NOW + timedelta(hours=3), tick=False):
        assert pipeline.run().success
    assert 304 not in [seen.status for seen in pipeline.server.requests]
    assert totals(pipeline).height == 4
    assert totals(pipeline).unique(WINDOW_TOTALS.key).height == 4


def test_totals_that_cannot_be_stored_turn_the_run_red_and_hold_golden_up_in_nothing(
    pipeline: Pipeline,
):
    in_the_way = pipeline.home / "store" / "github_traffic" / WINDOW_TOTALS.name / "thesis.docx"
    in_the_way.parent.mkdir(parents=True)
    in_the_way.write_text("years of work")
    result = pipeline.run()
    assert not result.success
    text = failed_checks(result)["golden_views expected_rows_landed"]
    assert "The windows' totals of 2 are not in raw_window_totals" in text
    assert "holds files (thesis.docx)" in text
    assert pipeline.table("golden_views")["repo_id"].n_unique() == 2
    assert in_the_way.read_text() == "years of work"
    in_the_way.unlink()
    with time_machine.travel(NOW + timedelta(hours=3), tick=False):
        assert pipeline.run().success
    assert 304 not in [seen.status for seen in pipeline.server.requests]
    assert totals(pipeline).height == 4


def test_a_repository_in_trouble_has_no_totals_and_harms_no_other(pipeline: Pipeline):
    pipeline.world.fail(pipeline.world.repositories[0], Status(451))
    assert pipeline.run().success
    assert set(totals(pipeline)["full_name"]) == {"me/two"}
