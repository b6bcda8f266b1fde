from datetime import date

from github_traffic_dagster.demo_github.world import World
from github_traffic_dagster_tests.demo_github.conftest import Client

YESTERDAY = date(2026, 5, 19)


def test_an_old_name_redirects_to_the_id_with_path_and_query(world: World, octo: Client) -> None:
    repository = world.add_repository("octo/old", views={YESTERDAY: (9, 3)})
    world.rename(repository, "new")
    answer = octo.get("/repos/octo/old/traffic/views?per=day", follow=False)
    assert answer.status_code == 301
    target = f"{octo.server.url}/repositories/{repository.repo_id}/traffic/views?per=day"
    assert answer.headers["Location"] == target
    assert answer.json()["message"] == "Moved Permanently"
    assert octo.get("/repos/octo/old/traffic/views").json()["count"] == 9
    assert octo.get("/repos/octo/old").json()["full_name"] == "octo/new"


def test_every_name_it_ever_had_leads_to_it(world: World, octo: Client) -> None:
    repository = world.add_repository("octo/a")
    world.rename(repository, "b")
    world.rename(repository, "c")
    found = {octo.get(f"/repos/octo/{name}").json()["id"] for name in "abc"}
    assert found == {repository.repo_id}


def test_a_name_taken_back_answers_by_itself(world: World, octo: Client) -> None:
    repository = world.add_repository("octo/a")
    world.rename(repository, "b")
    world.rename(repository, "a")
    assert octo.get("/repos/octo/a", follow=False).status_code == 200
    assert octo.get("/repos/octo/b", follow=False).status_code == 301


def test_a_new_repository_under_the_old_name_answers_itself(world: World, octo: Client) -> None:
    moved = world.add_repository("octo/a")
    world.rename(moved, "b")
    heir = world.add_repository("octo/a")
    assert octo.get("/repos/octo/a", follow=False).json()["id"] == heir.repo_id
    world.delete(heir)
    assert octo.get("/repos/octo/a").status_code == 404


def test_a_name_can_be_used_again_after_a_deletion(world: World, octo: Client) -> None:
    first = world.add_repository("octo/a")
    world.delete(first)
    second = world.add_repository("octo/a")
    assert first.repo_id != octo.get("/repos/octo/a").json()["id"] == second.repo_id


def test_a_transfer_redirects_and_hands_over_the_access(
    world: World, octo: Client, stranger: Client
) -> None:
    repository = world.add_repository("octo/tool")
    world.transfer(repository, "stranger")
    assert octo.get("/repos/octo/tool").json()["full_name"] == "stranger/tool"
    assert octo.get("/repos/stranger/tool/traffic/views").status_code == 403
    assert stranger.get("/repos/octo/tool/traffic/views").status_code == 200


def test_a_redirect_does_not_betray_what_a_token_may_not_see(
    world: World, octo: Client, stranger: Client
) -> None:
    repository = world.add_repository("octo/old", private=True)
    world.rename(repository, "new")
    assert stranger.get("/repos/octo/old", follow=False).status_code == 404
    assert octo.get("/repos/octo/old", follow=False).status_code == 301
    world.delete(repository)
    assert octo.get("/repos/octo/old", follow=False).status_code == 404
