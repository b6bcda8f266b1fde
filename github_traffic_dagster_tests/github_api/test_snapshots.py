from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from github_traffic_dagster.demo_github.apps import App
from github_traffic_dagster.demo_github.faults import Entries, Status
from github_traffic_dagster.demo_github.popular import (
    PopularPath,
    Referrer,
    Release,
    ReleaseFile,
)
from github_traffic_dagster.github_api.outcomes import Reason
from github_traffic_dagster.github_api.snapshots import collect_snapshots
from github_traffic_dagster.traffic.answers import (
    AssetEntry,
    PathEntry,
    ReferrerEntry,
    Snapshot,
)
from github_traffic_dagster_tests.github_api.conftest import NOON, Scene, by_id

PUBLISHED = datetime(2026, 5, 1, 9, tzinfo=UTC)


def test_each_kind_is_read_as_github_gives_it(scene: Scene, target: Any) -> None:
    repository = scene.repository(
        referrers=[Referrer("Google", 4, 3), Referrer("t.co", 9, 1)],
        paths=[PopularPath("/wiki", "Home", 4, 3)],
        releases=[Release(5, "v1", PUBLISHED, (ReleaseFile(6, "tool.whl", 7),))],
    )
    expected = {
        Snapshot.REFERRERS: (ReferrerEntry("t.co", 9, 1), ReferrerEntry("Google", 4, 3)),
        Snapshot.PATHS: (PathEntry("/octo/hello/wiki", "Home", 4, 3),),
        Snapshot.RELEASES: (AssetEntry(5, "v1", PUBLISHED, 6, "tool.whl", 7),),
    }
    for kind, entries in expected.items():
        (outcome,) = collect_snapshots(scene.conversation(), [target(repository)], kind)
        assert outcome.snapshot
        assert outcome.snapshot.entries == entries
        assert outcome.snapshot.observed_at == NOON


def test_empty_lists_are_answers(scene: Scene, target: Any) -> None:
    repository = scene.repository()
    for kind in Snapshot:
        (outcome,) = collect_snapshots(scene.conversation(), [target(repository)], kind)
        assert outcome.collected
        assert outcome.snapshot
        assert outcome.snapshot.entries == ()


def test_a_release_without_files_is_told_all_the_same(scene: Scene, target: Any) -> None:
    releases = [Release(5, "v2", PUBLISHED), Release(4, "v1", PUBLISHED - timedelta(days=1))]
    repository = scene.repository(releases=releases)
    (outcome,) = collect_snapshots(scene.conversation(), [target(repository)], Snapshot.RELEASES)
    assert outcome.snapshot
    assert outcome.snapshot.entries == (
        AssetEntry(5, "v2", PUBLISHED, None, None, None),
        AssetEntry(4, "v1", PUBLISHED - timedelta(days=1), None, None, None),
    )


def test_releases_are_read_to_their_last_page_a_hundred_at_a_time(
    scene: Scene, target: Any
) -> None:
    releases = [
        Release(number, f"v{number}", PUBLISHED, (ReleaseFile(number, "tool.whl", number),))
        for number in range(1, 251)
    ]
    repository = scene.repository(releases=releases)
    (outcome,) = collect_snapshots(scene.conversation(), [target(repository)], Snapshot.RELEASES)
    assert outcome.snapshot
    files = {entry.asset_id for entry in outcome.snapshot.entries if isinstance(entry, AssetEntry)}
    assert files == set(range(1, 251))
    assert scene.server.count("/repos/octo/hello/releases") == 3


@pytest.mark.parametrize(
    ("kind", "content", "told"),
    [
        (Snapshot.REFERRERS, {"message": "odd"}, "expected a JSON list"),
        (Snapshot.REFERRERS, [{"referrer": "Google", "count": -1, "uniques": 1}], "is negative"),
        (Snapshot.REFERRERS, [{"count": 1, "uniques": 1}], 'usable "referrer"'),
        (Snapshot.PATHS, [{"path": "/a/b", "count": 1, "uniques": 1}], 'usable "title"'),
        (Snapshot.RELEASES, [{"id": 1, "tag_name": "v1"}], 'usable "assets"'),
        (
            Snapshot.RELEASES,
            [{"id": 1, "tag_name": "v1", "published_at": "soon", "assets": []}],
            "no timestamp",
        ),
    ],
)
def test_an_impossible_answer_is_the_repositorys_own_trouble(
    scene: Scene, target: Any, kind: Snapshot, content: Any, told: str
) -> None:
    strange, fine = scene.repository("octo/strange"), scene.repository("octo/fine")
    scene.world.fail(strange, Entries(lambda _: content))
    found = by_id(collect_snapshots(scene.conversation(), [target(strange), target(fine)], kind))
    assert [outcome.reason for outcome in found] == [Reason.BAD_ANSWER, Reason.COLLECTED]
    assert told in found[0].detail


def test_top_lists_need_push_access_and_releases_do_not(scene: Scene, target: Any) -> None:
    repository = scene.repository("stranger/public", push_logins=())
    reasons = {
        kind: next(collect_snapshots(scene.conversation(), [target(repository)], kind)).reason
        for kind in Snapshot
    }
    assert reasons == {
        Snapshot.REFERRERS: Reason.NO_PUSH_ACCESS,
        Snapshot.PATHS: Reason.NO_PUSH_ACCESS,
        Snapshot.RELEASES: Reason.COLLECTED,
    }


def test_a_refusal_names_the_permission_that_the_kind_needs(scene: Scene, target: Any) -> None:
    repository = scene.repository()
    scene.world.fail(repository, Status(403, "Resource not accessible by personal access token"))
    needed = {
        kind: next(collect_snapshots(scene.conversation(), [target(repository)], kind)).detail
        for kind in Snapshot
    }
    assert 'needs "Administration: read" on octo' in needed[Snapshot.REFERRERS]
    assert 'needs "Administration: read" on octo' in needed[Snapshot.PATHS]
    assert 'needs "Contents: read" on octo' in needed[Snapshot.RELEASES]


def test_a_renamed_repository_answers_under_its_old_name_and_a_taken_name_is_refused(
    scene: Scene, target: Any
) -> None:
    repository = scene.repository(paths=[PopularPath("", "Home", 1, 1)])
    just_listed, listed_long_ago = target(repository), target(repository, NOON - timedelta(days=2))
    scene.world.rename(repository, "new")
    (outcome,) = collect_snapshots(scene.conversation(), [just_listed], Snapshot.PATHS)
    assert outcome.snapshot
    assert outcome.snapshot.repo_id == repository.repo_id
    scene.repository("octo/hello")
    (outcome,) = collect_snapshots(scene.conversation(), [listed_long_ago], Snapshot.PATHS)
    assert outcome.reason is Reason.NAME_REUSED


def test_an_app_collects_over_each_accounts_own_installation(
    scene: Scene, target: Any, app: App
) -> None:
    scene.world.install(app, "octo")
    scene.world.install(app, "labs")
    targets = [target(scene.repository(name)) for name in ("octo/one", "labs/two")]
    found = list(collect_snapshots(scene.app_conversation(app), targets, Snapshot.REFERRERS))
    assert all(outcome.collected for outcome in found)
    asked = {seen.account for seen in scene.server.requests if "/popular/" in seen.path}
    assert len(asked) == 2
