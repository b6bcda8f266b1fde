"""Every table keeps reader 1, writer 2; one that another engine raised is refused untouched."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from deltalake import DeltaTable

from github_traffic_dagster.errors import ForeignTableError, StoreError
from github_traffic_dagster.store.appending import append
from github_traffic_dagster.store.maintenance import maintain
from github_traffic_dagster.store.merging import merge
from github_traffic_dagster.store.naming import with_newest_names
from github_traffic_dagster.store.opening import open_or_create
from github_traffic_dagster.store.periods import Period
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.store.reading import scan
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.tables import GOLDEN, RAW
from github_traffic_dagster_tests.store.disk import fingerprint
from github_traffic_dagster_tests.traffic.rows import (
    DAY,
    golden_frame,
    golden_row,
    noon,
    raw_frame,
    raw_row,
)

VIEWS = GOLDEN[Metric.VIEWS]
ALWAYS = ["appendOnly", "invariants"]


def next_commit(place: Place) -> Path:
    return Path(place.uri) / "_delta_log" / f"{DeltaTable(place.uri).version() + 1:020}.json"


def raised(place: Place, protocol: dict[str, object]) -> None:
    """What another engine leaves when it raises the protocol."""
    merge(place, VIEWS, golden_frame(golden_row()), run_id="run-1")
    commit = [{"commitInfo": {"timestamp": 1, "operation": "ALTER"}}, {"protocol": protocol}]
    next_commit(place).write_text("".join(f"{json.dumps(action)}\n" for action in commit))


def by_features(*features: str, reader: int = 1) -> dict[str, object]:
    protocol: dict[str, object] = {"minReaderVersion": reader, "minWriterVersion": 7}
    if reader == 3:
        protocol["readerFeatures"] = list(features)
    return protocol | {"writerFeatures": [*ALWAYS, *features]}


WAYS_IN: list[Callable[[Place], object]] = [
    lambda place: scan(place, VIEWS),
    lambda place: open_or_create(place, VIEWS, Period.YEAR),
    lambda place: merge(place, VIEWS, golden_frame(golden_row(count=99)), run_id="run-9"),
    lambda place: with_newest_names(place, VIEWS, golden_frame(golden_row()), run_id="run-9"),
    lambda place: maintain(place, VIEWS, now=noon(DAY)),
]


@pytest.mark.parametrize(
    ("protocol", "says"),
    [
        (by_features("deletionVectors", reader=3), ["DROP FEATURE deletionVectors;"]),
        (by_features("columnMapping", reader=3), ["DROP FEATURE columnMapping;"]),
        (by_features("v2Checkpoint", reader=3), ["DROP FEATURE v2Checkpoint;"]),
        (
            by_features("domainMetadata", "rowTracking"),
            ["DROP FEATURE rowTracking;", "DROP FEATURE domainMetadata;"],
        ),
        (
            by_features("domainMetadata", "clustering"),
            ["CLUSTER BY NONE;", "DROP FEATURE clustering;", "DROP FEATURE domainMetadata;"],
        ),
        ({"minReaderVersion": 2, "minWriterVersion": 5}, ["reader 2, writer 5", "DESCRIBE DETAIL"]),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_raised_protocol_is_refused_by_every_way_in_with_the_commands_that_undo_it(
    place: Place, protocol: dict[str, object], says: list[str]
) -> None:
    raised(place, protocol)
    before = fingerprint(Path(place.uri))
    for enter in WAYS_IN:
        with pytest.raises(ForeignTableError) as refused:
            enter(place)
        text = str(refused.value)
        positions = [text.index(part) for part in says]
        assert positions == sorted(positions)
        assert "Nothing was written" in text
        assert place.uri in text
        assert "\n" not in text
    assert fingerprint(Path(place.uri)) == before


def test_the_feature_of_an_old_protocol_is_known_by_its_property(place: Place) -> None:
    merge(place, VIEWS, golden_frame(golden_row()), run_id="run-1")
    first = Path(place.uri, "_delta_log", f"{0:020}.json").read_text().splitlines()
    (stored,) = (json.loads(line) for line in first if "metaData" in line)
    stored["metaData"]["configuration"]["delta.columnMapping.mode"] = "name"
    protocol = {"protocol": {"minReaderVersion": 2, "minWriterVersion": 5}}
    next_commit(place).write_text(f"{json.dumps(protocol)}\n{json.dumps(stored)}\n")
    with pytest.raises(StoreError, match="columnMapping"):
        scan(place, VIEWS)


@pytest.mark.parametrize(
    "protocol",
    [by_features("newThing", reader=3), {"minReaderVersion": 4, "minWriterVersion": 8}],
    ids=["a feature of tomorrow", "a protocol of tomorrow"],
)
def test_what_delta_rs_does_not_know_says_that_another_engine_did_it(
    place: Place, protocol: dict[str, object]
) -> None:
    raised(place, protocol)
    for enter in WAYS_IN:
        with pytest.raises(StoreError, match="Another engine raised the table's Delta protocol"):
            enter(place)


def test_an_owner_may_have_the_changes_fed(place: Place) -> None:
    """`delta.enableChangeDataFeed`, by number and by name: delta-rs keeps it up."""
    raised(place, {"minReaderVersion": 1, "minWriterVersion": 4})
    DeltaTable(place.uri).alter.set_table_properties({"delta.enableChangeDataFeed": "true"})
    assert merge(place, VIEWS, golden_frame(golden_row(count=9)), run_id="run-2").updated == 1
    assert list(Path(place.uri).glob("_change_data/**/*.parquet"))
    assert scan(place, VIEWS).collect()["count"].to_list() == [9]
    by_name = Place(f"{place.uri}_by_name")
    raised(by_name, by_features("changeDataFeed"))
    assert merge(by_name, VIEWS, golden_frame(golden_row(count=9)), run_id="run-2").updated == 1


def test_raw_tables_are_refused_too(place: Place) -> None:
    table = RAW[Metric.VIEWS]
    append(place, table, raw_frame(raw_row()), run_id="run-1")
    protocol = {"protocol": by_features("deletionVectors", reader=3)}
    next_commit(place).write_text(f"{json.dumps(protocol)}\n")
    with pytest.raises(ForeignTableError, match="deletionVectors"):
        append(place, table, raw_frame(raw_row()), run_id="run-2")
