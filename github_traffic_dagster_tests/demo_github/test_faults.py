import copy
import time
from datetime import date
from typing import Any

import pytest
import requests

from github_traffic_dagster.demo_github.faults import (
    ConnectionReset,
    EmptyBody,
    Entries,
    NotJson,
    PrimaryLimit,
    SecondaryLimit,
    Slow,
    Status,
    TruncatedBody,
)
from github_traffic_dagster.demo_github.repository import SimulatedRepository
from github_traffic_dagster.demo_github.world import World
from github_traffic_dagster_tests.demo_github.conftest import Client

VIEWS = "/repos/octo/hello/traffic/views"
CLONES = "/repos/octo/hello/traffic/clones"


@pytest.fixture
def hello(world: World) -> SimulatedRepository:
    return world.add_repository("octo/hello", views={date(2026, 5, 19): (9, 3)})


@pytest.mark.parametrize("code", [403, 404, 429, 451, 500, 502, 503])
def test_any_status_can_be_answered(
    world: World, octo: Client, hello: SimulatedRepository, code: int
) -> None:
    world.fail(hello, Status(code, "No luck", {"Retry-After": "7"}))
    answer = octo.get(VIEWS)
    assert (answer.status_code, answer.json()["message"]) == (code, "No luck")
    assert answer.headers["Retry-After"] == "7"
    assert "X-RateLimit-Remaining" in answer.headers


def test_a_fault_hits_as_many_requests_as_it_was_given(
    world: World, octo: Client, hello: SimulatedRepository
) -> None:
    world.fail(hello, Status(502), times=2)
    world.fail(hello, Status(503), times=1)
    assert [octo.get(VIEWS).status_code for _ in range(4)] == [502, 502, 503, 200]


def test_a_fault_without_a_number_lasts_until_healed(
    world: World, octo: Client, hello: SimulatedRepository
) -> None:
    world.fail(hello, Status(500))
    world.fail("/user", Status(503))
    assert {octo.get(VIEWS).status_code for _ in range(5)} == {500}
    world.heal(hello)
    assert (octo.get(VIEWS).status_code, octo.get("/user").status_code) == (200, 503)
    world.heal()
    assert octo.get("/user").status_code == 200


def test_a_repositorys_fault_hits_its_traffic_by_name_and_id_and_nothing_else(
    world: World, octo: Client, hello: SimulatedRepository
) -> None:
    world.add_repository("octo/other")
    world.fail(hello, Status(500))
    hit = [VIEWS, CLONES, f"/repositories/{hello.repo_id}/traffic/views"]
    spared = ["/repos/octo/hello", "/repos/octo/other/traffic/views", "/user/repos"]
    assert {octo.get(path).status_code for path in hit} == {500}
    assert {octo.get(path).status_code for path in spared} == {200}


def test_a_path_prefix_hits_all_below_it(
    world: World, octo: Client, hello: SimulatedRepository
) -> None:
    world.fail("/user/repos", Status(500))
    assert octo.get("/user/repos?page=1").status_code == 500
    assert octo.get("/user").status_code == 200
    world.fail("/repos/octo/hell", Status(500))
    assert octo.get(VIEWS).status_code == 200, "a prefix ends where a segment ends"
    world.fail("/", Status(502))
    assert octo.get(VIEWS).status_code == octo.get("/user").status_code == 502


def test_what_is_meant_for_one_repository_beats_what_is_meant_for_all(
    world: World, octo: Client, hello: SimulatedRepository
) -> None:
    world.fail("/repos", Status(502))
    world.fail(hello, Status(451))
    assert octo.get(VIEWS).status_code == 451
    assert octo.get("/repos/octo/hello").status_code == 502


def test_faults_reach_enterprise_paths_too(
    world: World, octo: Client, hello: SimulatedRepository
) -> None:
    world.fail(hello, Status(500))
    world.fail("/user", Status(503))
    assert octo.get(f"/api/v3{VIEWS}").status_code == 500
    assert octo.get("/api/v3/user").status_code == 503


def test_a_slow_answer_arrives_after_a_patient_wait_and_not_before(
    world: World, octo: Client, hello: SimulatedRepository
) -> None:
    world.fail(hello, Slow(30.0), times=1)
    with pytest.raises(requests.ReadTimeout):
        octo.session.get(octo.server.url + VIEWS, timeout=0.2)
    world.fail(hello, Slow(0.05), times=1)
    assert octo.get(VIEWS).json()["count"] == 9


def test_a_reset_connection_gives_no_answer(
    world: World, octo: Client, hello: SimulatedRepository
) -> None:
    world.fail(hello, ConnectionReset(), times=1)
    with pytest.raises(requests.ConnectionError) as caught:
        octo.get(VIEWS)
    assert "ConnectionResetError" in repr(caught.value)
    assert octo.server.requests[-1].status == 0
    assert octo.get(VIEWS).status_code == 200


def test_a_truncated_body_is_shorter_than_promised(
    world: World, octo: Client, hello: SimulatedRepository
) -> None:
    world.fail(hello, TruncatedBody(), times=1)
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        octo.get(VIEWS)
    assert octo.get(VIEWS).json()["count"] == 9


def test_a_web_page_can_come_in_place_of_json(
    world: World, octo: Client, hello: SimulatedRepository
) -> None:
    world.fail(hello, NotJson())
    answer = octo.get(VIEWS)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    with pytest.raises(requests.JSONDecodeError):
        answer.json()


def test_a_body_can_be_empty(world: World, octo: Client, hello: SimulatedRepository) -> None:
    world.fail(hello, EmptyBody())
    answer = octo.get(VIEWS)
    assert (answer.status_code, answer.content) == (200, b"")


def negative(answer: dict[str, Any]) -> dict[str, Any]:
    answer["views"][0]["count"] = -1
    return answer


def off_midnight(answer: dict[str, Any]) -> dict[str, Any]:
    answer["views"][0]["timestamp"] = "2026-05-19T07:00:00Z"
    return answer


def doubled(answer: dict[str, Any]) -> dict[str, Any]:
    return answer | {"views": answer["views"] * 2}


def without_views(answer: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in answer.items() if key != "views"}


@pytest.mark.parametrize("mutate", [negative, off_midnight, doubled, without_views])
def test_entries_can_be_wrong_in_any_way(
    world: World, octo: Client, hello: SimulatedRepository, mutate: Any
) -> None:
    right = octo.get(VIEWS).json()
    world.fail(hello, Entries(mutate), times=1)
    assert octo.get(VIEWS).json() == mutate(copy.deepcopy(right))
    assert octo.get(VIEWS).json() == right


def test_a_secondary_limit_says_how_long_to_wait(
    world: World, octo: Client, hello: SimulatedRepository
) -> None:
    world.fail(hello, SecondaryLimit(retry_after=3))
    answer = octo.get(VIEWS)
    assert (answer.status_code, answer.headers["Retry-After"]) == (403, "3")
    assert "exceeded a secondary rate limit" in answer.json()["message"]
    assert answer.headers["X-RateLimit-Remaining"] != "0"
    assert not octo.server.violations, "the client did nothing wrong"


def test_a_primary_limit_says_when_the_hour_ends(
    world: World, octo: Client, hello: SimulatedRepository
) -> None:
    world.fail(hello, PrimaryLimit(reset_in=900))
    before = time.time()
    answer = octo.get(VIEWS)
    assert answer.status_code == 403
    assert answer.headers["X-RateLimit-Remaining"] == "0"
    assert before + 900 <= int(answer.headers["X-RateLimit-Reset"]) <= time.time() + 901
    assert "Retry-After" not in answer.headers
    assert answer.json()["message"].startswith("API rate limit exceeded")


def test_a_fault_needs_at_least_one_request(world: World) -> None:
    with pytest.raises(ValueError, match="times is 0"):
        world.fail("/user", EmptyBody(), times=0)
