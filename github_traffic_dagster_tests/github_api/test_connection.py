"""What PyGithub's requests go through."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from github.Requester import HTTPSRequestsConnectionClass, Requester

from github_traffic_dagster.demo_github.faults import Entries, Status
from github_traffic_dagster.errors import GitHubUnavailableError
from github_traffic_dagster.github_api.outcomes import Reason
from github_traffic_dagster.github_api.troubles import UnreadableAnswerError
from github_traffic_dagster.github_api.windows import collect_windows
from github_traffic_dagster.traffic.answers import Metric, Target
from github_traffic_dagster_tests.github_api.conftest import Scene, by_id


def test_upstream_keeps_the_pending_request_on_the_shared_connection() -> None:
    """Why there is a connection of our own; when this fails, it may no longer be needed."""
    connection = HTTPSRequestsConnectionClass("host")
    connection.request("GET", "/mine", None, {})
    connection.request("GET", "/another-threads", None, {})
    assert connection.url == "/another-threads"


def test_other_users_of_pygithub_keep_their_connections(scene: Scene) -> None:
    scene.session()
    stock = Requester._Requester__httpsConnectionClass  # type: ignore[attr-defined]
    assert stock is HTTPSRequestsConnectionClass


def test_threads_never_get_each_others_answers(scene: Scene, target: Callable[..., Target]) -> None:
    """Each of 200 repositories has figures of its own, asked for by 100 threads."""
    repositories = [
        scene.repository(f"octo/r{number}", views={date(2026, 7, 10): (number + 1, 1)})
        for number in range(200)
    ]
    session = scene.session(workers=100)
    outcomes = by_id(
        collect_windows(session, [target(repo) for repo in repositories], Metric.VIEWS)
    )
    counts = [outcome.answer.entries[0].count for outcome in outcomes if outcome.answer]
    assert counts == [number + 1 for number in range(200)]


def test_first_calls_from_many_threads_at_once_are_safe(scene: Scene) -> None:
    repositories = [scene.repository(f"octo/r{number}") for number in range(50)]
    session = scene.session(workers=50)

    def full_name(number: int) -> object:
        path = f"/repositories/{repositories[number].repo_id}"
        return session.call(lambda requester: requester.requestJsonAndCheck("GET", path))[1]

    with ThreadPoolExecutor(50) as pool:
        found = list(pool.map(full_name, range(50)))
    names = [repo["full_name"] for repo in found if isinstance(repo, dict)]
    assert names == [repo.full_name for repo in repositories]


def test_a_github_enterprise_below_a_path_works(
    scene: Scene, target: Callable[..., Target]
) -> None:
    repository = scene.repository()
    old = target(repository)
    scene.world.rename(repository, "renamed")
    session = scene.session(api_url=f"{scene.server.url}/api/v3")
    [outcome] = collect_windows(session, [old], Metric.VIEWS)
    assert outcome.collected
    assert all(seen.enterprise for seen in scene.server.requests)


def test_a_redirect_counts_as_a_request_of_its_own(
    scene: Scene, target: Callable[..., Target]
) -> None:
    repository = scene.repository()
    old = target(repository)
    scene.world.rename(repository, "renamed")
    session = scene.session()
    list(collect_windows(session, [old], Metric.VIEWS))
    assert session.calls_made == len(scene.server.requests) == 3


def test_a_redirect_to_another_host_is_not_followed(
    scene: Scene, target: Callable[..., Target]
) -> None:
    """The token would go with it."""
    repository = scene.repository()
    scene.world.fail(repository, Status(301, headers={"location": "http://evil.example/x"}))
    session = scene.session(attempts=1)
    [outcome] = collect_windows(session, [target(repository)], Metric.VIEWS)
    assert outcome.reason is Reason.BAD_ANSWER
    assert "evil.example" in outcome.detail
    assert "GITHUB_API_URL" in outcome.detail


def test_a_redirect_that_leaves_the_port_out_stays_at_the_configured_address(
    scene: Scene, target: Callable[..., Target]
) -> None:
    repository = scene.repository()
    location = f"http://127.0.0.1/repositories/{repository.repo_id}/traffic/views"
    scene.world.fail(repository, Status(301, headers={"location": location}), times=1)
    [outcome] = collect_windows(scene.session(attempts=1), [target(repository)], Metric.VIEWS)
    assert outcome.collected


@pytest.mark.parametrize("location", ["", "http://[oops/", "https://127.0.0.1/x"])
def test_a_redirect_to_nowhere_is_a_bad_answer(
    scene: Scene, target: Callable[..., Target], location: str
) -> None:
    repository = scene.repository()
    scene.world.fail(repository, Status(301, headers={"location": location}))
    [outcome] = collect_windows(scene.session(attempts=1), [target(repository)], Metric.VIEWS)
    assert outcome.reason is Reason.BAD_ANSWER


def test_redirects_in_a_circle_end(scene: Scene, target: Callable[..., Target]) -> None:
    repository = scene.repository()
    location = f"/repositories/{repository.repo_id}/traffic/views"
    scene.world.fail(repository, Status(301, headers={"location": location}))
    session = scene.session(attempts=1)
    [outcome] = collect_windows(session, [target(repository)], Metric.VIEWS)
    assert outcome.reason is Reason.BAD_ANSWER
    assert "circle" in outcome.detail


@pytest.mark.parametrize("status", [302, 307, 308])
def test_a_temporary_redirect_is_followed_like_a_lasting_one(
    scene: Scene, target: Callable[..., Target], status: int
) -> None:
    repository = scene.repository()
    location = f"/repositories/{repository.repo_id}/traffic/views"
    scene.world.fail(repository, Status(status, headers={"location": location}), times=1)
    [outcome] = collect_windows(scene.session(attempts=1), [target(repository)], Metric.VIEWS)
    assert outcome.collected


def test_an_answer_that_is_not_ready_is_asked_for_again(
    scene: Scene, target: Callable[..., Target]
) -> None:
    """PyGithub would sleep two seconds by itself, unseen and again and again."""
    repository = scene.repository()
    scene.world.fail(repository, Status(202), times=1)
    session = scene.session()
    [outcome] = collect_windows(session, [target(repository)], Metric.VIEWS)
    assert outcome.collected
    assert session.calls_made == 3


def test_json_that_is_neither_object_nor_list_is_unreadable(scene: Scene) -> None:
    scene.world.fail("/rate_limit", Entries(lambda _: 5))
    session = scene.session(attempts=1)
    with pytest.raises(UnreadableAnswerError, match="not JSON"):
        session.call(lambda requester: requester.requestJsonAndCheck("GET", "/rate_limit"))


def test_a_proxy_of_the_environment_is_used(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", scene.server.url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    # The simulated GitHub is no proxy: that it was asked is what shows.
    with pytest.raises(GitHubUnavailableError, match="Not Found"):
        scene.session(api_url="http://github.example.test")
    assert len(scene.server.requests) == 1


def test_hosts_that_need_no_proxy_are_asked_directly(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert scene.session().login == "octo"
