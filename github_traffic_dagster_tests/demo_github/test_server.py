import logging
import socket
import time
from datetime import timedelta

import pytest
import requests

from github_traffic_dagster.demo_github.clock import SimulatedClock
from github_traffic_dagster.demo_github.faults import Entries, Slow
from github_traffic_dagster.demo_github.server import GitHubServer
from github_traffic_dagster.demo_github.world import World
from github_traffic_dagster_tests.demo_github.conftest import NOON, Client


def test_every_answer_carries_githubs_headers(octo: Client, stranger: Client) -> None:
    answers = [octo.get("/user"), octo.get("/nothing"), stranger.get("/orgs/labs/repos")]
    for answer in answers:
        assert answer.headers["Date"] == "Wed, 20 May 2026 12:00:00 GMT"
        assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
        for name in ("Limit", "Remaining", "Used", "Reset", "Resource"):
            assert f"X-RateLimit-{name}" in answer.headers
    assert len({answer.headers["X-GitHub-Request-Id"] for answer in answers}) == 3
    assert answers[0].headers["ETag"].startswith('W/"')


def test_the_date_is_the_worlds(octo: Client, clock: SimulatedClock) -> None:
    clock.advance(timedelta(days=3650))
    assert octo.get("/user").headers["Date"] == "Sat, 17 May 2036 12:00:00 GMT"


def test_it_is_an_enterprise_server_below_its_prefix(world: World, octo: Client) -> None:
    repository = world.add_repository("octo/old")
    base = f"{octo.server.url}/api/v3"
    listed = octo.get("/api/v3/user/repos?per_page=1").json()[0]
    assert listed["url"] == f"{base}/repos/octo/old"
    world.rename(repository, "new")
    moved = octo.get("/api/v3/repos/octo/old/traffic/views", follow=False)
    assert moved.headers["Location"].startswith(f"{base}/repositories/{repository.repo_id}/traffic")
    world.add_repository("octo/second")
    page = octo.get("/api/v3/user/repos?per_page=1")
    assert page.links["next"]["url"].startswith(f"{base}/user/repos?")


def test_requests_are_remembered_without_their_token(octo: Client) -> None:
    octo.get("/api/v3/user/repos?per_page=5")
    octo.get("/nothing")
    first, second = octo.server.requests
    assert (first.method, first.path, first.query) == ("GET", "/user/repos", "per_page=5")
    assert (first.status, first.login, first.at, first.enterprise) == (200, "octo", NOON, True)
    assert (second.path, second.status, second.enterprise) == ("/nothing", 404, False)
    assert "octos-token" not in repr(octo.server.requests)
    assert octo.server.count("/user/repos") == 1
    assert octo.server.count("/") == 2


def test_two_servers_share_nothing(world: World, server: GitHubServer) -> None:
    with GitHubServer(world) as other:
        Client(other, "octos-token").get("/user")
        assert other.url != server.url
        assert (len(other.requests), len(server.requests)) == (1, 0)


def test_it_stops_though_clients_keep_connections_open_and_wait(world: World) -> None:
    server = GitHubServer(world)
    server.start()
    client = Client(server, "octos-token")
    client.get("/user")
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as silent:
        world.fail("/user", Slow(600.0))
        silent.sendall(
            b"GET /user HTTP/1.1\r\nHost: here\r\nAuthorization: token octos-token\r\n\r\n"
        )
        while not server.under_way:
            time.sleep(0.01)
        server.stop()
        with pytest.raises(requests.ConnectionError):
            client.get("/user")


def test_stopping_twice_or_before_the_start_does_no_harm(world: World) -> None:
    GitHubServer(world).stop()
    with GitHubServer(world) as server:
        server.stop()


def test_it_starts_once(server: GitHubServer) -> None:
    with pytest.raises(RuntimeError, match="starts once"):
        server.start()


def test_a_taken_port_is_an_error_of_the_operating_system(
    world: World, server: GitHubServer
) -> None:
    port = int(server.url.rpartition(":")[2])
    with pytest.raises(OSError, match="in use"):
        GitHubServer(world, port=port).start()


def test_an_error_of_a_tests_own_is_500_and_logged(
    world: World, octo: Client, caplog: pytest.LogCaptureFixture
) -> None:
    world.fail("/user", Entries(lambda answer: answer["misspelt"]), times=1)
    with caplog.at_level(logging.ERROR):
        assert octo.get("/user").status_code == 500
    assert "KeyError: 'misspelt'" in caplog.text
    assert octo.get("/user").status_code == 200
