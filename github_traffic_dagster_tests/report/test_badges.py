"""Badges have the form that badge services ask for, and say when a number is too small."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from github_traffic_dagster.report.badges import badges, message
from github_traffic_dagster.report.reading import Scope
from github_traffic_dagster.report.settings import Private
from github_traffic_dagster_tests.report.histories import LOOKS, History, write_by_hand
from github_traffic_dagster_tests.traffic.rows import DAY, golden_row, noon, repos_row

NOW = LOOKS[-1]


def badges_of(history: History, private: Private = Private.PAGE) -> dict[str, dict[str, object]]:
    report = history.report(NOW, Scope(private=private))
    return {file.path: json.loads(file.content) for file in badges(report.public)}


def days_of(count: int, *ages: int, **facts: object) -> list[dict[str, object]]:
    return [golden_row(DAY + timedelta(days=age), count=count, **facts) for age in ages]


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1k"),
        (1099, "1k"),
        (1999, "1.9k"),
        (9999, "9.9k"),
        (10_999, "10k"),
        (999_999, "999k"),
        (1_250_000, "1.2M"),
        (3_000_000_000, "3G"),
    ],
)
def test_numbers_are_rounded_down(count: int, shown: str):
    assert message(count, short=False) == shown
    assert message(count, short=True) == f"{shown}+"


def test_a_badge_has_the_form_of_an_endpoint_badge(history: History):
    for badge in badges_of(history).values():
        assert badge.keys() == {"schemaVersion", "label", "message", "color", "cacheSeconds"}
        assert badge["schemaVersion"] == 1
        assert badge["label"] in {"views", "clones"}
        assert badge["message"]


def test_public_repositories_have_badges_and_private_ones_when_asked(history: History):
    public = badges_of(history)
    everywhere = badges_of(history, Private.EVERYWHERE)
    names = {path.removeprefix("badges/").removesuffix("/views.json") for path in public}
    assert {"me/alpha", "me/beta-docs", "me/quiet", "views.json"} < names
    assert not [path for path in public if "hidden" in path]
    assert "badges/me/hidden/clones.json" in everywhere
    assert public["badges/views.json"] != everywhere["badges/views.json"]


def test_a_total_that_lacks_days_is_a_lower_bound(tmp_path: Path):
    whole = days_of(400, 0, 1, 2, status="complete")
    listed = [repos_row(DAY + timedelta(days=age)) for age in range(3)]
    assert message_of(tmp_path / "whole", whole, listed) == "1.2k"
    assert message_of(tmp_path / "lost", [whole[0], whole[2]], listed) == "800+"
    partial = [whole[0], whole[1] | {"status": "partial"}, whole[2]]
    assert message_of(tmp_path / "partial", partial, listed) == "1.2k+"


def test_the_day_a_history_begins_with_is_no_missing_one(tmp_path: Path):
    rows = [*days_of(400, 0, status="partial"), *days_of(400, 1, status="complete")]
    assert message_of(tmp_path, rows, [repos_row()]) == "800"


def test_days_that_have_not_settled_yet_are_no_missing_ones(tmp_path: Path):
    today = NOW.date()
    rows = [
        golden_row(
            today - timedelta(days=age), count=100, status="partial" if age < 3 else "complete"
        )
        for age in range(6)
    ]
    assert message_of(tmp_path, rows, [repos_row(today)]) == "600"


def test_nothing_known_is_not_zero(tmp_path: Path):
    today = NOW.date()
    assert message_of(tmp_path, [], [repos_row(today)]) == "unknown"


def test_a_repository_that_no_list_names_is_not_public(tmp_path: Path):
    history = write_by_hand(tmp_path, views=days_of(4, 0))
    assert badges_of(history).keys() == {"badges/views.json", "badges/clones.json"}


def test_a_repository_made_private_is_private_for_all_its_days(tmp_path: Path):
    listed = [repos_row(), repos_row(DAY + timedelta(days=1), private=True)]
    history = write_by_hand(tmp_path, views=days_of(4, 0), repos=listed)
    assert badges_of(history).keys() == {"badges/views.json", "badges/clones.json"}


def test_no_name_leads_out_of_the_folder_or_out_of_a_path(tmp_path: Path):
    views, listed = [], []
    for repo_id, name in enumerate(["../..", "a/../../b", "o/n?x#y", "o/.", "o/%2e"]):
        views += days_of(4, 0, repo_id=repo_id, full_name=name)
        listed.append(repos_row(repo_id=repo_id, full_name=name))
    paths = {
        p
        for p in badges_of(write_by_hand(tmp_path, views=views, repos=listed))
        if "views.json" in p
    }
    assert paths == {
        "badges/views.json",
        "badges/%2E%2E/%2E%2E/views.json",
        "badges/a/..%2F..%2Fb/views.json",
        "badges/o/n%3Fx%23y/views.json",
        "badges/o/%2E/views.json",
        "badges/o/%252e/views.json",
    }


def test_a_repository_made_anew_has_the_badge_of_its_name(tmp_path: Path):
    old = days_of(900, 0, repo_id=1, status="complete")
    new = days_of(5, 30, repo_id=2, status="complete")
    listed = [repos_row(repo_id=1), repos_row(DAY + timedelta(days=30), repo_id=2)]
    history = write_by_hand(tmp_path, views=[*old, *new], repos=listed)
    assert badges_of(history)["badges/octo/hello/views.json"]["message"] == "5"


def message_of(
    root: Path, views: list[dict[str, object]], repos: list[dict[str, object]]
) -> object:
    history = write_by_hand(root, views=views, repos=repos)
    found = badges_of(history)
    assert found["badges/octo/hello/views.json"] == found["badges/views.json"]
    return found["badges/views.json"]["message"]


def test_the_listing_moment_counts_not_the_day(tmp_path: Path):
    """Days gone by are written with today's look: they are as private as it says."""
    listed = [
        repos_row(DAY + timedelta(days=1), private=False),
        repos_row(DAY, private=True, observed_at=noon(DAY + timedelta(days=3))),
    ]
    history = write_by_hand(tmp_path, views=days_of(4, 0), repos=listed)
    assert badges_of(history).keys() == {"badges/views.json", "badges/clones.json"}
