"""Lists of several accounts, put together."""

from typing import Any

import pytest
from pydantic import SecretStr

from github_traffic_dagster.demo_github.apps import App
from github_traffic_dagster.demo_github.faults import EmptyBody, Entries, Status
from github_traffic_dagster.errors import BadTokenError, GitHubUnavailableError
from github_traffic_dagster.github_api.inventory import Inventory, list_repositories
from github_traffic_dagster.github_api.outcomes import Reason
from github_traffic_dagster.github_api.selection import Selection
from github_traffic_dagster_tests.github_api.conftest import TOKEN, Scene

EVERYTHING = Selection()
LISTING = "/installation/repositories"
BOTH: dict[str, Any] = {"token": SecretStr(TOKEN)}


def access_of(inventory: Inventory) -> dict[str, bool]:
    return {found.full_name: found.traffic_access for found in inventory.repositories}


def listed(scene: Scene, app: App, selection: Selection = EVERYTHING, **settings: Any) -> Inventory:
    return list_repositories(scene.app_conversation(app, **settings), selection)


def test_an_installation_lists_all_pages_of_what_it_covers(scene: Scene, app: App) -> None:
    for number in range(130):
        scene.repository(f"labs/r{number}", private=number % 2 == 0)
    scene.repository("octo/other")
    scene.world.install(app, "labs")
    inventory = listed(scene, app)
    assert len(inventory.repositories) == 130
    assert all(access_of(inventory).values())
    assert (inventory.skipped, inventory.troubles) == ((), ())
    assert scene.server.count(LISTING) == 2


def test_only_selected_repositories_are_listed(scene: Scene, app: App) -> None:
    chosen = scene.repository("labs/chosen")
    scene.repository("labs/other")
    scene.world.install(app, "labs", repositories=[chosen])
    assert access_of(listed(scene, app)) == {"labs/chosen": True}


def test_several_installations_and_a_token_make_one_list(scene: Scene, app: App) -> None:
    scene.world.add_organization("acme")
    scene.repository("labs/both")
    scene.repository("acme/secret", private=True)
    scene.repository("octo/own")
    scene.repository("stranger/shared", push_logins={"octo"})
    scene.world.install(app, "labs")
    scene.world.install(app, "acme")
    inventory = listed(scene, app, **BOTH)
    assert access_of(inventory) == {
        "labs/both": True,
        "acme/secret": True,
        "octo/own": True,
        "stranger/shared": True,
    }
    assert len(inventory.repositories) == 4


def test_traffic_may_be_read_if_any_credential_may(scene: Scene, app: App) -> None:
    scene.repository("labs/app-may", push_logins=set())
    scene.world.install(app, "labs")
    scene.repository("octo/token-may")
    scene.world.install(app, "octo", permissions={"metadata": "read"})
    assert access_of(listed(scene, app, **BOTH)) == {
        "labs/app-may": True,
        "octo/token-may": True,
    }


def test_without_the_permission_repositories_are_listed_and_the_permission_is_named(
    scene: Scene, app: App
) -> None:
    scene.repository("labs/tool")
    scene.world.install(app, "labs", permissions={"metadata": "read"})
    inventory = listed(scene, app)
    assert access_of(inventory) == {"labs/tool": False}
    [skipped] = inventory.skipped
    assert skipped.reason is Reason.FORBIDDEN
    assert 'needs "Administration: read" on labs' in skipped.detail
    assert [trouble.login for trouble in inventory.troubles] == ["labs"]


def test_accounts_that_are_not_wanted_are_neither_asked_nor_complained_about(
    scene: Scene, app: App
) -> None:
    scene.repository("labs/tool")
    scene.repository("octo/own")
    scene.world.install(app, "labs", permissions={"metadata": "read"})
    scene.world.install(app, "stranger", suspended=True)
    scene.world.install(app, "octo")
    inventory = listed(scene, app, Selection(accounts=("Octo",)))
    assert access_of(inventory) == {"octo/own": True}
    assert inventory.troubles == ()
    assert scene.world.apps.minted == {5003: 1}


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("/app/installations/5001/access_tokens", Status(500)),
        ("/app/installations/5001/access_tokens", Status(404)),
    ],
)
def test_one_account_that_can_not_be_listed_is_a_trouble_of_its_own(
    scene: Scene, app: App, path: str, fault: Status
) -> None:
    scene.repository("labs/tool")
    scene.repository("octo/own")
    scene.world.install(app, "labs")
    scene.world.install(app, "octo")
    scene.world.fail(path, fault)
    inventory = listed(scene, app, attempts=1)
    assert access_of(inventory) == {"octo/own": True}
    [trouble] = inventory.troubles
    assert trouble.login == "labs"
    assert "labs" in trouble.text
    assert "Nothing was collected" not in trouble.text


def test_an_account_with_a_broken_page_is_listed_not_at_all(scene: Scene, app: App) -> None:
    for number in range(130):
        scene.repository(f"labs/r{number}")
    scene.repository("octo/own")
    scene.world.install(app, "labs")
    broken = Entries(lambda page: page if len(page["repositories"]) == 1 else {"repositories": 5})
    scene.world.fail(LISTING, broken)
    inventory = listed(scene, app, attempts=1, **BOTH)
    # The token sees them as well: as labs' member, octo lists them all.
    assert len(inventory.repositories) == 131
    [trouble] = inventory.troubles
    assert (trouble.login, trouble.reason) == ("labs", Reason.SERVER_ERROR)


def test_when_no_account_can_be_listed_the_run_ends(scene: Scene, app: App) -> None:
    scene.repository("labs/tool")
    scene.world.install(app, "labs")
    scene.world.install(app, "octo")
    scene.world.fail(LISTING, EmptyBody())
    with pytest.raises(GitHubUnavailableError, match="Nothing was collected"):
        listed(scene, app, attempts=1)


def test_when_every_account_is_lost_meanwhile_the_first_is_named(scene: Scene, app: App) -> None:
    scene.world.install(app, "labs")
    scene.world.install(app, "octo")
    scene.world.fail("/app/installations/5001", Status(403, "This installation has been suspended"))
    scene.world.fail("/app/installations/5002", Status(404))
    with pytest.raises(BadTokenError, match="labs"):
        listed(scene, app, attempts=1)


def test_accounts_are_listed_at_the_same_time(scene: Scene, app: App) -> None:
    for login in ("labs", "octo", "stranger"):
        scene.repository(f"{login}/tool")
        scene.world.install(app, login)
    conversation = scene.app_conversation(app)
    scene.server.latency = 0.3
    assert len(list_repositories(conversation, EVERYTHING).repositories) == 3
    assert scene.server.most_under_way > 1
