"""One asset, some days, days gone by: what the UI's materialize button can ask for."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import dagster as dg
import polars as pl
import pytest
import time_machine

from github_traffic_dagster.assets.days import DayRange
from github_traffic_dagster.demo_github.faults import Entries, Status
from github_traffic_dagster.io_manager import table_places
from github_traffic_dagster.store.opening import create_table
from github_traffic_dagster.store.periods import Period
from github_traffic_dagster.traffic.tables import TABLES, TRAFFIC_TABLES
from github_traffic_dagster_tests.pipeline import Pipeline, failure_texts

NOW = datetime(2026, 3, 10, 5, tzinfo=UTC)
TODAY = NOW.date()
TRAFFIC = {TODAY - timedelta(days=age): (10 + age, 2) for age in range(40)}


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def keys(days: DayRange) -> set[str]:
    return {str(day) for day in days}


@pytest.fixture(autouse=True)
def at_a_known_time(pipeline: Pipeline):
    pipeline.add_repository("me/one", TRAFFIC, TRAFFIC)
    pipeline.add_repository("me/two", TRAFFIC, TRAFFIC)
    with time_machine.travel(NOW):
        yield


def test_a_run_of_the_window_materializes_every_day_of_all_five_assets(pipeline: Pipeline):
    assert pipeline.run().success
    for table in TRAFFIC_TABLES:
        assert pipeline.materialized(table.name) == keys(DayRange(ago(14), TODAY))
    golden = pipeline.table("golden_views")
    assert golden.filter(pl.col("day") == ago(5))["count"].to_list() == [15, 15]
    assert golden.filter(pl.col("day") == TODAY)["status"].to_list() == ["partial", "partial"]


@pytest.mark.parametrize("name", ["raw_views", "golden_views"])
def test_each_days_page_previews_the_busiest_repositories_of_that_day(
    pipeline: Pipeline, name: str
):
    for number in range(11):
        day = {ago(5): (100 + number // 2, 1)}
        pipeline.add_repository(f"me/busy-{number:02}", day)
    events = pipeline.run().asset_materializations_for_node(name)
    (event,) = (event for event in events if event.partition == str(ago(5)))
    preview: Any = event.metadata["preview"].value
    records = [record.data for record in preview.records]
    assert [(record["full_name"], record["count"]) for record in records] == [
        ("me/busy-10", 105),
        ("me/busy-08", 104),
        ("me/busy-09", 104),
        ("me/busy-06", 103),
        ("me/busy-07", 103),
        ("me/busy-04", 102),
        ("me/busy-05", 102),
        ("me/busy-02", 101),
        ("me/busy-03", 101),
        ("me/busy-00", 100),
    ]


def test_a_single_day_stores_that_day_alone(pipeline: Pipeline):
    assert pipeline.run(DayRange(ago(3), ago(3))).success
    assert set(pipeline.table("raw_views")["day"]) == {ago(3)}
    assert pipeline.materialized("golden_clones") == {str(ago(3))}


def test_a_range_costs_one_call_per_repository_and_metric(pipeline: Pipeline):
    assert pipeline.run().success
    assert pipeline.server.count("/repos/me/one/traffic/views") == 1
    assert pipeline.server.count("/repos/me/one/traffic/clones") == 1


def test_days_github_no_longer_serves_fail_by_name_and_the_served_ones_are_kept(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("GITHUB_TRAFFIC_START_DATE", str(ago(60)))
    assert pipeline.run(DayRange(ago(5), ago(2))).success
    before = pipeline.table("raw_views")

    result = pipeline.run(DayRange(ago(30), ago(2)))

    assert not result.success
    text = failure_texts(result)["raw_views"]
    assert f"{ago(30)}...{ago(15)}" in text
    assert f"{ago(14)}...{ago(2)} were stored" in text
    # (the simulated window holds 14 days: its fifteenth has no entry, but was asked for)
    assert pipeline.materialized("raw_views") == keys(DayRange(ago(14), ago(2)))
    after = pipeline.table("raw_views")
    assert before.join(after, on=before.columns, how="anti").is_empty()
    assert after.filter(pl.col("day") < ago(14)).is_empty()
    assert pipeline.run(DayRange(ago(14), ago(2)), assets=["golden_views"]).success


def test_a_table_that_cannot_be_written_is_told_in_its_own_words_for_partly_served_days_too(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("GITHUB_TRAFFIC_START_DATE", str(ago(60)))
    in_the_way = pipeline.home / "store" / "github_traffic" / "raw_views" / "thesis.docx"
    in_the_way.parent.mkdir(parents=True)
    in_the_way.write_text("years of work")
    text = failure_texts(pipeline.run(DayRange(ago(30), ago(2))))["raw_views"]
    assert text.startswith(f"The folder {in_the_way.parent} holds files (thesis.docx)")
    assert pipeline.materialized("raw_views") == set()


def test_a_range_that_is_gone_altogether_asks_github_for_no_traffic(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("GITHUB_TRAFFIC_START_DATE", str(ago(60)))
    result = pipeline.run(DayRange(ago(40), ago(30)))
    assert not result.success
    assert "no longer serves" in failure_texts(result)["raw_clones"]
    assert pipeline.server.count("/repos/me/one/traffic") == 0
    assert pipeline.materialized("raw_views") == set()


def test_golden_can_be_rebuilt_from_raw_at_any_age(pipeline: Pipeline):
    assert pipeline.run().success
    before = pipeline.table("golden_views").sort("repo_id", "day")
    calls = len(pipeline.server.requests)
    with time_machine.travel(NOW + timedelta(days=400)):
        result = pipeline.run(DayRange(ago(14), TODAY), assets=["golden_views"])
    assert result.success
    assert len(pipeline.server.requests) == calls
    assert pipeline.table("golden_views").sort("repo_id", "day").equals(before)


def test_golden_alone_names_the_asset_and_the_days_to_materialize_first(pipeline: Pipeline):
    assert pipeline.run(DayRange(ago(4), ago(3))).success
    result = pipeline.run(DayRange(ago(6), ago(2)), assets=["golden_views"])
    assert not result.success
    text = failure_texts(result)["golden_views"]
    assert f"raw_views has no data for {ago(6)}...{ago(5)}, {ago(2)}" in text
    assert "Materialize raw_views" in text


def test_raw_alone_before_anything_else_asks_for_repos(pipeline: Pipeline):
    result = pipeline.run(DayRange(ago(1), TODAY), assets=["raw_clones"])
    assert not result.success
    assert "Materialize repos" in failure_texts(result)["raw_clones"]


def test_a_new_dagster_instance_over_an_old_store_can_build_golden(
    pipeline: Pipeline, tmp_path_factory: pytest.TempPathFactory
):
    assert pipeline.run().success
    with dg.instance_for_test() as fresh:
        old, pipeline.instance = pipeline.instance, fresh
        try:
            # The oldest day has no row: only Dagster could have said that it was looked at.
            assert pipeline.run(DayRange(ago(13), ago(1)), assets=["golden_views"]).success
        finally:
            pipeline.instance = old


def test_when_nothing_can_be_collected_the_run_fails_and_stores_nothing(pipeline: Pipeline):
    for repository in pipeline.world.repositories:
        pipeline.world.fail(
            repository, Status(403, "Resource not accessible by personal access token")
        )
    result = pipeline.run()
    assert not result.success
    text = failure_texts(result)["raw_views"]
    assert "None of 2 repositories" in text
    assert "Administration: read" in text
    assert pipeline.materialized("raw_views") == set()


def test_one_repository_in_trouble_is_listed_and_the_run_is_green(pipeline: Pipeline):
    pipeline.world.fail(pipeline.world.repositories[0], Status(451))
    result = pipeline.run()
    assert result.success
    (event,) = [
        e
        for e in result.asset_materializations_for_node("raw_views")
        if e.asset_key == dg.AssetKey("raw_views") and e.partition == str(TODAY)
    ]
    outcomes: Any = event.metadata["outcomes"].value
    assert outcomes["collected"] == 1
    assert outcomes["missed"][0]["reason"] == "blocked for legal reasons"
    assert set(pipeline.table("golden_views")["full_name"]) == {"me/two"}


def test_an_outage_of_many_repositories_is_red_and_what_landed_is_golden(pipeline: Pipeline):
    for number in range(4):
        pipeline.add_repository(f"me/more-{number}", TRAFFIC, TRAFFIC)
    for repository in pipeline.world.repositories[:3]:
        pipeline.world.fail(repository, Entries(lambda answer: answer | {"views": "none"}))
    result = pipeline.run()
    assert not result.success
    assert pipeline.table("golden_views")["repo_id"].n_unique() == 3
    failed = [
        check.check_name for check in result.get_asset_check_evaluations() if not check.passed
    ]
    assert "expected_rows_landed" in failed


def test_a_bad_token_stops_the_run_at_the_first_call(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_wrong")
    result = pipeline.run()
    assert not result.success
    assert "GITHUB_TOKEN" in failure_texts(result)["repos"]
    assert len(pipeline.server.requests) == 1


def test_an_empty_token_says_what_to_set(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GITHUB_TOKEN", "")
    result = pipeline.run()
    assert "GITHUB_TOKEN is empty" in failure_texts(result)["repos"]


def test_a_token_without_any_repository_to_push_to_is_not_green(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("GITHUB_TRAFFIC_EXCLUDE", "me/*")
    result = pipeline.run()
    assert not result.success
    assert "2 x excluded by a pattern" in failure_texts(result)["repos"]


def test_a_token_that_expires_soon_is_warned_about_with_the_last_safe_day(pipeline: Pipeline):
    pipeline.world.add_token("ghp_theSecretOfTheTests0123456789abcdef", "me", NOW + timedelta(4))
    result = pipeline.run()
    assert result.success
    (check,) = [c for c in result.get_asset_check_evaluations() if c.check_name == "token_expiry"]
    assert not check.passed
    # Last look on the day before it expires; from then on ten days are safe.
    assert str(TODAY + timedelta(days=4 - 1 + 10)) in str(check.description)


def test_a_foreign_folder_at_a_tables_place_is_refused_untouched(
    pipeline: Pipeline,
):
    place = pipeline.home / "store" / "github_traffic" / "repos"
    place.mkdir(parents=True)
    (place / "holiday.jpg").write_bytes(b"beach")
    before = pipeline.files()
    result = pipeline.run()
    assert not result.success
    assert "holiday.jpg" in failure_texts(result)["repos"]
    assert pipeline.files() == before


def test_loading_a_range_opens_no_other_month(pipeline: Pipeline):
    for name, place in table_places(str(pipeline.home / "store")).items():
        create_table(place, TABLES[name], Period.MONTH)
    assert pipeline.run(DayRange(ago(12), TODAY)).success  # 26 February to 10 March
    for path in (pipeline.home / "store").rglob("raw_views/period=2026-02-01/*.parquet"):
        path.write_bytes(b"broken")
    assert pipeline.run(DayRange(date(2026, 3, 1), TODAY), assets=["golden_views"]).success
    assert not pipeline.run(DayRange(ago(12), TODAY), assets=["golden_views"]).success


def test_midnight_during_a_run_costs_no_day(pipeline: Pipeline):
    """Asked for before midnight, fetched after it: the oldest day is no failure, today no lie."""
    late = datetime(2026, 3, 10, 23, 59, 59, 500000, tzinfo=UTC)
    with time_machine.travel(late, tick=True):
        definitions = pipeline.definitions()
        pipeline.server.latency = 0.3
        result = pipeline.run(DayRange(ago(14), TODAY), definitions=definitions)
    assert result.success
    golden = pipeline.table("golden_views")
    assert golden["last_observed_at"].max() > datetime(2026, 3, 11, tzinfo=UTC)  # type: ignore[operator]
    assert golden["day"].max() == TODAY
    assert golden.filter(pl.col("day") == TODAY)["count"].to_list() == [10, 10]
