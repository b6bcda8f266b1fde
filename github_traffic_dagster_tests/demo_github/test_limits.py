import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from github_traffic_dagster.demo_github.faults import Slow
from github_traffic_dagster.demo_github.limits import Limits
from github_traffic_dagster.demo_github.server import GitHubServer
from github_traffic_dagster.demo_github.world import World
from github_traffic_dagster_tests.demo_github.conftest import Client


@pytest.fixture
def strict(world: World) -> Iterator[GitHubServer]:
    with GitHubServer(world, limits=Limits(hourly=3)) as server:
        yield server


def test_the_documented_limits_are_on_by_default(server: GitHubServer) -> None:
    assert server.limits == Limits(concurrent=100, points_per_minute=900, hourly=5000)


def test_a_hundred_requests_may_be_under_way_at_once(server: GitHubServer) -> None:
    server.latency = 0.2
    with ThreadPoolExecutor(100) as pool:
        statuses = set(pool.map(lambda _: Client(server, "octos-token").get("/user"), range(100)))
    assert {answer.status_code for answer in statuses} == {200}
    assert not server.violations
    assert 1 < server.most_under_way <= 100


def test_one_request_too_many_at_once_is_refused_and_counted(
    world: World, server: GitHubServer
) -> None:
    server.limits = Limits(concurrent=1)
    world.fail("/user/repos", Slow(30.0), times=1)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(Client(server, "octos-token").get, "/user/repos")
        while not server.under_way:
            time.sleep(0.01)
        refused = Client(server, "octos-token").get("/user")
        server.stop()
    assert (refused.status_code, refused.headers["Retry-After"]) == (403, "1")
    assert "secondary rate limit" in refused.json()["message"]
    assert server.violations == {"concurrent": 1}


def test_the_minutes_points_are_refused_and_counted(server: GitHubServer, octo: Client) -> None:
    server.limits = Limits(points_per_minute=2)
    answers = [octo.get("/user") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert server.violations == {"points_per_minute": 2}


def refusal_of(client: Client) -> requests.Response:
    """Asks until it is refused: a slow machine may see a short limit pass in between."""
    while (answer := client.get("/user")).status_code == 200:
        pass
    return answer


def test_points_come_back_after_the_wait_that_was_told(server: GitHubServer, octo: Client) -> None:
    server.limits = Limits(points_per_minute=1, minute=0.5)
    time.sleep(int(refusal_of(octo).headers["Retry-After"]))
    assert octo.get("/user").status_code == 200


def test_the_hours_budget_is_told_in_headers_and_refused_when_used_up(strict: GitHubServer) -> None:
    octo = Client(strict, "octos-token")
    before = time.time()
    answers = [octo.get("/user") for _ in range(4)]
    told = [
        (answer.headers["X-RateLimit-Remaining"], answer.headers["X-RateLimit-Used"])
        for answer in answers
    ]
    assert told == [("2", "1"), ("1", "2"), ("0", "3"), ("0", "3")]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 403]
    assert before + 3600 <= int(answers[0].headers["X-RateLimit-Reset"]) <= time.time() + 3601
    assert answers[0].headers["X-RateLimit-Limit"] == "3"
    assert answers[0].headers["X-RateLimit-Resource"] == "core"
    assert answers[-1].json()["message"].startswith("API rate limit exceeded")
    assert strict.violations == {"hourly": 1}


def test_each_token_has_its_own_hour(strict: GitHubServer) -> None:
    for _ in range(3):
        Client(strict, "octos-token").get("/user")
    assert Client(strict, "octos-token").get("/user").status_code == 403
    assert Client(strict, "strangers-token").get("/user").status_code == 200


def test_a_new_hour_brings_a_new_budget(strict: GitHubServer) -> None:
    strict.limits = Limits(hourly=1, hour=1.0)
    octo = Client(strict, "octos-token")
    reset = int(refusal_of(octo).headers["X-RateLimit-Reset"])
    time.sleep(max(reset - time.time(), 0))
    assert octo.get("/user").status_code == 200


def test_an_unchanged_answer_is_304_and_costs_nothing_of_the_hour(strict: GitHubServer) -> None:
    octo = Client(strict, "octos-token")
    etag = octo.get("/user").headers["ETag"]
    for _ in range(5):
        again = octo.get("/user", {"If-None-Match": f'"another", {etag}'})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == etag
        assert again.headers["X-RateLimit-Used"] == "1"


def test_a_changed_answer_is_whole_and_has_another_etag(world: World, octo: Client) -> None:
    first = octo.get("/user/repos").headers["ETag"]
    world.add_repository("octo/hello")
    answer = octo.get("/user/repos", {"If-None-Match": first})
    assert answer.status_code == 200
    assert answer.headers["ETag"] != first


def test_asking_for_the_budget_costs_nothing(strict: GitHubServer) -> None:
    octo = Client(strict, "octos-token")
    octo.get("/user")
    for _ in range(5):
        core = octo.get("/rate_limit").json()["resources"]["core"]
    assert (core["limit"], core["used"], core["remaining"]) == (3, 1, 2)
    assert octo.get("/user").status_code == 200
