"""The same examination and repair in an object store."""

from datetime import timedelta

import polars as pl
import pytest
from deltalake import DeltaTable
from polars.testing import assert_frame_equal

from github_traffic_dagster.io_manager import table_places
from github_traffic_dagster.store.doctor.examination import examine_store
from github_traffic_dagster.store.doctor.findings import Damage
from github_traffic_dagster.store.doctor.repairing import repair_store
from github_traffic_dagster.store.doctor.storage import Storage
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.tables import TRAFFIC_TABLES
from github_traffic_dagster_tests.store.doctor.stores import (
    FIRST_RUN,
    PlacedStore,
    collect,
    later,
    list_repositories,
    unhealthy,
)
from reliability.emulators import ObjectStore
from reliability.proxy import FaultProxy


@pytest.fixture(params=["s3", "azure"])
def store(request: pytest.FixtureRequest) -> PlacedStore:
    """Two runs' tables in an object store."""
    store = PlacedStore(table_places(request.getfixturevalue(request.param)))
    for day in (FIRST_RUN, FIRST_RUN + timedelta(days=1)):
        list_repositories(store, day)
        for metric in Metric:
            collect(store, day, metric)
    return store


def test_damage_in_an_object_store_is_named_and_repaired_too(store: PlacedStore):
    places = {table.name: store.places[table.name] for table in TRAFFIC_TABLES}
    whole = {name: pl.read_delta(place.uri) for name, place in places.items()}
    assert examine_store(store.places, now=later()) == []
    golden, raw = Storage(places["golden_views"]), Storage(places["raw_clones"])
    golden.write(f"_delta_log/{2:020}.json", b"")
    golden.write("_delta_log/_last_checkpoint", b'{"version": 1}')
    raw.write(f"_delta_log/{0:020}.json", b"{")
    lost = DeltaTable(places["golden_clones"].uri).file_uris()[0]
    Storage(places["golden_clones"]).set_aside("period=" + lost.partition("period=")[2], "by-hand")
    found = {
        ("golden_views", Damage.COMMIT_EMPTY),
        ("golden_views", Damage.POINTER_ASTRAY),
        ("golden_clones", Damage.DATA_FILE_MISSING),
        ("raw_clones", Damage.LOG_LOST),
    }
    assert unhealthy(examine_store(store.places, now=later())) == found
    assert unhealthy(repair_store(store.places, now=later()).findings) == set()
    for name, place in places.items():
        assert_frame_equal(pl.read_delta(place.uri), whole[name], check_row_order=False)


def test_other_threads_run_while_an_object_store_is_waited_for(s3_server: ObjectStore, s3: str):
    place = table_places(s3)["raw_views"]
    Storage(place).write("_delta_log/readme.txt", b"hello")
    # The proxy is a thread of this process: it can't answer whoever keeps the others from running.
    with FaultProxy(s3_server.url) as proxy:
        storage = Storage(Place(place.uri, {**place.options, "aws_endpoint_url": proxy.url}))
        assert [file.path for file in storage.files()] == ["_delta_log/readme.txt"]
        assert storage.read("_delta_log/readme.txt") == b"hello"
        assert proxy.requests
