from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from github_traffic_dagster.demo_github.answers import Answer
from github_traffic_dagster.demo_github.faults import (
    EmptyBody,
    Entries,
    Fault,
    NotJson,
    Status,
    TruncatedBody,
)
from github_traffic_dagster.errors import BadTokenError, GitHubUnavailableError
from github_traffic_dagster.github_api.inventory import list_repositories
from github_traffic_dagster.github_api.outcomes import Reason
from github_traffic_dagster.github_api.selection import Selection
from github_traffic_dagster_tests.github_api.conftest import NOON, TOKEN, Scene

EVERYTHING = Selection()


def test_own_private_organisation_and_collaborators_repositories_are_listed(scene: Scene) -> None:
    scene.repository("octo/own")
    scene.repository("octo/hidden", private=True)
    scene.repository("labs/team", private=True)
    scene.repository("stranger/shared", push_logins={"octo", "stranger"})
    scene.repository("stranger/theirs")
    inventory = list_repositories(scene.conversation(), EVERYTHING)
    names = {repository.full_name for repository in inventory.repositories}
    assert names == {"octo/own", "octo/hidden", "labs/team", "stranger/shared"}


def test_a_repository_is_described_as_github_does(scene: Scene) -> None:
    created = datetime(2026, 7, 1, 8, 30, tzinfo=UTC)
    listed = scene.repository(
        "octo/own", private=True, fork=True, archived=True, created_at=created,
        stargazers=3, forks=2, open_issues=1,
    )  # fmt: skip
    [found] = list_repositories(scene.conversation(), EVERYTHING).repositories
    assert (found.repo_id, found.full_name) == (listed.repo_id, "octo/own")
    assert (found.private, found.fork, found.archived) == (True, True, True)
    assert (found.stargazers, found.forks, found.open_issues) == (3, 2, 1)
    assert (found.created_at, found.observed_at) == (created, NOON)
    assert found.traffic_access


@pytest.mark.parametrize("number", [0, 100, 250])
def test_all_pages_are_read_a_hundred_at_a_time(scene: Scene, number: int) -> None:
    for index in range(number):
        scene.repository(f"octo/r{index}")
    conversation = scene.conversation()
    inventory = list_repositories(conversation, EVERYTHING)
    assert len({repository.repo_id for repository in inventory.repositories}) == number
    assert scene.server.count("/user/repos") == max(1, -(-number // 100))
    assert conversation.calls_made == 1 + scene.server.count("/user/repos")


def test_pages_work_on_a_github_enterprise(scene: Scene) -> None:
    for index in range(120):
        scene.repository(f"octo/r{index}")
    conversation = scene.conversation(api_url=f"{scene.server.url}/api/v3/")
    assert len(list_repositories(conversation, EVERYTHING).repositories) == 120


def test_one_without_push_access_is_listed_and_skipped(scene: Scene) -> None:
    scene.repository("labs/readable", push_logins=set())
    inventory = list_repositories(scene.conversation(), EVERYTHING)
    assert [repository.traffic_access for repository in inventory.repositories] == [False]
    assert [outcome.reason for outcome in inventory.skipped] == [Reason.NO_PUSH_ACCESS]


def test_what_the_user_leaves_out_is_skipped_with_its_reason(scene: Scene) -> None:
    scene.repository("octo/wanted")
    scene.repository("octo/fork", fork=True)
    scene.repository("octo/old", archived=True)
    scene.repository("octo/secret-plan")
    scene.repository("labs/elsewhere")
    selection = Selection(accounts=("octo",), exclude=("secret-*",), forks=False, archived=False)
    inventory = list_repositories(scene.conversation(), selection)
    assert [repository.full_name for repository in inventory.repositories] == ["octo/wanted"]
    assert {outcome.full_name: outcome.reason for outcome in inventory.skipped} == {
        "octo/fork": Reason.FORK,
        "octo/old": Reason.ARCHIVED,
        "octo/secret-plan": Reason.EXCLUDED,
        "labs/elsewhere": Reason.EXCLUDED,
    }


class LaterPages(Entries):
    """Alters the second page only."""

    def __init__(self, page: Any) -> None:
        super().__init__(lambda items: page if len(items) < 100 else items)


@pytest.mark.parametrize("fault", [EmptyBody(), NotJson(), TruncatedBody(), Status(502)])
def test_a_page_that_cannot_be_read_once_is_read_again(scene: Scene, fault: Fault) -> None:
    for index in range(150):
        scene.repository(f"octo/r{index}")
    scene.world.fail("/user/repos", fault, times=1)
    assert len(list_repositories(scene.conversation(), EVERYTHING).repositories) == 150


@pytest.mark.parametrize("fault", [EmptyBody(), NotJson(), TruncatedBody(), Status(502)])
def test_a_listing_that_cannot_be_read_raises(scene: Scene, fault: Fault) -> None:
    scene.repository()
    scene.world.fail("/user/repos", fault)
    with pytest.raises(GitHubUnavailableError, match="list of repositories"):
        list_repositories(scene.conversation(attempts=1), EVERYTHING)


@pytest.mark.parametrize(
    "page", [{}, {"message": "?"}, [{}], ["x"], [None], [{"id": True}], [{"id": 5}]]
)
def test_a_second_page_that_makes_no_sense_never_gives_half_a_list(scene: Scene, page: Any) -> None:
    for index in range(150):
        scene.repository(f"octo/r{index}")
    scene.world.fail("/user/repos", LaterPages(page))
    with pytest.raises(GitHubUnavailableError, match="Nothing was collected"):
        list_repositories(scene.conversation(attempts=1), EVERYTHING)


@dataclass(frozen=True)
class NextPage(Fault):
    """Whatever the page is, its successor is said to be at `url`."""

    url: str

    def distort(self, answer: Answer) -> Answer:
        return replace(answer, headers={"link": f'<{self.url}>; rel="next"'})


def test_the_next_page_is_asked_for_at_the_configured_address(scene: Scene) -> None:
    """A proxy that doesn't know its outer name must not send the token elsewhere."""
    for index in range(120):
        scene.repository(f"octo/r{index}")
    elsewhere = "https://inner.example:8443/user/repos?page=2&per_page=100&sort=created"
    scene.world.fail("/user/repos", NextPage(elsewhere + "&direction=asc"), times=1)
    assert len(list_repositories(scene.conversation(), EVERYTHING).repositories) == 120


def test_pages_that_lead_in_a_circle_end(scene: Scene) -> None:
    scene.repository()
    scene.world.fail("/user/repos", NextPage(f"{scene.server.url}/user/repos?page=2"))
    with pytest.raises(GitHubUnavailableError, match="circle"):
        list_repositories(scene.conversation(), EVERYTHING)


def test_a_token_revoked_before_the_listing_is_a_bad_token(scene: Scene) -> None:
    conversation = scene.conversation()
    scene.world.revoke_token(TOKEN)
    with pytest.raises(BadTokenError):
        list_repositories(conversation, EVERYTHING)
