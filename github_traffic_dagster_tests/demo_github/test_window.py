from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from github_traffic_dagster.demo_github.clock import SimulatedClock
from github_traffic_dagster.demo_github.window import Window
from github_traffic_dagster.demo_github.world import World
from github_traffic_dagster_tests.demo_github.conftest import Client

VIEWS = "/repos/octo/hello/traffic/views"
TODAY = date(2026, 5, 20)


def every_day_ten(_day: date) -> tuple[int, int]:
    return (10, 4)


def days(answer: dict[str, Any], metric: str = "views") -> list[date]:
    return [date.fromisoformat(entry["timestamp"][:10]) for entry in answer[metric]]


def test_an_answer_shows_fourteen_days_up_to_today_at_utc_midnights(
    world: World, octo: Client
) -> None:
    world.add_repository("octo/hello", views=every_day_ten)
    answer = octo.get(VIEWS).json()
    assert days(answer) == [TODAY - timedelta(days=age) for age in range(13, -1, -1)]
    assert answer["views"][0] == {"timestamp": "2026-05-07T00:00:00Z", "count": 10, "uniques": 4}
    assert set(answer) == {"count", "uniques", "views"}


def test_views_and_clones_are_two_series(world: World, octo: Client) -> None:
    world.add_repository(
        "octo/hello", views={date(2026, 5, 18): (5, 2)}, clones={date(2026, 5, 19): (3, 1)}
    )
    assert octo.get(VIEWS).json() == {
        "count": 5,
        "uniques": 2,
        "views": [{"timestamp": "2026-05-18T00:00:00Z", "count": 5, "uniques": 2}],
    }
    clones = octo.get("/repos/octo/hello/traffic/clones").json()
    assert clones["clones"] == [{"timestamp": "2026-05-19T00:00:00Z", "count": 3, "uniques": 1}]


def test_the_clock_carries_days_out_of_the_window(
    world: World, octo: Client, clock: SimulatedClock
) -> None:
    world.add_repository("octo/hello", views={date(2026, 5, 7): (5, 2)})
    assert days(octo.get(VIEWS).json()) == [date(2026, 5, 7)]
    clock.advance(timedelta(days=1))
    assert octo.get(VIEWS).json() == {"count": 0, "uniques": 0, "views": []}


def test_fifteen_days_occur_too(world: World, octo: Client) -> None:
    world.add_repository("octo/hello", views=every_day_ten)
    world.window.window_days = 15
    assert days(octo.get(VIEWS).json())[0] == date(2026, 5, 6)


@pytest.mark.parametrize("lag", [0, 1, 2])
def test_the_newest_day_drifts_and_the_oldest_stays(world: World, octo: Client, lag: int) -> None:
    world.add_repository("octo/hello", views=every_day_ten)
    world.window = Window(window_end_lag=lag)
    shown = days(octo.get(VIEWS).json())
    assert (shown[0], shown[-1]) == (date(2026, 5, 7), TODAY - timedelta(days=lag))


def test_days_without_traffic_are_omitted(world: World, octo: Client) -> None:
    quiet = {date(2026, 5, 10): (7, 3), date(2026, 5, 11): (0, 0), date(2026, 5, 15): (1, 1)}
    world.add_repository("octo/hello", views=quiet)
    assert days(octo.get(VIEWS).json()) == [date(2026, 5, 10), date(2026, 5, 15)]


def test_today_grows_through_the_day_and_never_shrinks(
    world: World, octo: Client, clock: SimulatedClock
) -> None:
    world.add_repository("octo/hello", views={TODAY: (97, 13)})
    seen = []
    for hour in range(24):
        clock.move_to(datetime(2026, 5, 20, hour, 59, tzinfo=UTC))
        entry = octo.get(VIEWS).json()["views"][0]
        seen.append((entry["count"], entry["uniques"]))
    assert seen == sorted(seen)
    assert [uniques for _, uniques in seen] == sorted(uniques for _, uniques in seen)
    assert seen[11] == (48, 6)
    assert seen[-1] < (97, 13)
    clock.move_to(datetime(2026, 5, 21, tzinfo=UTC))
    assert octo.get(VIEWS).json()["views"][0]["count"] == 97


def test_today_is_omitted_while_nobody_came(
    world: World, octo: Client, clock: SimulatedClock
) -> None:
    world.add_repository("octo/hello", views={TODAY: (4, 1)})
    clock.move_to(datetime(2026, 5, 20, 5, 59, tzinfo=UTC))
    assert octo.get(VIEWS).json()["views"] == []
    clock.move_to(datetime(2026, 5, 20, 6, tzinfo=UTC))
    first = octo.get(VIEWS).json()["views"][0]
    assert (first["count"], first["uniques"]) == (1, 1), "whoever is counted is somebody"


def test_the_oldest_day_can_be_truncated_and_only_it(world: World, octo: Client) -> None:
    world.add_repository("octo/hello", views=lambda _day: (73, 20))
    world.window.truncate_oldest = 0.25
    entries = octo.get(VIEWS).json()["views"]
    assert [(e["count"], e["uniques"]) for e in entries[:2]] == [(18, 5), (73, 20)]


def test_an_oldest_day_truncated_to_nothing_is_omitted(world: World, octo: Client) -> None:
    world.add_repository("octo/hello", views=every_day_ten)
    world.window.truncate_oldest = 0.0
    assert days(octo.get(VIEWS).json())[0] == date(2026, 5, 8)


def test_the_incident_of_2019_shows_zeros_for_everybody(world: World, octo: Client) -> None:
    world.add_repository("octo/hello", views=every_day_ten)
    world.window.zeros_incident = True
    answer = octo.get(VIEWS).json()
    assert (answer["count"], answer["uniques"], len(answer["views"])) == (0, 0, 14)
    assert {(entry["count"], entry["uniques"]) for entry in answer["views"]} == {(0, 0)}
    world.window.zeros_incident = False
    assert octo.get(VIEWS).json()["count"] == 135


def test_counts_add_up_and_uniques_do_not(world: World, octo: Client) -> None:
    world.add_repository("octo/hello", views=every_day_ten)
    answer = octo.get(VIEWS).json()
    assert answer["count"] == sum(entry["count"] for entry in answer["views"])
    uniques = [entry["uniques"] for entry in answer["views"]]
    assert max(uniques) <= answer["uniques"] < sum(uniques)


def test_weeks_begin_on_monday(world: World, octo: Client) -> None:
    world.add_repository("octo/hello", views=every_day_ten)
    answer = octo.get(f"{VIEWS}?per=week").json()
    assert days(answer) == [date(2026, 5, 4), date(2026, 5, 11), date(2026, 5, 18)]
    assert [entry["count"] for entry in answer["views"]] == [40, 70, 25]
    assert all(entry["uniques"] < entry["count"] for entry in answer["views"])


def test_other_periods_are_refused(world: World, octo: Client) -> None:
    world.add_repository("octo/hello")
    assert octo.get(f"{VIEWS}?per=month").status_code == 422


def test_there_is_no_traffic_before_the_repository_existed(world: World, octo: Client) -> None:
    created = datetime(2026, 5, 16, 9, tzinfo=UTC)
    world.add_repository("octo/hello", views=every_day_ten, created_at=created)
    assert days(octo.get(VIEWS).json())[0] == date(2026, 5, 16)


def test_single_days_can_be_set_over_a_function(world: World, octo: Client) -> None:
    repository = world.add_repository("octo/hello", views=every_day_ten)
    repository.views[date(2026, 5, 19)] = (500, 200)
    assert repository.truth("views", date(2026, 5, 18)) == (10, 4)
    assert octo.get(VIEWS).json()["views"][-2]["count"] == 500


def test_the_truth_may_be_replaced_by_a_plain_dictionary(world: World, octo: Client) -> None:
    repository = world.add_repository("octo/hello", views=every_day_ten)
    repository.views = {date(2026, 5, 19): (2, 1)}
    assert days(octo.get(VIEWS).json()) == [date(2026, 5, 19)]


def test_a_misspelt_knob_is_an_error(world: World) -> None:
    with pytest.raises(AttributeError):
        world.zeros_incident = True  # type: ignore[attr-defined]
