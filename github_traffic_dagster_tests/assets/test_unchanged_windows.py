"""Runs that ask GitHub what changed: every look is stored, and nothing is skipped too early."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
import time_machine

from github_traffic_dagster.assets import raw as raw_module
from github_traffic_dagster.assets.days import DayRange
from github_traffic_dagster.errors import StoreError
from github_traffic_dagster_tests.pipeline import Pipeline

NOW = datetime(2026, 3, 10, 5, tzinfo=UTC)
LATER = NOW + timedelta(hours=3)
TODAY = NOW.date()
TRAFFIC = {TODAY + timedelta(days=offset): (30, 4) for offset in range(-20, 0)}
REPOSITORIES = 5


@pytest.fixture(autouse=True)
def repositories(pipeline: Pipeline) -> Iterator[None]:
    for number in range(REPOSITORIES - 1):
        pipeline.add_repository(f"me/r{number}", TRAFFIC, TRAFFIC)
    pipeline.add_repository("me/quiet")
    with time_machine.travel(NOW, tick=False):
        yield


def traffic_statuses(pipeline: Pipeline) -> list[int]:
    return [seen.status for seen in pipeline.server.requests if "/traffic/" in seen.path]


def rows_of(pipeline: Pipeline, table: str, look: datetime) -> pl.DataFrame:
    found = pipeline.table(table).filter(pl.col("observed_at") == look)
    return found.select("repo_id", "day", "count", "uniques", "source").sort("repo_id", "day")


def test_a_second_run_the_same_day_is_free_and_stores_every_look(pipeline: Pipeline):
    assert pipeline.run().success
    with time_machine.travel(LATER, tick=False):
        assert pipeline.run().success
    assert traffic_statuses(pipeline) == [200] * 2 * REPOSITORIES + [304] * 2 * REPOSITORIES
    for table in ("raw_views", "raw_clones"):
        assert rows_of(pipeline, table, LATER).equals(rows_of(pipeline, table, NOW))


def test_a_quiet_repository_settles_though_its_answer_never_changes(pipeline: Pipeline):
    """Its body is the same every day, and yet each look proves one day more to be zero."""
    for days in range(6):
        with time_machine.travel(NOW + timedelta(days=days), tick=False):
            assert pipeline.run().success
    golden = pipeline.table("golden_views").filter(pl.col("full_name") == "me/quiet")
    complete = golden.filter(pl.col("status") == "complete")
    assert complete["day"].max() == TODAY + timedelta(days=5 - 3)


def test_rows_that_could_not_be_stored_are_asked_for_again(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
):
    """Whatever dies before the rows are in the table leaves nothing that would skip them."""

    def full(*_: object, **__: object) -> None:
        raise StoreError("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr("github_traffic_dagster.io_manager.append", full)
        assert not pipeline.run().success
    with time_machine.travel(LATER, tick=False):
        assert pipeline.run().success
    assert 304 not in traffic_statuses(pipeline)
    assert pipeline.table("golden_views")["repo_id"].n_unique() == REPOSITORIES


def test_a_run_that_dies_between_the_rows_and_the_memory_loses_nothing(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
):
    def killed(*_: object, **__: object) -> None:
        raise SystemExit("killed")

    with monkeypatch.context() as patch:
        patch.setattr(raw_module, "remember_latest_answers", killed)
        pipeline.run()
    assert rows_of(pipeline, "raw_views", NOW).height == pipeline.table("raw_views").height > 0
    with time_machine.travel(LATER, tick=False):
        assert pipeline.run().success
    assert rows_of(pipeline, "raw_views", LATER).equals(rows_of(pipeline, "raw_views", NOW))
    assert 304 not in traffic_statuses(pipeline)


def test_a_raw_table_lost_by_hand_is_filled_again_although_nothing_changed(pipeline: Pipeline):
    assert pipeline.run().success
    before = rows_of(pipeline, "raw_views", NOW)
    shutil.rmtree(pipeline.home / "store" / "github_traffic" / "raw_views")
    with time_machine.travel(LATER, tick=False):
        assert pipeline.run().success
    assert traffic_statuses(pipeline)[-1] == 304
    assert rows_of(pipeline, "raw_views", LATER).equals(before)


def test_a_memory_that_cannot_be_written_is_a_warning_and_the_rows_are_there(pipeline: Pipeline):
    memory = pipeline.home / "store" / "github_traffic" / "_latest_answers"
    memory.mkdir(parents=True)
    (memory / "views.parquet").mkdir()
    result = pipeline.run()
    assert rows_of(pipeline, "raw_views", NOW).height > 0
    assert result.success


def test_a_run_of_some_days_remembers_nothing(pipeline: Pipeline):
    """Its other days were seen and not stored: the next whole run must not wait for its turn."""
    pipeline.run()
    memory = pipeline.home / "store" / "github_traffic" / "_latest_answers" / "views.parquet"
    before = memory.read_bytes()
    with time_machine.travel(LATER, tick=False):
        assert pipeline.run(DayRange(TODAY, TODAY)).success
    assert memory.read_bytes() == before
