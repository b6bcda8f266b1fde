"""Object stores: what is not ours is left alone, and what can't be reached is told in words."""

from contextlib import suppress
from functools import partial

import obstore
import pytest
from obstore.exceptions import BaseError

from github_traffic_dagster.errors import ForeignTableError, StoreError, TableMissingError
from github_traffic_dagster.store.merging import merge
from github_traffic_dagster.store.objects import names_below, objects
from github_traffic_dagster.store.opening import open_or_create, open_table
from github_traffic_dagster.store.periods import Period
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.tables import GOLDEN
from github_traffic_dagster_tests.object_stores import forget_credentials
from github_traffic_dagster_tests.traffic.rows import golden_frame, golden_row
from reliability.emulators import ObjectStore
from reliability.faults import Fault
from reliability.proxy import FaultProxy

VIEWS = GOLDEN[Metric.VIEWS]
FRAME = golden_frame(golden_row())


@pytest.fixture(params=["s3", "azure"])
def table(request: pytest.FixtureRequest) -> Place:
    """Where a table may lie in an object store."""
    return Place(f"{request.getfixturevalue(request.param)}/table")


def test_files_of_somebody_else_are_refused_and_left_alone(table: Place) -> None:
    store = objects(table)
    obstore.put(store, "thesis.docx", b"years of work")
    obstore.put(store, "notes/one.txt", b"a note")
    for enter in (open_table, partial(open_or_create, period=Period.YEAR)):
        with pytest.raises(ForeignTableError, match=r"holds files \(notes, thesis.docx\)"):
            enter(table, VIEWS)
    assert names_below(table) == ["notes", "thesis.docx"]
    assert bytes(obstore.get(store, "thesis.docx").bytes()) == b"years of work"


def test_a_log_without_a_readable_version_is_no_missing_table(table: Place) -> None:
    obstore.put(objects(table), "_delta_log/readme.txt", b"{}")
    with pytest.raises(StoreError, match="no readable version") as raised:
        open_or_create(table, VIEWS, Period.YEAR)
    assert not isinstance(raised.value, TableMissingError)
    assert names_below(table) == ["_delta_log"]


def test_a_neighbour_whose_name_begins_alike_is_nobody_in_the_way(table: Place) -> None:
    obstore.put(objects(Place(f"{table.uri}_of_another")), "thesis.docx", b"years of work")
    assert merge(table, VIEWS, FRAME, run_id="run-1").inserted == 1


def test_a_bucket_that_is_not_there_is_said_so(s3: str) -> None:
    with pytest.raises(StoreError, match=r"No such bucket.* check GITHUB_TRAFFIC_STORE"):
        open_or_create(Place("s3://nobodys-bucket/history/table"), VIEWS, Period.YEAR)


def test_missing_credentials_are_said_to_be_missing(
    s3: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget_credentials(monkeypatch)
    # Otherwise the cloud that this machine may run in is asked for some.
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(StoreError, match="No credentials were found: set AWS_ACCESS_KEY_ID"):
        open_or_create(Place(f"{s3}/table"), VIEWS, Period.YEAR)


def test_an_endpoint_without_encryption_is_said_to_need_permission(
    s3: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ALLOW_HTTP")
    with pytest.raises(StoreError, match="set AWS_ALLOW_HTTP to true"):
        open_or_create(Place(f"{s3}/table"), VIEWS, Period.YEAR)


def test_refused_access_is_told_and_nothing_is_taken_for_a_missing_table(
    s3: str, s3_server: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = Place(f"{s3}/table")
    merge(table, VIEWS, FRAME, run_id="run-1")
    with FaultProxy(s3_server.url) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
        proxy.arm(Fault.FORBIDDEN, at=0, times=None)
        with pytest.raises(StoreError, match="Access denied: check the storage cred") as raised:
            open_or_create(table, VIEWS, Period.YEAR)
        assert not isinstance(raised.value, TableMissingError)
        assert table.uri in str(raised.value)
        proxy.disarm()
        assert open_or_create(table, VIEWS, Period.YEAR).version() == 1


def test_an_empty_answer_is_not_believed_where_files_lie(
    s3: str, s3_server: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store that says "nothing here" for a moment must not get a second table."""
    table = Place(f"{s3}/table")
    merge(table, VIEWS, FRAME, run_id="run-1")
    with FaultProxy(s3_server.url) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
        for times in range(1, 5):
            proxy.arm(Fault.NOT_THERE, at=0, times=times)
            with suppress(StoreError):
                open_or_create(table, VIEWS, Period.YEAR)
            proxy.disarm()
            assert open_or_create(table, VIEWS, Period.YEAR).version() == 1


def test_a_store_that_never_answers_is_waited_for_as_long_as_its_options_say(
    s3: str, s3_server: ObjectStore
) -> None:
    with FaultProxy(s3_server.url) as proxy:
        limits = {"timeout": "100ms", "max_retries": "2", "backoff_config.init_backoff": "1ms"}
        place = Place(f"{s3}/table", {"aws_endpoint_url": proxy.url, **limits})
        proxy.arm(Fault.HANG, at=0, times=None)
        with pytest.raises(BaseError):
            names_below(place)
        assert len(proxy.requests) == 3
