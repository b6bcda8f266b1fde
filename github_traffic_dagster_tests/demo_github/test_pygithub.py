"""The client the pipeline uses understands every answer it depends on."""

from datetime import UTC, date, datetime

import pytest
from github import Auth, Github, GithubException, RateLimitExceededException

from github_traffic_dagster.demo_github.faults import PrimaryLimit
from github_traffic_dagster.demo_github.server import GitHubServer
from github_traffic_dagster.demo_github.world import World


def client(server: GitHubServer, *, prefix: str = "", lazy: bool = False) -> Github:
    return Github(
        auth=Auth.Token("octos-token"),
        base_url=server.url + prefix,
        per_page=2,
        lazy=lazy,
        retry=None,
        seconds_between_requests=0,
    )


@pytest.mark.parametrize("prefix", ["", "/api/v3"])
def test_it_lists_page_by_page_and_reads_traffic(
    world: World, server: GitHubServer, prefix: str
) -> None:
    for number in range(5):
        world.add_repository(
            f"octo/r{number}",
            private=number == 1,
            views={date(2026, 5, 19): (number + 1, 1)},
        )
    repositories = list(client(server, prefix=prefix).get_user().get_repos())
    assert [repo.full_name for repo in repositories] == [f"octo/r{n}" for n in range(5)]
    assert repositories[1].private
    assert repositories[0].permissions.push
    assert repositories[0].created_at == datetime(2020, 1, 1, tzinfo=UTC)
    traffic = repositories[4].get_views_traffic(per="day")
    assert traffic is not None
    assert [(day.timestamp, day.count) for day in traffic.views] == [
        (datetime(2026, 5, 19, tzinfo=UTC), 5)
    ]
    assert server.count("/user/repos") == 3


def test_it_follows_a_rename(world: World, server: GitHubServer) -> None:
    repository = world.add_repository("octo/old", clones={date(2026, 5, 19): (8, 2)})
    world.rename(repository, "new")
    traffic = client(server, lazy=True).get_repo("octo/old").get_clones_traffic()
    assert traffic is not None
    assert traffic.count == 8
    assert [seen.status for seen in server.requests] == [301, 200]


def test_it_tells_a_limit_from_a_refusal(world: World, server: GitHubServer) -> None:
    repository = world.add_repository("octo/hello", push_logins=())
    listed = client(server, lazy=True).get_repo("octo/hello")
    with pytest.raises(GithubException) as refused:
        listed.get_views_traffic()
    assert refused.value.status == 403
    assert not isinstance(refused.value, RateLimitExceededException)
    world.fail(repository, PrimaryLimit(reset_in=60))
    with pytest.raises(RateLimitExceededException):
        listed.get_views_traffic()


def test_it_reads_the_budget_and_the_organisation(world: World, server: GitHubServer) -> None:
    world.add_repository("labs/tool")
    github = client(server)
    assert github.get_rate_limit().resources.core.limit == 5000
    assert [repo.name for repo in github.get_organization("labs").get_repos()] == ["tool"]
