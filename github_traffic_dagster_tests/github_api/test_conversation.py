"""Opening a conversation with a token, an App, or both."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from github_traffic_dagster.demo_github.apps import App, new_private_key
from github_traffic_dagster.demo_github.faults import (
    Entries,
    Fault,
    NotJson,
    PrimaryLimit,
    SecondaryLimit,
    Status,
)
from github_traffic_dagster.errors import BadTokenError, GitHubUnavailableError
from github_traffic_dagster.github_api.app_key import app_key
from github_traffic_dagster.github_api.conversation import Conversation
from github_traffic_dagster.github_api.outcomes import Reason
from github_traffic_dagster_tests.github_api.conftest import NOON, TOKEN, Scene


def names(conversation: Conversation) -> list[str]:
    return [line.name for line in conversation.lines]


def test_a_token_alone_costs_one_call_and_is_one_line(scene: Scene) -> None:
    conversation = scene.conversation()
    assert names(conversation) == ["octo (token)"]
    assert conversation.only_session is not None
    assert conversation.calls_made == len(scene.server.requests) == 1
    assert conversation.budget_left == 4999


def test_every_installation_is_found_and_is_a_line(scene: Scene, app: App) -> None:
    scene.world.install(app, "labs")
    scene.world.install(app, "octo")
    conversation = scene.app_conversation(app)
    assert names(conversation) == ["labs (App)", "octo (App)"]
    assert conversation.troubles == []
    assert scene.world.apps.minted == {}  # a token is made when it is needed


def test_more_than_a_page_of_installations_is_found(scene: Scene, app: App) -> None:
    for number in range(103):
        scene.world.add_organization(f"org{number}")
        scene.world.install(app, f"org{number}")
    lines = scene.app_conversation(app).lines
    assert len(lines) == 103
    # Threads are not without end: very many accounts have fewer each.
    assert {line.session.access.workers for line in lines} == {4}


def test_token_and_app_go_side_by_side(scene: Scene, app: App) -> None:
    scene.world.install(app, "labs")
    conversation = scene.app_conversation(app, token=SecretStr(TOKEN))
    assert names(conversation) == ["octo (token)", "labs (App)"]
    assert [line.name for line in conversation.lines_to("Labs")] == ["labs (App)", "octo (token)"]
    assert [line.name for line in conversation.lines_to("octo")] == ["octo (token)"]


def test_the_tokens_expiry_is_the_personal_tokens(scene: Scene, app: App) -> None:
    scene.world.install(app, "labs")
    assert scene.app_conversation(app).token_expires_at is None
    expiry = NOON + timedelta(days=9)
    scene.world.add_token(TOKEN, "octo", expires_at=expiry)
    assert scene.app_conversation(app, token=SecretStr(TOKEN)).token_expires_at == expiry


def test_a_suspended_installation_is_left_out_and_said_so(scene: Scene, app: App) -> None:
    scene.world.install(app, "labs", suspended=True)
    scene.world.install(app, "octo")
    conversation = scene.app_conversation(app)
    assert names(conversation) == ["octo (App)"]
    [trouble] = conversation.troubles
    assert (trouble.login, trouble.reason) == ("labs", Reason.NO_CREDENTIAL)
    assert "suspended" in trouble.text
    assert "https://github.com/organizations/labs/settings/installations/5001" in trouble.text
    assert conversation.lines_to("labs") == []
    assert conversation.why_not("labs") is trouble


def test_a_missing_permission_is_named(scene: Scene, app: App) -> None:
    scene.world.install(app, "labs", permissions={"metadata": "read"})
    conversation = scene.app_conversation(app)
    [trouble] = conversation.troubles
    assert (trouble.login, trouble.reason) == ("labs", Reason.FORBIDDEN)
    assert 'needs "Administration: read" on labs' in trouble.text
    assert conversation.lines_to("labs") == []
    assert names(conversation) == ["labs (App)"]  # its repositories are listed all the same


def test_an_account_nobody_speaks_for_is_told_what_to_do(scene: Scene, app: App) -> None:
    scene.world.install(app, "labs")
    trouble = scene.app_conversation(app).why_not("stranger")
    assert "not installed on stranger" in trouble.text


def test_an_app_that_is_installed_nowhere_says_so(scene: Scene, app: App) -> None:
    with pytest.raises(BadTokenError, match="traffic-bot is installed nowhere"):
        scene.app_conversation(app)


def test_an_app_that_is_suspended_everywhere_says_where(scene: Scene, app: App) -> None:
    scene.world.install(app, "labs", suspended=True)
    with pytest.raises(BadTokenError, match="on labs is suspended"):
        scene.app_conversation(app)


def test_a_key_of_another_app_names_id_and_key(scene: Scene, app: App) -> None:
    scene.world.install(app, "labs")
    other = app_key("7", new_private_key(), None)
    with pytest.raises(BadTokenError) as refused:
        scene.conversation(token=None, app=other)
    assert "GITHUB_APP_ID 7" in str(refused.value)
    assert "GITHUB_APP_PRIVATE_KEY do not belong together" in str(refused.value)


def test_an_unknown_id_names_the_setting(scene: Scene, app: App) -> None:
    scene.world.install(app, "labs")
    other = app_key("8", app.private_key, None)
    with pytest.raises(BadTokenError, match="no App with GITHUB_APP_ID 8"):
        scene.conversation(token=None, app=other)


@pytest.mark.parametrize("off", [timedelta(hours=-3), timedelta(minutes=-2), timedelta(days=400)])
def test_a_clock_that_is_off_costs_one_call(scene: Scene, app: App, off: timedelta) -> None:
    """GitHub's own clock is heard from its refusal, and the next JWT is signed by that."""
    scene.world.clock.move_to(datetime.now(UTC) + off)
    scene.world.install(app, "labs")
    conversation = scene.app_conversation(app)
    assert names(conversation) == ["labs (App)"]
    assert [seen.status for seen in scene.server.requests] == [401, 200, 200]


@pytest.mark.parametrize("off", [timedelta(0), timedelta(seconds=-50), timedelta(minutes=3)])
def test_a_clock_that_is_a_little_off_costs_nothing(scene: Scene, app: App, off: timedelta) -> None:
    scene.world.clock.move_to(datetime.now(UTC) + off)
    scene.world.install(app, "labs")
    scene.app_conversation(app)
    assert [seen.status for seen in scene.server.requests] == [200, 200]


def test_a_wrong_key_on_a_machine_whose_clock_is_off_tells_both(scene: Scene, app: App) -> None:
    scene.world.clock.move_to(datetime.now(UTC) + timedelta(hours=1))
    scene.world.install(app, "labs")
    with pytest.raises(BadTokenError, match=r"This machine's clock is 3\d{3} s behind GitHub's"):
        scene.conversation(token=None, app=app_key("7", new_private_key(), None))


@pytest.mark.parametrize("path", ["/app", "/app/installations"])
@pytest.mark.parametrize(
    "fault", [NotJson(), Status(503), Status(404), Entries(lambda _: 5), Entries(lambda _: {})]
)
def test_an_address_that_is_no_github_names_the_setting(
    scene: Scene, app: App, path: str, fault: Fault
) -> None:
    scene.world.install(app, "labs")
    scene.world.fail(path, fault)
    with pytest.raises(GitHubUnavailableError, match="GITHUB_API_URL"):
        scene.app_conversation(app, attempts=1)


@pytest.mark.parametrize(
    "entry", [5, {}, {"id": True}, {"id": 1, "account": {"login": "x"}, "permissions": "all"}]
)
def test_installations_that_make_no_sense_are_refused(
    scene: Scene, app: App, entry: object
) -> None:
    scene.world.install(app, "labs")
    scene.world.fail("/app/installations", Entries(lambda _: [entry]))
    with pytest.raises(GitHubUnavailableError, match=r"an entry|usable"):
        scene.app_conversation(app, attempts=1)


def test_an_installation_on_an_enterprise_has_no_repositories_to_ask_for(
    scene: Scene, app: App
) -> None:
    scene.world.install(app, "labs")
    enterprise = {"id": 1, "account": {"slug": "acme"}, "target_type": "Enterprise"}
    scene.world.fail("/app/installations", Entries(lambda listed: [enterprise, *listed]))
    assert names(scene.app_conversation(app)) == ["labs (App)"]


def test_a_refused_token_is_a_trouble_where_the_app_goes_on(scene: Scene, app: App) -> None:
    scene.world.install(app, "labs")
    conversation = scene.app_conversation(app, token=SecretStr("ghp_unknown"))
    assert names(conversation) == ["labs (App)"]
    [trouble] = conversation.troubles
    assert trouble.login == ""
    assert "GITHUB_TOKEN" in trouble.text
    assert conversation.why_not("stranger").text == trouble.text


def test_a_refused_app_is_a_trouble_where_the_token_goes_on(scene: Scene, app: App) -> None:
    conversation = scene.conversation(app=app_key("8", app.private_key, None))
    assert names(conversation) == ["octo (token)"]
    assert "GITHUB_APP_ID" in conversation.troubles[0].text


def test_when_both_are_refused_both_are_named(scene: Scene, app: App) -> None:
    with pytest.raises(BadTokenError, match=r"GITHUB_TOKEN.*GITHUB_APP_ID"):
        scene.conversation(token=SecretStr("ghp_unknown"), app=app_key("8", app.private_key, None))


def test_limits_on_the_way_in_are_waited_out_and_told_by_account(scene: Scene, app: App) -> None:
    told: list[str] = []
    scene.world.install(app, "labs")
    scene.world.fail("/app", SecondaryLimit(retry_after=2), times=1)
    scene.app_conversation(app, on_wait=lambda _, why: told.append(why))
    assert told == ["GitHub's secondary limit for the App"]


def test_an_app_whose_hour_is_used_up_gives_up_in_time(scene: Scene, app: App) -> None:
    scene.world.install(app, "labs")
    scene.world.fail("/app", PrimaryLimit(reset_in=600))
    with pytest.raises(GitHubUnavailableError, match="hourly limit lifts at"):
        scene.app_conversation(app, max_wait=60)


def test_an_enterprise_server_is_asked_below_its_prefix(scene: Scene, app: App) -> None:
    scene.world.install(app, "labs")
    conversation = scene.app_conversation(app, api_url=f"{scene.server.url}/api/v3")
    conversation.lines[0].session.call(
        lambda requester: requester.requestJsonAndCheck("GET", "/installation/repositories")
    )
    assert all(seen.enterprise for seen in scene.server.requests)
    assert scene.server.requests[-2].path == "/app/installations/5001/access_tokens"


def test_what_it_cost_is_told_by_account(scene: Scene, app: App) -> None:
    scene.world.install(app, "labs", hourly=12_500)
    scene.world.install(app, "stranger")
    conversation = scene.app_conversation(app, token=SecretStr(TOKEN))
    conversation.lines[1].session.call(
        lambda requester: requester.requestJsonAndCheck("GET", "/installation/repositories")
    )
    told = {one.account: (one.calls_made, one.budget_left) for one in conversation.spending}
    # The JWT by this machine's clock was refused once: the world's is another.
    app_calls = len(scene.server.requests) - 2
    assert told == {
        "octo (token)": (1, 4999),
        "labs (App)": (1, 12_499),
        "the App itself": (app_calls, None),
    }
    assert conversation.budget_left == 4999 + 12_499
    assert conversation.calls_made == len(scene.server.requests)
