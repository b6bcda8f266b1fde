"""What GitHub showed last is told with its day, never added up, and only where it is known."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from github_traffic_dagster.report.reading import Scope, open_source
from github_traffic_dagster.report.settings import Private
from github_traffic_dagster.report.shown import Shown, read_shown
from github_traffic_dagster.traffic.answers import (
    AssetEntry,
    Metric,
    PathEntry,
    ReferrerEntry,
    Snapshot,
)
from github_traffic_dagster_tests.report.histories import (
    History,
    show,
    tell_totals,
    write_by_hand,
)
from github_traffic_dagster_tests.traffic.rows import DAY, golden_row, noon, repos_row

LATER = DAY + timedelta(days=3)


@pytest.fixture
def store(tmp_path: Path) -> History:
    """Two repositories with a day of traffic each; nothing is shown of them yet."""
    views = [golden_row(), golden_row(repo_id=8, full_name="octo/secret", count=1)]
    repos = [repos_row(), repos_row(repo_id=8, full_name="octo/secret", private=True)]
    views += [golden_row(LATER, count=6)]
    return write_by_hand(tmp_path, views=views, repos=repos)


def shown_of(history: History, scope: Scope | None = None) -> dict[str, Shown]:
    source = open_source(history.places, scope or Scope())
    names = source.chosen["full_name"]
    return dict(zip(names, read_shown(source, source.chosen), strict=True))


def text_of(history: History, scope: Scope | None = None) -> str:
    """The page without its scripts and styles."""
    page = history.report(noon(LATER), scope).page.decode()
    return page.split("<body>")[1].split("<script", 1)[0]


def test_of_several_snapshots_the_latest_alone_is_shown(store: History):
    show(store, Snapshot.REFERRERS, LATER, ReferrerEntry("t.co", 9, 5), ReferrerEntry("Bing", 4, 3))
    show(store, Snapshot.REFERRERS, DAY, ReferrerEntry("Google", 70, 60))
    found = shown_of(store)["octo/hello"].referrers
    assert found
    assert found.day == LATER
    assert [row["referrer"] for row in found.rows] == ["t.co", "Bing"]
    page = text_of(store)
    assert f"Referrers, of the two weeks until {LATER}" in page
    assert "Google" not in page


def test_of_a_range_of_days_the_latest_snapshot_within_is_shown(store: History):
    show(store, Snapshot.REFERRERS, LATER, ReferrerEntry("t.co", 9, 5))
    show(store, Snapshot.REFERRERS, DAY, ReferrerEntry("Google", 70, 60))
    found = shown_of(store, Scope(last_day=DAY))["octo/hello"].referrers
    assert found
    assert (found.day, found.rows[0]["referrer"]) == (DAY, "Google")


def test_an_empty_list_is_told_and_is_no_entry(store: History):
    show(store, Snapshot.PATHS, LATER)
    found = shown_of(store)["octo/hello"].paths
    assert found
    assert found.rows == []
    page = text_of(store)
    assert f"Pages: none, of the two weeks until {LATER}." in page
    assert "Pages, of" not in page


def test_a_page_visited_under_another_name_is_told_with_it(store: History):
    show(
        store,
        Snapshot.PATHS,
        LATER,
        PathEntry("/octo/hello", "Home", 9, 5),
        PathEntry("/Octo/Hello/wiki", "Wiki", 8, 5),
        PathEntry("/octo/hello-world/wiki", "Wiki", 7, 5),
    )
    found = shown_of(store)["octo/hello"].paths
    assert found
    assert [row["page"] for row in found.rows] == ["/", "/wiki", "/octo/hello-world/wiki"]


def test_a_release_is_told_once_without_files_too_and_a_draft_never(store: History):
    published = noon(DAY)
    show(
        store,
        Snapshot.RELEASES,
        LATER,
        AssetEntry(3, "v3-draft", None, 31, "tool.whl", 2),
        AssetEntry(2, "v2", published, None, None, None),
        AssetEntry(1, "v1", published, 11, "tool.whl", 400),
        AssetEntry(1, "v1", published, 12, "tool.tar.gz", 50),
    )
    found = shown_of(store)["octo/hello"].releases
    assert found
    assert found.rows == [
        {"tag": "v2", "day": DAY, "files": 0, "downloads": None},
        {"tag": "v1", "day": DAY, "files": 2, "downloads": 450},
    ]
    assert "v3-draft" not in text_of(store)


def test_the_two_weeks_totals_are_githubs_own_and_the_latest(store: History):
    for day, count, uniques in ((LATER, 1234, 210), (DAY, 5555, 555)):
        tell_totals(store, Metric.VIEWS, day, count, uniques)
    tell_totals(store, Metric.CLONES, DAY, 33, 12)
    page = text_of(store)
    assert f"Views in two weeks: 1,234 by 210 unique visitors, as of {LATER}." in page
    assert f"Clones in two weeks: 33 by 12 unique cloners, as of {DAY}." in page
    assert "555" not in page


def test_unique_visitors_of_lists_and_windows_are_added_up_nowhere(store: History):
    """Powers of two: a sum of several of them is a number of its own."""
    singles = [2**power * 1000 for power in range(8)]
    entries = [ReferrerEntry(f"site-{number}", 10**8, number) for number in singles[:3]]
    show(store, Snapshot.REFERRERS, DAY, *entries[:1])
    show(store, Snapshot.REFERRERS, LATER, *entries)
    show(store, Snapshot.REFERRERS, LATER, *entries, repo_id=8, name="octo/secret")
    tell_totals(store, Metric.VIEWS, LATER, 10**8, singles[5])
    tell_totals(store, Metric.CLONES, LATER, 10**8, singles[6])
    tell_totals(store, Metric.VIEWS, LATER, 10**8, singles[7], repo_id=8)
    text = text_of(store).replace(",", "")
    thousands = {int(found) for found in re.findall(r"\d+000\b", text)} - {10**8}
    assert thousands == {*singles[:3], *singles[5:]}


def test_private_repositories_are_kept_out_of_it_as_of_all_else(store: History):
    secret = {"repo_id": 8, "name": "octo/secret"}
    show(store, Snapshot.REFERRERS, LATER, ReferrerEntry("intranet", 1, 1), **secret)  # type: ignore[arg-type]
    assert "intranet" in text_of(store)
    page = store.report(noon(LATER), Scope(private=Private.NOWHERE)).page
    assert b"intranet" not in page


def test_only_plotted_repositories_have_lists(store: History):
    show(store, Snapshot.REFERRERS, LATER, ReferrerEntry("t.co", 9, 5))
    assert "t.co" in text_of(store, Scope(plotted=1))
    assert "t.co" not in text_of(store, Scope(plotted=0))


def test_without_these_tables_the_page_says_nothing_of_them(store: History):
    text = text_of(store)
    assert text.count("<figure") == 4
    for word in ("shown-heading", "Referrers", "Releases", "two weeks", "article"):
        assert word not in text


def test_a_release_older_than_the_history_is_listed(store: History):
    long_ago = date(2020, 1, 1)
    show(store, Snapshot.RELEASES, LATER, AssetEntry(1, "v0", noon(long_ago), None, None, None))
    assert f">{long_ago}</td>" in text_of(store)
