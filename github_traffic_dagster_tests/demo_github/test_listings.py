import re
from datetime import UTC, datetime

import pytest

from github_traffic_dagster.demo_github.world import World
from github_traffic_dagster_tests.demo_github.conftest import Client

OWN = ["octo/own", "octo/own-private"]


def names(client: Client, path: str) -> list[str]:
    return [repo["full_name"] for repo in client.get(path).json()]


@pytest.fixture
def populated(world: World) -> World:
    world.add_user("friend")
    world.add_repository("octo/own")
    world.add_repository("octo/own-private", private=True)
    world.add_repository("labs/shared-private", private=True)
    world.add_repository("labs/read-only", push_logins=())
    world.add_repository("friend/invited", private=True, push_logins=["friend", "octo"])
    world.add_repository("friend/unrelated")
    return world


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["friend/invited", "labs/read-only", "labs/shared-private", *OWN]),
        ("?affiliation=owner", OWN),
        ("?affiliation=collaborator", ["friend/invited"]),
        (
            "?affiliation=owner,organization_member&visibility=private",
            ["labs/shared-private", "octo/own-private"],
        ),
        ("?visibility=public", ["labs/read-only", "octo/own"]),
        ("?type=owner", OWN),
        ("?type=private", ["friend/invited", "labs/shared-private", "octo/own-private"]),
        ("?type=member", ["friend/invited", "labs/read-only", "labs/shared-private"]),
    ],
)
def test_a_token_lists_all_that_its_login_has_to_do_with(
    populated: World, octo: Client, query: str, expected: list[str]
) -> None:
    assert names(octo, f"/user/repos{query}") == expected


def test_type_excludes_affiliation(populated: World, octo: Client) -> None:
    assert octo.get("/user/repos?type=owner&affiliation=owner").status_code == 422


def test_a_users_list_holds_public_repositories_only(populated: World, octo: Client) -> None:
    assert names(octo, "/users/octo/repos") == ["octo/own"]
    assert names(octo, "/users/friend/repos") == ["friend/unrelated"]
    assert octo.get("/users/nobody/repos").status_code == 404


def test_an_organisations_list_depends_on_who_asks(
    populated: World, octo: Client, stranger: Client
) -> None:
    assert set(names(octo, "/orgs/labs/repos")) == {"labs/shared-private", "labs/read-only"}
    assert names(stranger, "/orgs/labs/repos") == ["labs/read-only"]
    assert octo.get("/orgs/octo/repos").status_code == 404


def test_a_listed_repository_has_githubs_fields(world: World, octo: Client) -> None:
    world.add_repository(
        "labs/tool",
        repo_id=4711,
        created_at=datetime(2024, 2, 29, 8, 30, tzinfo=UTC),
        archived=True,
        fork=True,
        stargazers=7,
        forks=3,
        open_issues=2,
    )
    listed = octo.get("/user/repos").json()[0]
    assert (
        listed.items()
        >= {
            "id": 4711,
            "name": "tool",
            "full_name": "labs/tool",
            "private": False,
            "archived": True,
            "fork": True,
            "created_at": "2024-02-29T08:30:00Z",
            "stargazers_count": 7,
            "forks_count": 3,
            "open_issues_count": 2,
            "html_url": "https://github.com/labs/tool",
            "url": f"{octo.server.url}/repos/labs/tool",
        }.items()
    )
    assert listed["owner"]["login"] == "labs"
    assert listed["owner"]["type"] == "Organization"
    assert {"admin", "push", "pull"} <= set(listed["permissions"])
    assert {"node_id", "pushed_at", "updated_at"} <= set(listed)
    assert octo.get("/repos/labs/tool").json() == listed


def test_permissions_tell_who_may_push(populated: World, octo: Client) -> None:
    listed = {repo["full_name"]: repo["permissions"] for repo in octo.get("/user/repos").json()}
    assert listed["labs/read-only"]["push"] is False
    assert listed["labs/read-only"]["pull"] is True
    assert listed["octo/own"]["push"] is True


def test_pages_hold_thirty_by_default_and_a_hundred_at_most(world: World, octo: Client) -> None:
    for number in range(130):
        world.add_repository(f"octo/r{number:03}")
    assert len(octo.get("/user/repos").json()) == 30
    assert len(octo.get("/user/repos?per_page=500").json()) == 100
    assert len(octo.get("/user/repos?per_page=100&page=2").json()) == 30
    assert octo.get("/user/repos?per_page=100&page=3").json() == []


def relations(link: str) -> dict[str, str]:
    return {relation: url for url, relation in re.findall(r'<([^>]+)>; rel="(\w+)"', link)}


def test_links_lead_through_all_pages_and_back(world: World, octo: Client) -> None:
    for number in range(7):
        world.add_repository(f"octo/r{number}")
    first = octo.get("/user/repos?per_page=3&visibility=all")
    assert set(relations(first.headers["Link"])) == {"next", "last"}
    assert first.links["next"]["url"] == (
        f"{octo.server.url}/user/repos?per_page=3&visibility=all&page=2"
    )
    second = octo.session.get(first.links["next"]["url"], timeout=30)
    assert set(relations(second.headers["Link"])) == {"prev", "next", "last", "first"}
    last = octo.session.get(second.links["last"]["url"], timeout=30)
    assert set(relations(last.headers["Link"])) == {"prev", "first"}
    assert [repo["name"] for repo in last.json()] == ["r6"]


def test_one_page_has_no_links(populated: World, octo: Client) -> None:
    assert "Link" not in octo.get("/user/repos").headers


def test_lists_can_be_sorted_by_age(world: World, octo: Client) -> None:
    world.add_repository("octo/a", created_at=datetime(2024, 1, 1, tzinfo=UTC))
    world.add_repository("octo/b", created_at=datetime(2025, 1, 1, tzinfo=UTC))
    assert names(octo, "/user/repos?sort=created") == ["octo/b", "octo/a"]
    assert names(octo, "/user/repos?sort=created&direction=asc") == ["octo/a", "octo/b"]
    assert octo.get("/user/repos?sort=beauty").status_code == 422


def test_an_account_that_is_not_there_cannot_own_anything(world: World) -> None:
    with pytest.raises(ValueError, match="nobody is called 'ghost'"):
        world.add_repository("ghost/tool")


def test_names_and_ids_and_logins_are_given_once(world: World) -> None:
    world.add_repository("octo/hello", repo_id=5)
    with pytest.raises(ValueError, match="exists already"):
        world.add_repository("octo/HELLO")
    with pytest.raises(ValueError, match="id 5 is taken"):
        world.add_repository("octo/other", repo_id=5)
    with pytest.raises(ValueError, match="is taken"):
        world.add_user("Octo")
    with pytest.raises(ValueError, match='no "owner/name"'):
        world.add_repository("octo")
