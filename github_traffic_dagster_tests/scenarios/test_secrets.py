"""The token is in no log, event, metadata value, table, file or exception text."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from github_traffic_dagster.demo_github.faults import ConnectionReset, NotJson, Status
from github_traffic_dagster.traffic.tables import TABLES
from github_traffic_dagster_tests.pipeline import TOKEN, Pipeline, failure_texts

TODAY = datetime.now(UTC).date()
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


def test_the_search_would_find_a_leak(pipeline: Pipeline):
    """A test that can't fail proves nothing: look for what must be in all of those places."""
    pipeline.add_repository("me/leaked", TRAFFIC, TRAFFIC)
    assert pipeline.run().success
    found = [where for where, content in everything_written(pipeline) if b"me/leaked" in content]
    assert {f"table {name}" for name in TABLES} <= set(found)
    assert any(where.endswith(".db") for where in found)
    assert pipeline.instance.get_runs()[0].run_id in found
