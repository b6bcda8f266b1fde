"""Tokens and keys are in no log, event, metadata value, table, file or exception text."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from github_traffic_dagster.demo_github.faults import ConnectionReset, NotJson, Status
from github_traffic_dagster.traffic.answers import Snapshot
from github_traffic_dagster.traffic.tables import TABLES
from github_traffic_dagster_tests.pipeline import TOKEN, Pipeline, failure_texts

TODAY = datetime.now(UTC).date()
JWT = re.compile(rb"eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}")
TRAFFIC = {TODAY - timedelta(days=age): (9, 3) for age in range(15)}


def everything_written(pipeline: Pipeline) -> Iterator[tuple[str, bytes]]:
    """Every file below the home (event log, run storage, compute logs, tables), and all events."""
    for path in pipeline.home.rglob("*"):
        if path.is_file():
            yield str(path), path.read_bytes()
    for name in TABLES:  # the files are compressed
        if (pipeline.home / "store" / "github_traffic" / name).exists():
            yield f"table {name}", pipeline.table(name).write_csv().encode()
    for run in pipeline.instance.get_runs():
        yield run.run_id, repr(run).encode()
        for entry in pipeline.instance.all_logs(run.run_id):
            yield run.run_id, dg.serialize_value(entry).encode()


@pytest.fixture
def troubled(pipeline: Pipeline) -> Pipeline:
    """Repositories in every kind of trouble, with a GitHub that repeats the token in its texts."""
    faults = {
        "fine": None,
        "forbidden": Status(403, f"Resource not accessible by {TOKEN}"),
        "gone": Status(404, f"no {TOKEN}"),
        "page": NotJson(),
        "reset": ConnectionReset(),
        "broken": Status(500, f"Bearer {TOKEN} broke us"),
        "limited": Status(403, f"Must have push access, {TOKEN}"),
    }
    for name, fault in faults.items():
        repository = pipeline.add_repository(f"me/{name}", TRAFFIC, TRAFFIC)
        if fault:
            pipeline.world.fail(repository, fault)
    return pipeline


def test_no_trace_of_the_token_after_runs_that_succeed_and_fail(
    troubled: Pipeline, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    first = troubled.run()
    texts = [*failure_texts(first).values()]
    troubled.world.fail("/user/repos", Status(500, f"{TOKEN} is to blame"))
    texts += failure_texts(troubled.run()).values()
    troubled.world.heal("/user/repos")
    monkeypatch.setenv("GITHUB_TRAFFIC_SNAPSHOTS", ",".join(Snapshot))
    monkeypatch.setenv("GITHUB_TRAFFIC_AUTOMATION", "true")
    texts += failure_texts(troubled.snapshots()).values()
    texts += failure_texts(troubled.checkouts()).values()
    troubled.world.heal()
    troubled.world.fail("/user", Status(403, f"{TOKEN} may not"))
    texts += failure_texts(troubled.run()).values()
    troubled.world.heal()
    troubled.world.revoke_token(TOKEN)
    texts += failure_texts(troubled.run()).values()
    monkeypatch.setenv("GITHUB_API_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("GITHUB_TRAFFIC_TIMEOUT", "1")
    texts += failure_texts(troubled.run()).values()

    assert len(texts) > 4
    assert not [text for text in texts if TOKEN in text]
    written = list(everything_written(troubled))
    assert len(written) > 50
    assert not [where for where, content in written if TOKEN.encode() in content]
    captured = capfd.readouterr()
    assert "me/forbidden" in captured.err
    assert TOKEN not in captured.out + captured.err


def test_no_trace_of_an_apps_key_its_jwts_and_its_tokens(
    troubled: Pipeline,
    app_key: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    world = troubled.world
    world.add_organization("labs")
    app = world.add_app(7, owner="me", private_key=app_key)
    labs = world.install(app, "labs")
    world.install(app, "me")
    monkeypatch.setenv("GITHUB_APP_ID", "7")
    monkeypatch.setenv("GITHUB_APP_PRIVATE_KEY", app_key)
    tools = [troubled.add_repository(f"labs/tool{number}", TRAFFIC, TRAFFIC) for number in range(3)]
    texts = [*failure_texts(troubled.run()).values()]
    # A GitHub that repeats in its texts a token nobody has seen yet, and one that is in use.
    token, jwt = world.apps.mint(labs)[0], "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiI3In0.c2lnbmF0dXJl"
    world.fail(tools[0], Status(403, f"Resource not accessible by {token}"))
    world.fail(tools[1], Status(500, f"Bearer {token} broke us"))
    texts += failure_texts(troubled.run()).values()
    minting = f"/app/installations/{labs.installation_id}/access_tokens"
    for fault in (Status(500, f"{token} {jwt}"), Status(404, token), Status(401, jwt)):
        world.heal()
        world.fail(minting, fault)
        texts += failure_texts(troubled.run()).values()
    world.heal()
    world.fail("/app", Status(401, f"{jwt} is no good"))
    monkeypatch.setenv("GITHUB_TOKEN", "")
    texts += failure_texts(troubled.run()).values()

    assert "GITHUB_APP_PRIVATE_KEY" in texts[-1]
    secrets = [*world.apps.tokens, jwt, *app_key.splitlines()[1:-1]]
    assert len(secrets) > 20
    captured = capfd.readouterr()
    assert "labs/tool0" in captured.err
    places = [
        *everything_written(troubled),
        ("output", (captured.out + captured.err).encode()),
        ("failures", "".join(texts).encode()),
    ]
    assert not [where for where, content in places for one in secrets if one.encode() in content]
    assert not [where for where, content in places if JWT.search(content)]


def test_the_search_would_find_a_leak(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch):
    """A test that can't fail proves nothing: look for what must be in all of those places."""
    monkeypatch.setenv("GITHUB_TRAFFIC_SNAPSHOTS", ",".join(Snapshot))
    monkeypatch.setenv("GITHUB_TRAFFIC_AUTOMATION", "true")
    pipeline.add_repository("me/leaked", TRAFFIC, TRAFFIC)
    assert pipeline.run().success
    assert pipeline.snapshots().success
    assert pipeline.checkouts().success
    found = [where for where, content in everything_written(pipeline) if b"me/leaked" in content]
    assert {f"table {name}" for name in TABLES} <= set(found)
    assert any(where.endswith(".db") for where in found)
    assert pipeline.instance.get_runs()[0].run_id in found
