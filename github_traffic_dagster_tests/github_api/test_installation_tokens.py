"""Tokens of installations are made when needed, renewed in time, and once for all threads."""

from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from github.Requester import Requester

from github_traffic_dagster.demo_github.answers import Answer
from github_traffic_dagster.demo_github.apps import App, Installation
from github_traffic_dagster.demo_github.faults import Entries, Fault, PrimaryLimit, Status
from github_traffic_dagster.demo_github.limits import Limits
from github_traffic_dagster.errors import BadTokenError
from github_traffic_dagster.github_api.session import GitHubSession
from github_traffic_dagster.github_api.troubles import (
    NoInstallationTokenError,
    OutOfBudgetError,
    TroubleError,
)
from github_traffic_dagster_tests.github_api.conftest import Scene

LISTING = "/installation/repositories"
MINTING = "/app/installations/5001/access_tokens"


@pytest.fixture
def installation(scene: Scene, app: App) -> Installation:
    return scene.world.install(app, "labs")


def ask(requester: Requester) -> Any:
    return requester.requestJsonAndCheck("GET", LISTING)


def session_of(scene: Scene, app: App, **settings: Any) -> GitHubSession:
    return scene.app_conversation(app, **settings).lines[0].session


def statuses(scene: Scene, path: str) -> list[int]:
    return [seen.status for seen in scene.server.requests if seen.path == path]


def test_a_token_serves_for_an_hour(scene: Scene, app: App, installation: Installation) -> None:
    session = session_of(scene, app)
    for _ in range(5):
        scene.world.clock.advance(timedelta(minutes=10))
        session.call(ask)
    assert scene.world.apps.minted == {5001: 1}
    assert statuses(scene, LISTING) == [200] * 5


def test_it_serves_all_steps_of_a_run(scene: Scene, app: App, installation: Installation) -> None:
    for _ in range(3):
        session_of(scene, app).call(ask)
    assert scene.world.apps.minted == {5001: 1}
    scene.world.clock.advance(timedelta(minutes=56))
    session_of(scene, app).call(ask)
    assert scene.world.apps.minted == {5001: 2}


def test_a_kept_token_that_is_refused_is_not_kept(
    scene: Scene, app: App, installation: Installation
) -> None:
    session_of(scene, app).call(ask)
    scene.world.fail(LISTING, Status(401), times=1)
    session_of(scene, app).call(ask)
    session_of(scene, app).call(ask)
    assert scene.world.apps.minted == {5001: 2}
    assert statuses(scene, LISTING) == [200, 401, 200, 200]


def test_it_is_renewed_before_it_ends_by_githubs_clock(
    scene: Scene, app: App, installation: Installation
) -> None:
    session = session_of(scene, app)
    session.call(ask)
    scene.world.clock.advance(timedelta(minutes=56))
    session.call(ask)  # GitHub's clock is heard with this answer
    session.call(ask)
    assert scene.world.apps.minted == {5001: 2}
    assert statuses(scene, LISTING) == [200] * 3


def test_a_token_that_ended_unnoticed_is_renewed_and_the_request_repeated(
    scene: Scene, app: App, installation: Installation
) -> None:
    session = session_of(scene, app, attempts=1)
    session.call(ask)
    scene.world.clock.advance(timedelta(hours=2))
    session.call(ask)
    assert scene.world.apps.minted == {5001: 2}
    assert statuses(scene, LISTING) == [200, 401, 200]


def test_a_new_token_that_ended_before_it_was_used_is_no_refusal(
    scene: Scene, app: App, installation: Installation
) -> None:
    """A request may wait for a limit for longer than a token lives."""
    session = session_of(scene, app, attempts=1)
    session.call(ask)
    clock = scene.world.clock
    clock.advance(timedelta(hours=2))

    class TimePasses(Fault):
        def distort(self, answer: Answer) -> Answer:
            clock.advance(timedelta(hours=2))
            return answer

    scene.world.fail(MINTING, TimePasses(), times=2)
    session.call(ask)
    assert statuses(scene, LISTING) == [200, 401, 401, 200]
    assert scene.world.apps.minted == {5001: 4}


def test_a_server_whose_tokens_are_never_good_is_asked_a_few_times(
    scene: Scene, app: App, installation: Installation
) -> None:
    past = "2026-07-01T00:00:00Z"
    scene.world.fail(MINTING, Entries(lambda made: {**made, "expires_at": past}))
    scene.world.fail(LISTING, Status(401))
    with pytest.raises(BadTokenError, match="on labs"):
        session_of(scene, app).call(ask)
    assert len(statuses(scene, LISTING)) < 5


def test_many_threads_renew_it_once(scene: Scene, app: App, installation: Installation) -> None:
    session = session_of(scene, app)
    session.call(ask)
    scene.world.clock.advance(timedelta(hours=2))
    scene.server.latency = 0.1
    together = Barrier(20)

    def at_once() -> None:
        together.wait()
        session.call(ask)

    threads = [Thread(target=at_once) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert scene.world.apps.minted == {5001: 2}
    assert statuses(scene, LISTING).count(200) == 21
    assert statuses(scene, LISTING).count(401) > 1


def test_a_new_token_that_is_refused_as_well_is_the_end(
    scene: Scene, app: App, installation: Installation
) -> None:
    session = session_of(scene, app)
    scene.world.fail(LISTING, Status(401, "Bad credentials"))
    with pytest.raises(BadTokenError, match="refuses the App's installation on labs"):
        session.call(ask)
    assert statuses(scene, LISTING) == [401, 401]
    assert scene.world.apps.minted == {5001: 2}


def test_a_removed_installation_is_named(
    scene: Scene, app: App, installation: Installation
) -> None:
    session = session_of(scene, app)
    session.call(ask)
    scene.world.apps.uninstall(installation)
    with pytest.raises(BadTokenError, match="installation on labs was removed"):
        session.call(ask)
    asked = len(scene.server.requests)
    with pytest.raises(BadTokenError, match="installation on labs was removed"):
        session.call(ask)
    assert len(scene.server.requests) == asked  # nobody asks again


def test_an_installation_that_is_suspended_meanwhile_is_named(
    scene: Scene, app: App, installation: Installation
) -> None:
    session = session_of(scene, app)
    session.call(ask)
    installation.suspended_at = scene.world.clock.now()
    with pytest.raises(BadTokenError, match=r"on labs can't be used \(403.*suspended"):
        session.call(ask)


def test_a_key_that_is_deleted_meanwhile_names_the_settings(
    scene: Scene, app: App, installation: Installation
) -> None:
    session = session_of(scene, app)
    app.public_key = scene.world.add_app(8, owner="octo").public_key
    with pytest.raises(BadTokenError, match=r"GITHUB_APP_ID 7 and the key"):
        session.call(ask)


def test_a_passing_failure_to_make_a_token_is_tried_again(
    scene: Scene, app: App, installation: Installation
) -> None:
    scene.world.fail(MINTING, Status(502), times=1)
    session_of(scene, app).call(ask)
    assert statuses(scene, MINTING) == [502, 201]


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Status(500, "broken"), NoInstallationTokenError),
        (Entries(lambda made: {**made, "token": 5}), NoInstallationTokenError),
        (Entries(lambda made: {**made, "expires_at": "soon"}), NoInstallationTokenError),
        (Status(301, headers={"location": "/elsewhere"}), NoInstallationTokenError),
        (PrimaryLimit(reset_in=600), OutOfBudgetError),
    ],
)
def test_a_lasting_failure_to_make_one_is_told_to_all_and_met_once(
    scene: Scene, app: App, installation: Installation, fault: Fault, kind: type[TroubleError]
) -> None:
    scene.world.fail(MINTING, fault)
    session = session_of(scene, app, attempts=2, max_wait=5)
    for _ in range(3):
        with pytest.raises(kind, match="no token for the App's installation on labs: "):
            session.call(ask)
    assert len(statuses(scene, MINTING)) in {1, 2}
    assert statuses(scene, LISTING) == []


def test_a_token_that_can_not_be_renewed_in_time_is_used_to_its_end(
    scene: Scene, app: App, installation: Installation
) -> None:
    session = session_of(scene, app, attempts=1)
    session.call(ask)
    scene.world.clock.advance(timedelta(minutes=56))
    session.call(ask)
    scene.world.fail(MINTING, Status(500))
    for _ in range(5):
        session.call(ask)
    assert statuses(scene, MINTING) == [201, 500]  # not with every request
    scene.world.heal()
    scene.world.clock.advance(timedelta(minutes=2))
    session.call(ask)
    session.call(ask)
    assert statuses(scene, MINTING) == [201, 500, 201]
    assert set(statuses(scene, LISTING)) == {200}


def test_each_token_costs_five_points_of_the_apps_minute(
    scene: Scene, app: App, installation: Installation
) -> None:
    scene.server.limits = Limits(points_per_minute=9)
    session = session_of(scene, app, points_per_minute=9, max_wait=0)
    session.call(ask)  # GET /app twice, the installations, and five for the token
    scene.world.clock.advance(timedelta(hours=2))
    with pytest.raises(OutOfBudgetError, match="points a minute"):
        session.call(ask)
    assert not scene.server.violations
