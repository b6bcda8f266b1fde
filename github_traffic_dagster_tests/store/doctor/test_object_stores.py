"""The same examination and repair in an object store."""

from datetime import timedelta

import polars as pl
from deltalake import DeltaTable
from polars.testing import assert_frame_equal

from github_traffic_dagster.io_manager import table_places
from github_traffic_dagster.store.doctor.examination import examine_store
from github_traffic_dagster.store.doctor.findings import Damage
from github_traffic_dagster.store.doctor.repairing import repair_store
from github_traffic_dagster.store.doctor.storage import Storage
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster_tests.store.doctor.stores import (
    FIRST_RUN,
    PlacedStore,
    collect,
    later,
    list_repositories,
    unhealthy,
)


def test_damage_in_an_object_store_is_named_and_repaired_too(s3: str):
    places = table_places(s3)
    store = PlacedStore(places)
    for day in (FIRST_RUN, FIRST_RUN + timedelta(days=1)):
        list_repositories(store, day)
        for metric in Metric:
            collect(store, day, metric)
    whole = {name: pl.read_delta(place.uri) for name, place in places.items()}
    assert examine_store(places, now=later()) == []
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
    assert unhealthy(examine_store(places, now=later())) == found
    assert unhealthy(repair_store(places, now=later()).findings) == set()
    for name, place in places.items():
        assert_frame_equal(pl.read_delta(place.uri), whole[name], check_row_order=False)
