"""The figures are those of the tables, for the repositories and days that were asked for."""

import re
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from github_traffic_dagster.errors import RequestError
from github_traffic_dagster.report.figures import Figures, read_figures
from github_traffic_dagster.report.reading import Scope, open_source
from github_traffic_dagster.report.series import Plotted, plotted_series
from github_traffic_dagster.report.settings import Private
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.coverage import coverage
from github_traffic_dagster_tests.report.histories import History, write_by_hand
from github_traffic_dagster_tests.traffic.rows import DAY, golden_row, noon, repos_row


def figures_of(history: History, today: date, scope: Scope | None = None) -> Figures:
    return read_figures(open_source(history.places, scope or Scope()), today=today)


def plotted_of(history: History, today: date, scope: Scope | None = None) -> dict[str, Plotted]:
    source = open_source(history.places, scope or Scope())
    figures = read_figures(source, today=today)
    return {one.name: one for one in plotted_series(source, figures, today=today)}


def test_totals_and_days_are_those_of_the_tables(history: History, today: date):
    figures = figures_of(history, today)
    for metric in Metric:
        golden = history.table(f"golden_{metric}")
        covered = coverage(golden.lazy(), history.table("repos").lazy(), today=today).collect()
        kinds = dict(covered.group_by("coverage").len().iter_rows())
        found = figures.metrics[metric]
        assert found.count == golden["count"].sum()
        assert found.days["measured"] == kinds["measured"]
        assert found.days["zero"] == kinds["zero proven by a window"]
        assert found.days["lost"] == kinds["lost"] > 0
        assert found.days["not_yet_known"] == kinds.get("not yet known", 0)
        assert found.days["partial"] == golden.filter(status="partial").height > 0


def test_each_repository_has_its_own_figures_those_with_most_views_first(
    history: History, today: date
):
    rows = figures_of(history, today).repositories
    assert rows["full_name"].to_list() == ["me/hidden", "me/alpha", "me/beta-docs", "me/quiet"]
    for row in rows.iter_rows(named=True):
        mine = history.table("golden_views").filter(repo_id=row["repo_id"])
        assert row["views"] == mine["count"].sum()
        assert row["views_peak"] == mine["uniques"].max()
        assert row["first_day"] == mine["day"].min()


def test_a_range_is_counted_alone_and_a_gap_at_its_edge_is_one(history: History, today: date):
    scope = Scope(first_day=date(2026, 2, 1), last_day=date(2026, 2, 25))
    figures = figures_of(history, today, scope)
    golden = history.table("golden_views").filter(
        pl.col("day").is_between(scope.first_day, scope.last_day)
    )
    assert figures.metrics[Metric.VIEWS].count == golden["count"].sum()
    assert figures.first_day == scope.first_day, "although nothing is known of that day"
    assert figures.metrics[Metric.VIEWS].days["days"] == 4 * 25
    days = figures.metrics[Metric.VIEWS].days
    assert days["lost"] + days["not_yet_known"] == 4 * 25 - golden.height
    assert days["short"] >= days["lost"] > 4 * 17
    gap = figures_of(history, today, Scope(first_day=date(2026, 2, 1), last_day=date(2026, 2, 5)))
    assert gap.metrics[Metric.VIEWS].days["short"] == 4 * 5, "the range's first day is no beginning"


def test_patterns_and_privacy_choose_repositories(history: History, today: date):
    docs = figures_of(history, today, Scope(patterns=("*-DOCS",)))
    assert docs.repositories["full_name"].to_list() == ["me/beta-docs"]
    both = figures_of(history, today, Scope(patterns=("me/alpha", "quiet")))
    assert both.repositories["full_name"].to_list() == ["me/alpha", "me/quiet"]
    public = figures_of(history, today, Scope(private=Private.NOWHERE))
    assert "me/hidden" not in public.repositories["full_name"].to_list()
    golden = history.table("golden_views").filter(pl.col("full_name") != "me/hidden")
    assert public.metrics[Metric.VIEWS].count == golden["count"].sum()


def test_a_pattern_that_matches_nothing_is_said(history: History, now: datetime):
    with pytest.raises(RequestError, match=r"nobody/\*"):
        history.report(now, Scope(patterns=("nobody/*",)))


def test_a_series_has_every_day_with_its_value_and_how_sure_it_is(history: History, today: date):
    alpha = plotted_of(history, today)["me/alpha"].series["views"]
    golden = history.table("golden_views").filter(full_name="me/alpha")
    known = {
        day: (count, uniques, status)
        for day, count, uniques, status in golden.select(
            "day", "count", "uniques", "status"
        ).iter_rows()
    }
    first = date.fromisoformat(alpha["first"])
    assert first == min(known)
    for index, state in enumerate(alpha["states"]):
        count, uniques, status = known.pop(first + timedelta(days=index), (None, None, "lost"))
        assert (alpha["count"][index], alpha["uniques"][index]) == (count, uniques)
        assert state == status[0]
    assert not known
    assert "l" in alpha["states"]
    assert alpha["short"]


def test_all_together_are_sums_of_counts_and_unsure_where_one_of_them_is(tmp_path: Path):
    views = [
        golden_row(DAY, repo_id=1, count=3, status="complete"),
        golden_row(DAY + timedelta(days=1), repo_id=1, count=4, status="complete"),
        golden_row(DAY + timedelta(days=2), repo_id=1, count=5, status="complete"),
        golden_row(DAY + timedelta(days=3), repo_id=1, count=6, status="partial"),
        golden_row(DAY + timedelta(days=1), repo_id=2, count=50, status="complete"),
        golden_row(DAY + timedelta(days=3), repo_id=2, count=70, status="complete"),
        golden_row(DAY + timedelta(days=5), repo_id=2, count=90, status="complete"),
    ]
    history = write_by_hand(tmp_path, views=views)
    series = plotted_of(history, DAY + timedelta(days=40))["All repositories together"].series
    found = series["views"]
    assert found["first"] == str(DAY)
    assert found["count"] == [3, 54, 5, 76, None, 90]
    assert found["states"] == "ccppl" + "c"
    assert found["expected"] == [1, 2, 2, 2, 1, 1]
    assert found["known"] == [1, 2, 1, 2, None, 1]
    assert "uniques" not in found


def test_days_on_which_no_repository_is_expected_are_no_gap(tmp_path: Path):
    views = [
        golden_row(DAY, repo_id=1, status="complete"),
        golden_row(DAY + timedelta(days=3), repo_id=2, status="complete"),
    ]
    history = write_by_hand(tmp_path, views=views)
    series = plotted_of(history, DAY + timedelta(days=40))["All repositories together"].series
    assert series["views"]["states"] == "c--c"


def test_stars_are_those_of_days_that_were_looked_at(tmp_path: Path):
    listed = [
        repos_row(DAY, stargazers=10, forks=1),
        repos_row(
            DAY + timedelta(days=1),
            stargazers=None,
            forks=None,
            observed_at=noon(DAY + timedelta(days=9)),
        ),
        repos_row(DAY + timedelta(days=2), stargazers=12, forks=2),
    ]
    history = write_by_hand(tmp_path, views=[golden_row(DAY)], repos=listed)
    plotted = plotted_of(history, DAY + timedelta(days=2))
    for name in ("octo/hello", "All repositories together"):
        stars = plotted[name].series["stargazers"]
        assert stars["count"] == [10, None, 12]
        assert stars["states"] == "clc"
    figures = figures_of(history, DAY + timedelta(days=2))
    assert figures.repositories["stargazers"].to_list() == [12]


def test_only_so_many_repositories_are_plotted(history: History, today: date):
    for number in (0, 1, 3):
        plotted = plotted_of(history, today, Scope(plotted=number))
        assert list(plotted)[1:] == ["me/hidden", "me/alpha", "me/beta-docs"][:number]


def test_uniques_are_added_up_nowhere(tmp_path: Path):
    """Powers of two: every sum of several of them is a number of its own."""
    views, listed = [], []
    for repo_id in range(3):
        for age in range(4):
            uniques = 2 ** (4 * repo_id + age) * 1000
            views.append(
                golden_row(
                    DAY + timedelta(days=age),
                    repo_id=repo_id,
                    count=10**8 + uniques,
                    uniques=uniques,
                )
            )
        listed.append(repos_row(repo_id=repo_id))
    history = write_by_hand(tmp_path, views=views, repos=listed)
    now = noon(DAY + timedelta(days=40))
    page = history.report(now).page.decode()
    singles = {2**power * 1000 for power in range(12)}
    data = page.split('id="data">')[1].split("</script>")[0]
    text = page.split("<body>")[1].split("<script", 1)[0].replace(",", "") + data
    numbers = {int(number) for number in re.findall(r"\d+", text)}
    sums = {sum(chosen) for chosen in _groups(sorted(singles))}
    assert singles & numbers
    assert not sums & numbers


def _groups(numbers: list[int]) -> list[list[int]]:
    """Every choice of two or more."""
    groups: list[list[int]] = [[]]
    for number in numbers:
        groups += [[*group, number] for group in groups]
    return [group for group in groups if len(group) > 1]


def test_a_store_without_tables_is_an_empty_report(tmp_path: Path, now: datetime):
    report = History(tmp_path).report(now)
    assert report.figures.repositories.is_empty()
    assert report.figures.first_day is None
    assert b"<h1>" in report.page
