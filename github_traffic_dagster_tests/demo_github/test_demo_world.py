from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from github_traffic_dagster.demo_github.clock import SimulatedClock
from github_traffic_dagster.demo_github.demo_world import DEMO_TOKEN, demo_world
from github_traffic_dagster.demo_github.rhythm import Rhythm
from github_traffic_dagster.demo_github.server import GitHubServer
from github_traffic_dagster.demo_github.world import World
from github_traffic_dagster_tests.demo_github.conftest import NOON, Client


@pytest.fixture
def world(clock: SimulatedClock) -> World:
    return demo_world(clock)


@pytest.fixture
def newcomer(server: GitHubServer) -> Iterator[Client]:
    client = Client(server, DEMO_TOKEN)
    with client.session:
        yield client


def listed(client: Client) -> dict[str, dict[str, Any]]:
    return {repo["full_name"]: repo for repo in client.get("/user/repos?per_page=100").json()}


def test_the_demo_token_lists_a_dozen_repositories_of_a_user_and_an_organisation(
    newcomer: Client,
) -> None:
    repositories = listed(newcomer)
    assert len(repositories) == 12
    assert {repo["owner"]["type"] for repo in repositories.values()} == {"User", "Organization"}
    assert newcomer.get("/user").json()["login"] == "octo-demo"


def test_all_but_three_can_be_collected(newcomer: Client) -> None:
    statuses = {
        name: newcomer.get(f"/repos/{name}/traffic/views").status_code for name in listed(newcomer)
    }
    refused = {name: status for name, status in statuses.items() if status != 200}
    assert refused == {
        "demo-labs/taken-down": 451,
        "demo-labs/permission-missing": 403,
        "demo-labs/read-only": 403,
    }


def test_the_listing_shows_which_are_special(newcomer: Client) -> None:
    repositories = listed(newcomer)
    assert [name for name, repo in repositories.items() if repo["archived"]] == [
        "octo-demo/retired-library"
    ]
    assert [name for name, repo in repositories.items() if repo["fork"]] == [
        "octo-demo/forked-parser"
    ]
    assert [name for name, repo in repositories.items() if repo["private"]] == [
        "octo-demo/secret-plans"
    ]
    assert [name for name, repo in repositories.items() if not repo["permissions"]["push"]] == [
        "demo-labs/read-only"
    ]
    assert repositories["octo-demo/brand-new"]["created_at"] == "2026-05-16T12:00:00Z"


def test_worlds_made_on_different_days_agree_on_every_day_they_share() -> None:
    earlier, later = (
        demo_world(SimulatedClock(NOON + timedelta(days=days))).repositories for days in (0, 9)
    )
    days = [NOON.date() - timedelta(days=age) for age in range(14)]
    for one, other in zip(earlier, later, strict=True):
        assert (one.repo_id, one.full_name) == (other.repo_id, other.full_name)
        if one.name != "brand-new":
            assert [one.truth("views", day) for day in days] == [
                other.truth("views", day) for day in days
            ]


def test_the_brand_new_one_has_traffic_since_its_first_day_only(newcomer: Client) -> None:
    answer = newcomer.get("/repos/octo-demo/brand-new/traffic/views").json()
    assert answer["views"][0]["timestamp"] == "2026-05-16T00:00:00Z"
    assert len(answer["views"]) == 5


def test_one_is_nearly_without_traffic(newcomer: Client) -> None:
    answer = newcomer.get("/repos/octo-demo/dotfiles/traffic/views").json()
    assert len(answer["views"]) <= 7


@pytest.mark.parametrize("day_of_fortnight", range(14))
def test_every_window_holds_a_release_that_stands_out(day_of_fortnight: int) -> None:
    train = next(r for r in demo_world().repositories if r.name == "release-train")
    today = date(2026, 5, 20) + timedelta(days=day_of_fortnight)
    counts = [train.truth("views", today - timedelta(days=age))[0] for age in range(14)]
    assert max(counts) > 3 * sorted(counts)[7]


def test_weekends_are_calmer_and_nobody_comes_uncounted() -> None:
    rhythm = Rhythm("any", usual=50)
    year = [date(2026, 1, 1) + timedelta(days=n) for n in range(364)]
    totals = {day: rhythm(day) for day in year}
    weekend = [count for day, (count, _) in totals.items() if day.weekday() >= 5]
    working = [count for day, (count, _) in totals.items() if day.weekday() < 5]
    assert sum(weekend) / len(weekend) < 0.5 * sum(working) / len(working)
    assert all(min(count, 1) <= uniques <= count for count, uniques in totals.values())


def test_without_a_clock_it_is_today() -> None:
    now = demo_world().clock.now()
    assert abs(datetime.now(UTC) - now) < timedelta(minutes=5)
