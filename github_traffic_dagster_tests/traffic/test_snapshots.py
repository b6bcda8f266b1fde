from datetime import date, timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from github_traffic_dagster.traffic.answers import (
    AssetEntry,
    Metric,
    PathEntry,
    ReferrerEntry,
    Snapshot,
    SnapshotAnswer,
    WindowAnswer,
    WindowTotals,
)
from github_traffic_dagster.traffic.snapshots import (
    downloads_by_day,
    latest_of_each_day,
    latest_of_each_repository,
    path_in_repository,
    snapshot_frame,
    stars_and_forks,
)
from github_traffic_dagster.traffic.tables import SNAPSHOTS
from github_traffic_dagster.traffic.window_totals import window_totals_frame
from github_traffic_dagster_tests.traffic.rows import (
    CREATED_AT,
    DAY,
    noon,
    repos_frame,
    repos_row,
)

KINDS = {
    Snapshot.REFERRERS: ReferrerEntry("Google", 4, 3),
    Snapshot.PATHS: PathEntry("/octo/hello", "octo/hello", 4, 3),
    Snapshot.RELEASES: AssetEntry(5, "v1", None, 6, "tool.whl", 7),
}


def answer(*entries: object, hour: int = 0, repo_id: int = 7) -> SnapshotAnswer:
    observed_at = noon(DAY) + timedelta(hours=hour)
    return SnapshotAnswer(repo_id, "octo/hello", observed_at, entries)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("path", "below"),
    [
        ("/octo/hello", "/"),
        ("/octo/hello/", "/"),
        ("/octo/hello/blob/main/README.md", "/blob/main/README.md"),
        ("/octo/hello?tab=readme-ov-file", "/?tab=readme-ov-file"),
        ("/octo/hello#install", "/#install"),
        ("/octo", "/octo"),
        ("strange", "/strange"),
    ],
)
def test_a_path_loses_the_repositorys_name_and_nothing_else(path: str, below: str) -> None:
    assert path_in_repository(path) == below


@pytest.mark.parametrize(("kind", "entry"), KINDS.items())
def test_entries_keep_their_place_and_an_empty_list_is_a_row_of_rank_zero(
    kind: Snapshot, entry: object
) -> None:
    rows = snapshot_frame([answer(entry, entry), answer(repo_id=8)], kind, day=DAY, run_id="run-1")
    assert rows.schema == SNAPSHOTS[kind].schema
    assert rows.select("repo_id", "rank").rows() == [(7, 1), (7, 2), (8, 0)]
    last = rows.row(2, named=True)
    known = {"repo_id", "full_name", "day", "rank", "observed_at", "run_id"}
    assert {name for name, value in last.items() if value is not None} == known


def test_the_latest_look_of_each_day_counts_whatever_the_order_and_repetition() -> None:
    google, reddit = ReferrerEntry("Google", 4, 3), ReferrerEntry("reddit.com", 1, 1)
    kind = Snapshot.REFERRERS
    looks = [
        snapshot_frame([answer(google, reddit)], kind, day=DAY, run_id="run-1"),
        snapshot_frame([answer(reddit, hour=3)], kind, day=DAY, run_id="run-0"),
        snapshot_frame([answer(google)], kind, day=DAY - timedelta(days=1), run_id="run-2"),
    ]
    expected = looks[2].vstack(looks[1])
    for frames in (looks, looks[::-1], [*looks, looks[0], looks[1]]):
        rows = frames[0].clear()
        for frame in frames:
            rows = rows.vstack(frame)
        assert_frame_equal(latest_of_each_day(rows.lazy()).collect(), expected)
        assert_frame_equal(latest_of_each_repository(rows.lazy()).collect(), looks[1])


def test_the_downloads_of_a_day_are_those_of_its_latest_look_and_gaps_stay_gaps() -> None:
    def look(day: date, run_id: str, *downloads: int | None, hour: int = 0) -> pl.DataFrame:
        files = (
            AssetEntry(1, "v1", noon(DAY), *_file(place, n)) for place, n in enumerate(downloads)
        )
        given = answer(*files, hour=hour)
        return snapshot_frame([given], Snapshot.RELEASES, day=day, run_id=run_id)

    rows = pl.concat(
        [
            look(DAY, "run-1", 3, 4),
            look(DAY, "run-2", 5, 4, hour=2),
            look(DAY + timedelta(days=2), "run-3", 9, hour=48),
            look(DAY + timedelta(days=3), "run-4", None, hour=72),
            look(DAY + timedelta(days=5), "run-5", hour=120),
        ]
    )
    assert downloads_by_day(rows.lazy()).collect().rows() == [
        (7, DAY, 9),
        (7, DAY + timedelta(days=2), 9),
        (7, DAY + timedelta(days=3), 0),
        (7, DAY + timedelta(days=5), 0),
    ]


def _file(place: int, downloads: int | None) -> tuple[int | None, str | None, int | None]:
    return (None, None, None) if downloads is None else (place, f"file-{place}", downloads)


def test_stars_and_forks_know_only_the_days_on_which_somebody_looked() -> None:
    def row(day: date, stars: int | None, **facts: object) -> dict[str, object]:
        return repos_row(day, stargazers=stars, forks=stars, **facts)

    listings = repos_frame(
        row(DAY, 3),
        row(DAY + timedelta(days=1), None),
        row(DAY + timedelta(days=4), 9, full_name="octo/renamed"),
    )
    history = stars_and_forks(listings.lazy()).collect()
    assert history.rows() == [
        (7, "octo/renamed", DAY, 3, 3),
        (7, "octo/renamed", DAY + timedelta(days=4), 9, 9),
    ]


def test_an_answer_without_days_has_totals_all_the_same() -> None:
    quiet = WindowAnswer(7, "octo/hello", CREATED_AT, noon(DAY), (), WindowTotals(0, 0))
    rows = window_totals_frame([quiet], Metric.CLONES, run_id="run-1")
    (row,) = rows.rows(named=True)
    assert (row["day"], row["metric"], row["count"], row["uniques"]) == (DAY, "clones", 0, 0)
    assert row["window_first_day"] == DAY - timedelta(days=13)
    assert row["window_last_day"] == DAY - timedelta(days=3), "later days may not be known yet"
