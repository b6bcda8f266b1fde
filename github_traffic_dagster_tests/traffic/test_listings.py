from datetime import UTC, date, datetime, timedelta

from github_traffic_dagster.traffic.answers import Target
from github_traffic_dagster.traffic.listings import latest_listing, listing_frame, targets
from github_traffic_dagster.traffic.tables import REPOS
from github_traffic_dagster_tests.traffic.rows import (
    CREATED_AT,
    DAY,
    noon,
    repos_frame,
    repos_row,
    repository,
)


def after(days: int) -> date:
    return DAY + timedelta(days=days)


def test_a_repository_has_a_row_for_each_day_asked_for() -> None:
    frame = listing_frame([repository()], first_day=after(-3), last_day=after(0))
    assert frame.schema == REPOS.schema
    assert frame["day"].to_list() == [after(n) for n in (-3, -2, -1, 0)]
    assert frame.select("owner", "name", "full_name").unique().rows() == [
        ("octo", "hello", "octo/hello")
    ]


def test_popularity_is_told_only_for_the_day_it_was_seen_on() -> None:
    frame = listing_frame([repository()], first_day=after(-1), last_day=after(1))
    assert frame.select("day", "stargazers", "forks", "open_issues").rows() == [
        (after(-1), None, None, None),
        (after(0), 3, 1, 4),
        (after(1), None, None, None),
    ]


def test_the_day_it_was_seen_on_is_that_of_utc() -> None:
    just_before = datetime(2026, 1, 20, 23, 59, 59, 999_999, tzinfo=UTC)
    found = [repository(observed_at=just_before)]
    frame = listing_frame(found, first_day=after(0), last_day=after(1))
    assert frame["stargazers"].to_list() == [3, None]


def test_a_repository_has_no_row_before_its_creation() -> None:
    created_at = datetime(2026, 1, 19, 23, 59, 59, 999_999, tzinfo=UTC)
    frame = listing_frame(
        [repository(created_at=created_at)], first_day=after(-5), last_day=after(0)
    )
    assert frame["day"].to_list() == [after(-1), after(0)]


def test_a_repository_created_after_the_days_asked_for_has_no_row() -> None:
    frame = listing_frame(
        [repository(created_at=noon(DAY))], first_day=after(-5), last_day=after(-1)
    )
    assert frame.is_empty()
    assert frame.schema == REPOS.schema


def test_rows_are_sorted_by_day_and_repository() -> None:
    found = [repository(repo_id=9, full_name="a/a"), repository()]
    frame = listing_frame(found, first_day=after(-1), last_day=after(0))
    assert frame.select("day", "repo_id").rows() == [
        (after(-1), 7),
        (after(-1), 9),
        (after(0), 7),
        (after(0), 9),
    ]


def test_each_repository_is_a_target_once_by_its_newest_name() -> None:
    listing = repos_frame(
        repos_row(after(0), full_name="octo/renamed", observed_at=noon(after(2))),
        repos_row(after(1), full_name="octo/hello"),
    )
    assert targets(listing.lazy()) == [Target(7, "octo/renamed", CREATED_AT, noon(after(2)))]


def test_two_repositories_that_swapped_names_are_asked_for_by_their_own() -> None:
    listing = repos_frame(
        repos_row(after(0), repo_id=7, full_name="octo/a"),
        repos_row(after(0), repo_id=8, full_name="octo/b"),
        repos_row(after(1), repo_id=7, full_name="octo/b"),
        repos_row(after(1), repo_id=8, full_name="octo/a"),
    )
    found = {target.repo_id: target.full_name for target in targets(listing.lazy())}
    assert found == {7: "octo/b", 8: "octo/a"}


def test_only_repositories_whose_traffic_may_be_read_now_are_targets() -> None:
    listing = repos_frame(
        repos_row(after(0), repo_id=7),
        repos_row(after(1), repo_id=7, traffic_access=False),
        repos_row(after(0), repo_id=8, traffic_access=False),
        repos_row(after(1), repo_id=8, full_name="octo/opened"),
        repos_row(after(1), repo_id=9, traffic_access=False),
    )
    assert [target.repo_id for target in targets(listing.lazy())] == [8]


def test_no_listing_gives_no_targets() -> None:
    assert targets(repos_frame().lazy()) == []


def test_the_latest_listing_holds_who_was_listed_on_its_day_by_the_newest_name() -> None:
    rows = repos_frame(
        repos_row(after(-2), repo_id=1, full_name="octo/old"),
        repos_row(after(0), repo_id=1, full_name="octo/new", traffic_access=False),
        repos_row(after(0), repo_id=2, full_name="octo/late"),
        repos_row(after(-1), repo_id=3, full_name="octo/gone"),
        # Written by the look of today for a day gone by: it says nothing about that day.
        repos_row(after(-9), repo_id=2, full_name="octo/late", observed_at=noon(after(0))),
    )
    found = latest_listing(rows.lazy()).sort("repo_id").collect()
    assert found.rows() == [
        (1, "octo/new", False, after(-2)),
        (2, "octo/late", True, after(0)),
    ]
    assert latest_listing(repos_frame().lazy()).collect().is_empty()
