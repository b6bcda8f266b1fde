"""GitHub is asked who a repository is: one request each, and no trouble stops the others."""

import pytest

from github_traffic_dagster.errors import BadTokenError
from github_traffic_dagster.github_api.identities import Identity, identify
from github_traffic_dagster.github_api.outcomes import Outcome, Reason
from github_traffic_dagster_tests.github_api.conftest import TOKEN, Scene


def test_names_present_and_former_and_ids_are_one_request_each(scene: Scene) -> None:
    hello = scene.repository("octo/hello")
    tool = scene.repository("labs/tool")
    moved = scene.repository("octo/old")
    scene.world.rename(moved, "new")
    conversation = scene.conversation()
    before = conversation.calls_made
    found = identify(conversation, ["octo/hello", "OCTO/Hello", "octo/old", tool.repo_id])
    assert found == {
        "octo/hello": Identity(hello.repo_id, "octo/hello"),
        "OCTO/Hello": Identity(hello.repo_id, "octo/hello"),
        "octo/old": Identity(moved.repo_id, "octo/new"),
        tool.repo_id: Identity(tool.repo_id, "labs/tool"),
    }
    # The former name leads on by a redirect.
    assert conversation.calls_made - before == 5


def test_each_trouble_is_its_own(scene: Scene) -> None:
    scene.repository("octo/hello")
    scene.repository("labs/blocked", blocked=True)
    found = identify(scene.conversation(), ["octo/gone", "labs/blocked", "octo/hello"])
    reasons = {
        name: one.reason if isinstance(one, Outcome) else one.full_name
        for name, one in found.items()
    }
    assert reasons == {
        "octo/gone": Reason.NOT_FOUND,
        "labs/blocked": Reason.BLOCKED,
        "octo/hello": "octo/hello",
    }


def test_an_app_is_asked_for_what_its_installations_see(scene: Scene) -> None:
    scene.repository("labs/tool")
    app = scene.world.add_app(7, owner="labs")
    scene.world.install(app, "labs")
    with scene.app_conversation(app) as conversation:
        found = identify(conversation, ["labs/tool", "octo/hello"])
    assert isinstance(found["labs/tool"], Identity)
    assert isinstance(found["octo/hello"], Outcome)


def test_a_token_that_is_refused_meanwhile_ends_it(scene: Scene) -> None:
    scene.repository("octo/hello")
    conversation = scene.conversation()
    scene.world.revoke_token(TOKEN)
    with pytest.raises(BadTokenError):
        identify(conversation, ["octo/hello"])


def test_nothing_asked_is_nothing_sent(scene: Scene) -> None:
    conversation = scene.conversation()
    before = conversation.calls_made
    assert identify(conversation, []) == {}
    assert conversation.calls_made == before
