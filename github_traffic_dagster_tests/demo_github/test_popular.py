from datetime import UTC, date, datetime, timedelta

from github_traffic_dagster.demo_github.clock import SimulatedClock
from github_traffic_dagster.demo_github.demo_world import DEMO_TOKEN, demo_world
from github_traffic_dagster.demo_github.popular import (
    PopularPath,
    Referrer,
    Release,
    ReleaseFile,
)
from github_traffic_dagster.demo_github.server import GitHubServer
from github_traffic_dagster.demo_github.world import World
from github_traffic_dagster_tests.demo_github.conftest import NOON, Client

POPULAR = "/repos/octo/hello/traffic/popular"


def test_the_ten_with_most_views_are_shown_the_greatest_first(world: World, octo: Client) -> None:
    world.add_repository("octo/hello", referrers=[Referrer(f"site{n}", n, 1) for n in range(1, 15)])
    shown = octo.get(f"{POPULAR}/referrers").json()
    assert [one["count"] for one in shown] == list(range(14, 4, -1))
    assert shown[0] == {"referrer": "site14", "count": 14, "uniques": 1}


def test_lists_may_be_a_function_of_the_day(
    world: World, octo: Client, clock: SimulatedClock
) -> None:
    world.add_repository("octo/hello", referrers=lambda day: [Referrer(str(day), 1, 1)])
    assert octo.get(f"{POPULAR}/referrers").json()[0]["referrer"] == str(NOON.date())
    clock.advance(timedelta(days=1))
    tomorrow = NOON.date() + timedelta(days=1)
    assert octo.get(f"{POPULAR}/referrers").json()[0]["referrer"] == str(tomorrow)


def test_paths_carry_the_name_of_the_time_of_the_visit(world: World, octo: Client) -> None:
    visited = PopularPath("/wiki", "Home", 2, 1, visited_as="octo/old")
    world.add_repository("octo/hello", paths=[visited, PopularPath("", "octo/hello", 1, 1)])
    shown = octo.get(f"{POPULAR}/paths").json()
    assert [one["path"] for one in shown] == ["/octo/old/wiki", "/octo/hello"]
    assert shown[0] == {"path": "/octo/old/wiki", "title": "Home", "count": 2, "uniques": 1}


def test_top_lists_are_for_those_who_may_push(world: World, octo: Client, stranger: Client) -> None:
    repository = world.add_repository("octo/hello")
    for kind in ("referrers", "paths"):
        assert octo.get(f"{POPULAR}/{kind}").status_code == 200
        assert stranger.get(f"{POPULAR}/{kind}").status_code == 403
    repository.traffic_forbidden = True
    assert octo.get(f"{POPULAR}/paths").status_code == 403
    repository.private = True
    assert stranger.get(f"{POPULAR}/paths").status_code == 404


def test_releases_come_newest_first_in_pages_and_drafts_only_to_those_who_push(
    world: World, octo: Client, stranger: Client
) -> None:
    first = datetime(2026, 1, 1, tzinfo=UTC)
    releases = [Release(n, f"v{n}", first + timedelta(days=n)) for n in range(1, 4)]
    world.add_repository("octo/hello", releases=[*releases, Release(9, "next", None)])
    page = octo.get("/repos/octo/hello/releases?per_page=3")
    assert [one["tag_name"] for one in page.json()] == ["next", "v3", "v2"]
    assert page.json()[0]["published_at"] is None
    assert 'rel="next"' in page.headers["link"]
    shown = stranger.get("/repos/octo/hello/releases").json()
    assert [one["tag_name"] for one in shown] == ["v3", "v2", "v1"]


def test_downloads_grow_with_the_clock(world: World, octo: Client, clock: SimulatedClock) -> None:
    file = ReleaseFile(7, "tool.whl", lambda moment: (moment - NOON).days + 5)
    world.add_repository("octo/hello", releases=[Release(1, "v1", NOON, (file,))])

    def downloads() -> int:
        return int(octo.get("/repos/octo/hello/releases").json()[0]["assets"][0]["download_count"])

    assert downloads() == 5
    clock.advance(timedelta(days=3))
    assert downloads() == 8


def test_a_renamed_repositorys_lists_are_redirected_to(world: World, octo: Client) -> None:
    repository = world.add_repository("octo/hello")
    world.rename(repository, "new")
    for below in ("traffic/popular/paths", "releases"):
        assert octo.get(f"/repos/octo/hello/{below}").json() == []


def test_the_demo_shows_the_same_lists_whoever_makes_it_and_downloads_never_fall() -> None:
    moments = [datetime(2026, 6, 3, 12, tzinfo=UTC) + timedelta(days=n) for n in range(20)]
    seen: dict[int, list[int]] = {}
    for moment in moments:
        answers = []
        for made_on in (moment, moment - timedelta(hours=6)):
            clock = SimulatedClock(made_on)
            with GitHubServer(demo_world(clock)) as server:
                clock.advance(moment - made_on)
                client = Client(server, DEMO_TOKEN)
                name = "/repos/octo-demo/release-train"
                with client.session:
                    answers.append(
                        [
                            client.get(f"{name}/traffic/popular/referrers").json(),
                            client.get(f"{name}/traffic/popular/paths").json(),
                            client.get(f"{name}/releases").json(),
                        ]
                    )
        assert answers[0] == answers[1]
        referrers, paths, releases = answers[0]
        assert len(referrers) == len(paths) == 10
        assert all(0 < one["uniques"] <= one["count"] for one in referrers + paths)
        for release in releases:
            assert date.fromisoformat(release["published_at"][:10]) <= moment.date()
            for asset in release["assets"]:
                seen.setdefault(asset["id"], []).append(asset["download_count"])
    assert all(counts == sorted(counts) for counts in seen.values())
    assert any(len(set(counts)) > 3 for counts in seen.values())
