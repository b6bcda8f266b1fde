"""Stores and options with which two writers could overwrite each other are refused at once."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from aiohttp import ClientSession, web

from github_traffic_dagster.errors import SettingError, StoreError, TableMissingError
from github_traffic_dagster.store.commit_safety import prove_put_if_absent
from github_traffic_dagster.store.merging import merge
from github_traffic_dagster.store.objects import names_below
from github_traffic_dagster.store.opening import open_or_create, open_table
from github_traffic_dagster.store.periods import Period
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.tables import GOLDEN
from github_traffic_dagster_tests.traffic.rows import golden_frame, golden_row
from reliability.emulators import ObjectStore

VIEWS = GOLDEN[Metric.VIEWS]

unsafe = pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("AWS_CONDITIONAL_PUT", "disabled", "without conditional put no commit"),
        ("aws_conditional_put", "Disabled", "without conditional put no commit"),
        ("CONDITIONAL_PUT", "dynamo:table", "without conditional put no commit"),
        ("AWS_S3_ALLOW_UNSAFE_RENAME", "true", "overwrite each other"),
        ("AWS_S3_LOCKING_PROVIDER", "dynamodb", "locks in DynamoDB"),
    ],
)


@contextmanager
def without_conditions(upstream: str) -> Iterator[str]:
    """An S3 server that ignores If-None-Match, as some do."""
    loop = asyncio.new_event_loop()

    async def pass_on(request: web.Request) -> web.Response:
        drop = {"if-none-match", "host", "content-length", "transfer-encoding"}
        headers = {k: v for k, v in request.headers.items() if k.lower() not in drop}
        async with (
            ClientSession(auto_decompress=False) as session,
            session.request(
                request.method,
                upstream + request.raw_path,
                data=await request.read(),
                headers=headers,
            ) as answer,
        ):
            kept = {k: v for k, v in answer.headers.items() if k.lower() not in drop}
            return web.Response(body=await answer.read(), status=answer.status, headers=kept)

    async def start() -> web.AppRunner:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", pass_on)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return runner

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    runner = asyncio.run_coroutine_threadsafe(start(), loop).result()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@unsafe
def test_a_variable_that_makes_commits_unsafe_is_refused_before_anything_is_written(
    s3: str, monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(name, value)
    place = Place(f"{s3}/table")
    for enter in (open_table, partial(open_or_create, period=Period.YEAR)):
        with pytest.raises(SettingError) as raised:
            enter(place, VIEWS)
        assert name in str(raised.value)
        assert says in str(raised.value)
    monkeypatch.delenv(name)
    assert names_below(Place(s3)) == []


@unsafe
def test_the_same_as_an_option_of_the_store_is_refused(name: str, value: str, says: str) -> None:
    with pytest.raises(SettingError, match=says):
        open_table(Place("s3://bucket/table", {name.lower(): value}), VIEWS)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWS_CONDITIONAL_PUT", "etag"),
        ("AWS_S3_ALLOW_UNSAFE_RENAME", "false"),
        ("AWS_S3_LOCKING_PROVIDER", ""),
    ],
)
def test_harmless_values_are_taken(
    s3: str, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(TableMissingError):
        open_table(Place(f"{s3}/table"), VIEWS)


def test_other_stores_do_not_care_for_what_s3_is_told(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CONDITIONAL_PUT", "disabled")
    assert open_or_create(place, VIEWS, Period.YEAR).version() == 0


def test_a_store_that_ignores_the_condition_gets_no_table(
    s3: str, s3_server: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    with without_conditions(s3_server.url) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        with pytest.raises(StoreError, match="ignores the condition") as raised:
            merge(Place(f"{s3}/table"), VIEWS, golden_frame(golden_row()), run_id="run-1")
        assert s3 in str(raised.value)
        assert names_below(Place(s3)) == []


def test_a_store_that_keeps_to_it_gets_one_and_no_trace_of_the_trial(s3: str) -> None:
    merge(Place(f"{s3}/table"), VIEWS, golden_frame(golden_row()), run_id="run-1")
    assert names_below(Place(s3)) == ["table"]


def test_azure_keeps_to_the_condition(azure: str) -> None:
    prove_put_if_absent(Place(f"{azure}/table"))
    assert names_below(Place(azure)) == []
