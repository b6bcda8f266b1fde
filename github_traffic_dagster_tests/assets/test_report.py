"""The asset `report`: there where it has a place, after the daily run, and never in its way."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
import time_machine

from github_traffic_dagster.demo_github.popular import Referrer
from github_traffic_dagster_tests.pipeline import Pipeline, failure_texts

NOW = datetime(2026, 3, 10, 5, tzinfo=UTC)
TRAFFIC = {NOW.date() + timedelta(days=offset): (30, 4) for offset in range(-20, 1)}


@pytest.fixture
def site(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> Path:
    pipeline.add_repository("me/one", TRAFFIC, TRAFFIC)
    folder = pipeline.home / "site"
    monkeypatch.setenv("GITHUB_TRAFFIC_REPORT", str(folder))
    return folder


def test_without_a_place_it_is_not_in_the_graph(pipeline: Pipeline):
    with time_machine.travel(NOW):
        graph = pipeline.definitions().resolve_asset_graph()
    assert dg.AssetKey("report") not in graph.get_all_asset_keys()


def test_the_daily_run_ends_with_the_report(pipeline: Pipeline, site: Path):
    with time_machine.travel(NOW):
        graph = pipeline.definitions().resolve_asset_graph()
        result = pipeline.scheduled_run(NOW)
    assert result.success
    report = graph.get(dg.AssetKey("report"))
    assert report.group_name == "report"
    assert {key.to_user_string() for key in report.parent_keys} == {
        "repos",
        "golden_views",
        "golden_clones",
        "raw_window_totals",
    }
    page = (site / "index.html").read_text()
    assert f"{pipeline.table('golden_views')['count'].sum():,}" in page
    assert (site / "badges" / "me" / "one" / "views.json").exists()
    written = [
        event.materialization
        for event in result.get_asset_materialization_events()
        if event.asset_key == dg.AssetKey("report")
    ]
    assert len(written) == 1
    assert written[0].metadata["badges"].value == 4
    assert written[0].metadata["page"].value == f"{site}/index.html"


def test_the_report_has_the_snapshots_that_are_there_and_waits_for_none(
    pipeline: Pipeline, site: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("GITHUB_TRAFFIC_SNAPSHOTS", "referrers,releases")
    [repository] = pipeline.world.repositories
    repository.referrers = [Referrer("news.example.org", 40, 12)]
    with time_machine.travel(NOW):
        assert pipeline.run().success
        page = (site / "index.html").read_text()
        totals = pipeline.table("raw_window_totals").filter(metric="views")
        assert f"Views in two weeks: {totals['count'].item()} by" in page
        assert "news.example.org" not in page
        assert pipeline.snapshots().success
    with time_machine.travel(NOW + timedelta(days=1)):
        graph = pipeline.definitions().resolve_asset_graph()
        assert pipeline.run().success
    page = (site / "index.html").read_text()
    assert "news.example.org" in page
    assert "Referrers, of the two weeks until 2026-03-10" in page
    parents = graph.get(dg.AssetKey("report")).parent_keys
    assert {dg.AssetKey("raw_referrers"), dg.AssetKey("raw_release_downloads")} < parents


def test_a_report_that_cannot_be_written_fails_alone_in_plain_words(pipeline: Pipeline, site: Path):
    site.write_text("a file where the folder should be")
    with time_machine.travel(NOW):
        result = pipeline.run()
    assert not result.success
    assert list(failure_texts(result)) == ["report"]
    text = failure_texts(result)["report"]
    assert str(site) in text
    assert "Traceback" not in text
    assert pipeline.table("golden_views").height > 0
    assert "2026-03-10" in pipeline.materialized("golden_views")


def test_events_and_privacy_are_settings(
    pipeline: Pipeline, site: Path, monkeypatch: pytest.MonkeyPatch
):
    pipeline.add_repository("me/hidden", TRAFFIC).private = True
    events = pipeline.home / "events.csv"
    events.write_text("date,repository,text\n2026-03-01,me/one,Version 3\n")
    monkeypatch.setenv("GITHUB_TRAFFIC_REPORT_EVENTS", str(events))
    monkeypatch.setenv("GITHUB_TRAFFIC_REPORT_PRIVATE", "nowhere")
    with time_machine.travel(NOW):
        assert pipeline.run().success
        page = (site / "index.html").read_text()
        assert "Version 3" in page
        assert "me/hidden" not in page
        events.write_text("nonsense\n")
        failed = pipeline.run(assets=["report"])
    assert "heading" in failure_texts(failed)["report"]
    assert (site / "index.html").read_text() == page
