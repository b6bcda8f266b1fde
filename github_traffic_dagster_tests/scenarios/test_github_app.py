"""Runs with a GitHub App: several accounts in one, beside a token, with troubles of their own."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
import polars as pl
import pytest

from github_traffic_dagster.demo_github.apps import App, Installation
from github_traffic_dagster.demo_github.faults import Status
from github_traffic_dagster.errors import GitHubTrafficError
from github_traffic_dagster.settings import load_settings
from github_traffic_dagster_tests.pipeline import Pipeline, failure_texts

TODAY = datetime.now(UTC).date()
YESTERDAY = TODAY - timedelta(days=1)
TRAFFIC = {TODAY - timedelta(days=age): (9, 3) for age in range(15)}


@pytest.fixture
def app(pipeline: Pipeline, app_key: str, monkeypatch: pytest.MonkeyPatch) -> App:
    """An App beside the token, owned by somebody else; two organisations that know neither."""
    for login in ("labs", "acme"):
        pipeline.world.add_organization(login)
    pipeline.world.add_user("maker")
    app = pipeline.world.add_app(7, owner="maker", private_key=app_key)
    monkeypatch.setenv("GITHUB_APP_ID", "7")
    monkeypatch.setenv("GITHUB_APP_PRIVATE_KEY", app_key.replace("\n", "\\n"))
    return app


def add(pipeline: Pipeline, *names: str) -> None:
    for name in names:
        pipeline.add_repository(name, TRAFFIC, TRAFFIC)


def install(pipeline: Pipeline, app: App, logins: Sequence[str]) -> list[Installation]:
    return [pipeline.world.install(app, login) for login in logins]


def collected(pipeline: Pipeline, table: str = "golden_views") -> set[str]:
    return set(pipeline.table(table)["full_name"])


def check(result: dg.ExecuteInProcessResult, name: str) -> dg.AssetCheckEvaluation:
    found = [one for one in result.get_asset_check_evaluations() if one.check_name == name]
    return found[0]


def metadata(result: dg.ExecuteInProcessResult, asset: str) -> dict[str, Any]:
    events = result.asset_materializations_for_node(asset)
    return {name: value.value for name, value in events[0].metadata.items()}


def rows(table: Any) -> list[dict[str, Any]]:
    return [dict(record.data) for record in table.records]


def test_two_organisations_and_a_token_are_collected_in_one_run(
    pipeline: Pipeline, app: App
) -> None:
    add(pipeline, "me/own", "labs/one", "labs/two", "acme/three")
    for installation in install(pipeline, app, ["labs", "acme"]):
        installation.hourly = 12_500
    result = pipeline.run()
    assert result.success, failure_texts(result)
    everybody = {"me/own", "labs/one", "labs/two", "acme/three"}
    for table in ("repos", "raw_views", "raw_clones", "golden_views", "golden_clones"):
        assert collected(pipeline, table) == everybody
    assert pipeline.table("golden_views").filter(pl.col("full_name") == "labs/one").height >= 14
    assert check(result, "accounts_reached").passed
    assert not pipeline.server.violations
    seen = {
        request.path.split("/")[2]: request.account
        for request in pipeline.server.requests
        if request.path.endswith("/traffic/views")
    }
    assert seen == {"me": "me", "labs": "installation 5001", "acme": "installation 5002"}


def test_calls_and_budgets_are_told_by_account(pipeline: Pipeline, app: App) -> None:
    add(pipeline, "me/own", "labs/one")
    install(pipeline, app, ["labs"])[0].hourly = 12_500
    result = pipeline.run()
    steps = [metadata(result, step) for step in ("raw_views", "raw_clones")]
    last = min(steps, key=lambda told: told["budget_left"])
    accounts = {row["account"]: row for row in rows(last["accounts"])}
    # The listing and each of the two metrics took one call of labs', and two of the token's.
    assert accounts["labs (App)"]["budget_left"] == 12_500 - 3
    assert accounts["me (token)"]["budget_left"] == 5000 - 6
    assert accounts["the App itself"]["calls_made"] == 2  # who it is, and where
    assert pipeline.world.apps.minted == {5001: 1}  # by the listing, for all three steps
    assert last["budget_left"] == 12_497 + 4994
    assert last["calls_made"] == 1 + 2 + 2


def test_an_app_needs_no_token(
    pipeline: Pipeline, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(pipeline, "me/own", "labs/one")
    install(pipeline, app, ["labs"])
    monkeypatch.delenv("GITHUB_TOKEN")
    assert pipeline.run().success
    assert collected(pipeline) == {"labs/one"}


def test_troubles_of_accounts_are_told_and_the_others_are_collected(
    pipeline: Pipeline, app: App
) -> None:
    pipeline.world.add_organization("closed")
    add(pipeline, "me/own", "labs/one", "acme/two", "closed/three")
    install(pipeline, app, ["labs"])
    pipeline.world.install(app, "acme", permissions={"metadata": "read"})
    pipeline.world.install(app, "closed", suspended=True)
    result = pipeline.run()
    assert result.success
    assert collected(pipeline) == {"me/own", "labs/one"}
    reached = check(result, "accounts_reached")
    assert not reached.passed
    assert reached.severity == dg.AssetCheckSeverity.WARN
    assert 'acme: needs "Administration: read" on acme' in str(reached.description)
    assert "closed: the App's installation on closed is suspended" in str(reached.description)
    skipped = rows(metadata(result, "repos")["skipped"])
    assert [(row["repository"], row["reason"]) for row in skipped] == [
        ("acme/two", "permission missing")
    ]


def test_a_removed_installation_is_missed_by_name_and_loses_nothing(
    pipeline: Pipeline, app: App
) -> None:
    add(pipeline, "me/own", "labs/one", "acme/two")
    [labs, _] = install(pipeline, app, ["labs", "acme"])
    assert pipeline.run().success
    before = pipeline.table("golden_views")
    pipeline.world.apps.uninstall(labs)
    pipeline.world.repositories[0].views[YESTERDAY] = (20, 5)
    result = pipeline.run()
    after = pipeline.table("golden_views")
    of_labs = pl.col("full_name") == "labs/one"
    assert after.filter(of_labs).equals(before.filter(of_labs))
    assert after.filter(pl.col("full_name") == "me/own", day=YESTERDAY)["count"].to_list() == [20]
    told = check(result, "expected_rows_landed")
    assert not told.passed
    assert "labs/one" in str(told.description)
    [missed] = rows(metadata(result, "raw_views")["skipped"])
    assert (missed["repository"], missed["reason"]) == ("labs/one", "no push access")
    assert missed["detail"].endswith("the App is not installed on labs: install it there")


def test_an_account_that_can_not_be_listed_is_a_warning_and_the_others_are_collected(
    pipeline: Pipeline, app: App
) -> None:
    add(pipeline, "me/own", "labs/one")
    install(pipeline, app, ["labs"])
    pipeline.world.fail("/app/installations/5001/access_tokens", Status(500))
    result = pipeline.run()
    assert result.success
    assert collected(pipeline) == {"me/own"}
    assert "labs: " in str(check(result, "accounts_reached").description)


def test_a_refused_token_beside_a_good_app_is_a_warning(pipeline: Pipeline, app: App) -> None:
    add(pipeline, "me/own", "labs/one")
    install(pipeline, app, ["labs"])
    pipeline.world.revoke_token(load_settings().github_token.get_secret_value())  # type: ignore[union-attr]
    result = pipeline.run()
    assert result.success
    assert collected(pipeline) == {"labs/one"}
    assert "GITHUB_TOKEN" in str(check(result, "accounts_reached").description)


def test_a_wrong_id_with_no_token_fails_the_run_in_clear_words(
    pipeline: Pipeline, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(pipeline, app, ["labs"])
    monkeypatch.setenv("GITHUB_APP_ID", "8")
    monkeypatch.setenv("GITHUB_TOKEN", "")
    result = pipeline.run()
    assert not result.success
    assert failure_texts(result) == {
        "repos": 'There is no App with GITHUB_APP_ID 8 (404 "Integration not found"). Copy the id'
        " from the App's page."
    }


def test_settings_that_do_not_go_together_are_told_before_anything_is_asked(
    pipeline: Pipeline, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_APP_ID", "")
    with pytest.raises(GitHubTrafficError, match="GITHUB_APP_ID is not: set both"):
        load_settings().credentials()
    monkeypatch.setenv("GITHUB_APP_ID", "7")
    monkeypatch.setenv("GITHUB_APP_PRIVATE_KEY", "/keys/app.pem")
    assert "GITHUB_APP_PRIVATE_KEY can't be used" in failure_texts(pipeline.run())["repos"]
    assert not pipeline.server.requests


def test_a_run_that_outlives_its_tokens_collects_everybody(pipeline: Pipeline, app: App) -> None:
    """The clock of the world is moved by the listing's own answer, two hours at a time."""
    add(pipeline, *(f"labs/r{number}" for number in range(40)))
    install(pipeline, app, ["labs"])
    clock = pipeline.world.clock

    class TimePasses(Status):
        def distort(self, answer: Any) -> Any:
            clock.advance(timedelta(minutes=90))
            return answer

    for number in (5, 17, 29):
        repository = pipeline.world.repositories[number]
        pipeline.world.fail(repository, TimePasses(200), times=2)
    clock.move_to(datetime.now(UTC).replace(hour=1, minute=0))
    result = pipeline.run()
    assert result.success, failure_texts(result)
    assert len(collected(pipeline)) == 40
    assert len(collected(pipeline, "golden_clones")) == 40
    assert pipeline.world.apps.minted[5001] > 2
    assert not pipeline.server.violations
