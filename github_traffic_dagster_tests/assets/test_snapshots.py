"""What GitHub shows only today, through the whole pipeline: a real server, tables and instance."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import dagster as dg
import polars as pl
import pytest
import time_machine

from github_traffic_dagster.assets.days import DayRange
from github_traffic_dagster.demo_github.faults import Entries, Status
from github_traffic_dagster.demo_github.popular import (
    PopularPath,
    Referrer,
    Release,
    ReleaseFile,
)
from github_traffic_dagster.demo_github.repository import SimulatedRepository
from github_traffic_dagster.errors import StoreError
from github_traffic_dagster.io_manager import TrafficStore
from github_traffic_dagster.traffic.answers import Snapshot
from github_traffic_dagster.traffic.snapshots import latest_of_each_day, stars_and_forks
from github_traffic_dagster.traffic.tables import REPOS, SNAPSHOTS
from github_traffic_dagster_tests.pipeline import Pipeline, failure_texts

NOW = datetime(2026, 3, 10, 5, tzinfo=UTC)
TODAY = NOW.date()
TRAFFIC = {TODAY - timedelta(days=age): (10 + age, 2) for age in range(40)}
KINDS = ("referrers", "paths", "releases")


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def asked_for(pipeline: Pipeline, kind: str) -> int:
    return sum(seen.path.endswith(f"/{kind}") for seen in pipeline.server.requests)


def with_lists(pipeline: Pipeline, full_name: str) -> SimulatedRepository:
    repository = pipeline.add_repository(full_name, TRAFFIC, TRAFFIC)
    repository.referrers = lambda day: [
        Referrer("Google", 40 + day.day, 12),
        Referrer("reddit.com", 9, 4),
    ]
    repository.paths = [
        PopularPath("", full_name, 30, 11),
        PopularPath("/blob/main/README.md", "README", 8, 5),
    ]
    repository.releases = [
        Release(
            501,
            "v1.0",
            datetime(2026, 1, 5, 9, tzinfo=UTC),
            (
                ReleaseFile(9001, "tool.tar.gz", lambda moment: (moment.date() - ago(30)).days),
                ReleaseFile(9002, "tool.whl", 7),
            ),
        )
    ]
    return repository


@pytest.fixture(autouse=True)
def repositories(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("GITHUB_TRAFFIC_SNAPSHOTS", ",".join(KINDS))
    with_lists(pipeline, "me/one")
    pipeline.add_repository("me/quiet")
    with time_machine.travel(NOW, tick=False):
        yield


def test_each_entry_is_a_row_and_an_empty_list_is_known_to_be_empty(pipeline: Pipeline):
    assert pipeline.snapshots().success
    referrers = pipeline.table("raw_referrers").sort("repo_id", "rank")
    shown = referrers.select("full_name", "day", "rank", "referrer", "count", "uniques")
    assert shown.rows() == [
        ("me/one", TODAY, 1, "Google", 50, 12),
        ("me/one", TODAY, 2, "reddit.com", 9, 4),
        ("me/quiet", TODAY, 0, None, None, None),
    ]
    paths = pipeline.table("raw_paths").filter(pl.col("rank") > 0).sort("rank")
    assert paths["path"].to_list() == ["/me/one", "/me/one/blob/main/README.md"]
    assert paths["path_in_repository"].to_list() == ["/", "/blob/main/README.md"]
    files = pipeline.table("raw_release_downloads").filter(pl.col("rank") > 0).sort("rank")
    assert files["asset_name"].to_list() == ["tool.tar.gz", "tool.whl"]
    assert files["downloads"].to_list() == [30, 7]
    assert set(files["tag"]) == {"v1.0"}
    for table in SNAPSHOTS.values():
        assert pipeline.materialized(table.name) == {str(TODAY)}


def test_a_snapshot_costs_a_request_a_repository_and_what_is_off_costs_none(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("GITHUB_TRAFFIC_SNAPSHOTS", "paths")
    assert pipeline.snapshots().success
    assert [asked_for(pipeline, kind) for kind in KINDS] == [0, 2, 0]
    monkeypatch.setenv("GITHUB_TRAFFIC_SNAPSHOTS", "")
    assert pipeline.run().success
    assert [asked_for(pipeline, kind) for kind in KINDS] == [0, 2, 0]


def test_the_daily_collection_takes_no_snapshot_also_when_they_are_on(pipeline: Pipeline):
    assert pipeline.run().success
    assert [asked_for(pipeline, kind) for kind in KINDS] == [0, 0, 0]
    assert pipeline.materialized("raw_referrers") == set()


def test_another_day_than_today_fails_in_plain_words_and_asks_github_nothing(pipeline: Pipeline):
    result = pipeline.snapshots(DayRange(ago(4), ago(1)))
    assert not result.success
    text = failure_texts(result)["raw_referrers"]
    assert text.startswith(f"raw_referrers can only be collected for today ({TODAY})")
    assert f"{ago(4)}...{ago(1)} stay unmaterialized" in text
    assert [asked_for(pipeline, kind) for kind in KINDS] == [0, 0, 0]
    assert pipeline.materialized("raw_referrers") == set()


def test_of_a_range_only_today_is_stored_and_marked(pipeline: Pipeline):
    result = pipeline.snapshots(DayRange(ago(4), TODAY))
    assert not result.success
    text = failure_texts(result)["raw_paths"]
    assert f"{ago(4)}...{ago(1)} stay unmaterialized" in text
    assert f"{TODAY} was stored and is materialized" in text
    assert pipeline.materialized("raw_paths") == {str(TODAY)}
    assert set(pipeline.table("raw_paths")["day"]) == {TODAY}


def test_of_several_looks_a_day_all_are_kept_and_the_latest_is_the_days(pipeline: Pipeline):
    assert pipeline.snapshots().success
    pipeline.world.repositories[0].referrers = []
    with time_machine.travel(NOW + timedelta(hours=6), tick=False):
        assert pipeline.snapshots().success
    stored = pipeline.table("raw_referrers").filter(pl.col("full_name") == "me/one")
    assert sorted(stored["rank"]) == [0, 1, 2]
    latest = latest_of_each_day(stored.lazy()).collect()
    assert latest["rank"].to_list() == [0], "the day ended with an empty list"


def test_a_day_without_a_look_is_a_gap_that_nothing_fills(pipeline: Pipeline):
    for days in (0, 1, 4):
        with time_machine.travel(NOW + timedelta(days=days), tick=False):
            assert pipeline.snapshots().success
    seen = pipeline.table("raw_release_downloads").filter(pl.col("asset_id") == 9001).sort("day")
    assert seen.select("day", "downloads").rows() == [(TODAY, 30), (ago(-1), 31), (ago(-4), 34)]
    assert pipeline.materialized("raw_paths") == {str(TODAY), str(ago(-1)), str(ago(-4))}


def test_stars_and_forks_come_from_the_days_on_which_the_list_was_read(pipeline: Pipeline):
    pipeline.world.repositories[0].stargazers = 5
    assert pipeline.run().success
    pipeline.world.repositories[0].stargazers = 8
    with time_machine.travel(NOW + timedelta(days=3), tick=False):
        assert pipeline.run().success
    store = TrafficStore(root_uri=str(pipeline.home / "store"))
    history = stars_and_forks(store.scan(REPOS)).filter(pl.col("full_name") == "me/one").collect()
    assert history.select("day", "stars").rows() == [(TODAY, 5), (ago(-3), 8)]


def test_pages_of_a_renamed_repository_are_joined_by_its_id_and_path(pipeline: Pipeline):
    assert pipeline.snapshots().success
    renamed = pipeline.world.repositories[0]
    pipeline.world.rename(renamed, "new")
    # Visits of the days before keep the name of their time.
    renamed.paths = [
        PopularPath("/blob/main/README.md", "README", 20, 9, visited_as="me/one"),
        PopularPath("/blob/main/README.md", "README", 3, 2),
    ]
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        assert pipeline.snapshots().success
    rows = pipeline.table("raw_paths").filter(pl.col("repo_id") == renamed.repo_id)
    readme = rows.filter(pl.col("path_in_repository") == "/blob/main/README.md").sort("day", "rank")
    assert readme.select("full_name", "path").rows() == [
        ("me/one", "/me/one/blob/main/README.md"),
        ("me/new", "/me/one/blob/main/README.md"),
        ("me/new", "/me/new/blob/main/README.md"),
    ]


def test_a_repository_in_trouble_harms_no_other_and_is_named(pipeline: Pipeline):
    for number in range(10):
        with_lists(pipeline, f"me/more-{number}")
    pipeline.world.fail(pipeline.world.repositories[0], Status(451))
    result = pipeline.snapshots()
    assert result.success
    assert pipeline.table("raw_referrers")["repo_id"].n_unique() == 11
    told = {
        check.check_name: check.description
        for check in result.get_asset_check_evaluations()
        if not check.passed and check.asset_key == dg.AssetKey("raw_referrers")
    }
    assert set(told) == {"snapshot_landed"}
    assert "me/one (blocked for legal reasons)" in str(told["snapshot_landed"])


def test_releases_that_the_token_may_not_read_name_the_permission_they_need(pipeline: Pipeline):
    fault = Status(403, "Resource not accessible by personal access token")
    for repository in pipeline.world.repositories:
        pipeline.world.fail(f"/repos/{repository.full_name}/releases", fault)
    result = pipeline.snapshots()
    assert not result.success
    (step, text), *others = failure_texts(result).items()
    assert (step, others) == ("raw_release_downloads", [])
    assert 'needs "Contents: read" on me' in text
    assert (
        pipeline.materialized("raw_referrers") == pipeline.materialized("raw_paths") == {str(TODAY)}
    )


def test_an_outage_of_many_repositories_is_red_and_what_was_seen_is_kept(pipeline: Pipeline):
    for number in range(4):
        with_lists(pipeline, f"me/more-{number}")
    for repository in pipeline.world.repositories[:3]:
        pipeline.world.fail(repository, Entries(lambda answer: {"not": "a list"}))
    result = pipeline.snapshots()
    assert not result.success
    assert pipeline.table("raw_paths")["repo_id"].n_unique() == 3


def test_rows_that_could_not_be_stored_are_seen_again_by_the_next_run_once(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
):
    def full(*_: object, **__: object) -> None:
        raise StoreError("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr("github_traffic_dagster.io_manager.append", full)
        assert not pipeline.snapshots().success
    assert pipeline.materialized("raw_referrers") == set()
    assert pipeline.snapshots().success
    stored = pipeline.table("raw_referrers")
    assert stored.height == 3
    assert stored.unique(SNAPSHOTS[Snapshot.REFERRERS].key).height == 3


def test_a_run_that_dies_after_its_rows_are_committed_doubles_nothing(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
):
    """The commit is there, Dagster knows nothing of it: the next run is another look."""

    def killed(*_: object, **__: object) -> None:
        raise SystemExit("killed")

    with monkeypatch.context() as patch:
        patch.setattr("github_traffic_dagster.io_manager.maintain", killed)
        pipeline.snapshots()
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        assert pipeline.snapshots().success
    stored = pipeline.table("raw_referrers")
    assert latest_of_each_day(stored.lazy()).collect().height == 3
    assert stored.unique(SNAPSHOTS[Snapshot.REFERRERS].key).height == stored.height


def test_a_small_budget_takes_those_never_seen_first_and_then_the_oldest_looks(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("GITHUB_TRAFFIC_SNAPSHOTS", "paths")
    for number in range(4):
        with_lists(pipeline, f"me/more-{number}")
    # A page of the list, two proofs of the token, and two looks.
    monkeypatch.setenv("GITHUB_TRAFFIC_CALL_BUDGET", "5")
    for days in range(3):
        with time_machine.travel(NOW + timedelta(days=days), tick=False):
            assert pipeline.snapshots().success
    assert asked_for(pipeline, "paths") == 6
    assert pipeline.table("raw_paths")["repo_id"].n_unique() == 6


def test_midnight_before_the_look_leaves_the_snapshot_with_the_day_of_the_run(pipeline: Pipeline):
    late = datetime(2026, 3, 10, 23, 59, 59, 500000, tzinfo=UTC)
    with time_machine.travel(late, tick=True):
        definitions = pipeline.definitions()
        pipeline.server.latency = 0.3
        day = DayRange(TODAY, TODAY)
        result = pipeline.run(day, definitions=definitions, job="collect_snapshots")
    assert result.success
    stored = pipeline.table("raw_paths")
    assert set(stored["day"]) == {TODAY}
    assert stored["observed_at"].min() >= datetime(2026, 3, 11, tzinfo=UTC)  # type: ignore[operator]
