"""The promise to every reader, kept by all tables through everything that writes them."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from deltalake import DeltaTable

from github_traffic_dagster.io_manager import table_places, write
from github_traffic_dagster.store.maintenance import maintain
from github_traffic_dagster.store.opening import open_or_create
from github_traffic_dagster.store.periods import Period
from github_traffic_dagster.traffic.answers import Snapshot
from github_traffic_dagster.traffic.tables import TABLES, Table
from github_traffic_dagster_tests.pipeline import Pipeline, failure_texts
from github_traffic_dagster_tests.store.test_evolution import NEW as ROWS_OF_TODAY
from github_traffic_dagster_tests.store.test_evolution import OLD, of_an_older_release

NOW = datetime.now(UTC)
TYPES = {"long", "string", "boolean", "date", "timestamp"}
FORBIDDEN = (
    "delta.columnMapping.mode",
    "delta.enableDeletionVectors",
    "delta.enableRowTracking",
    "delta.enableInCommitTimestamps",
    "delta.enableTypeWidening",
    "delta.checkpointPolicy",
    "delta.universalFormat.enabledFormats",
    "delta.feature.",
    "delta.minReaderVersion",
    "delta.minWriterVersion",
)


def assert_every_reader_can_read(uri: str) -> None:
    opened = DeltaTable(uri)
    protocol = opened.protocol()
    assert (protocol.min_reader_version, protocol.min_writer_version) == (1, 2)
    assert not protocol.reader_features
    assert not protocol.writer_features
    assert {field.type.type for field in opened.schema().fields} <= TYPES
    assert not [name for name in opened.metadata().configuration if name.startswith(FORBIDDEN)]


def test_all_tables_keep_it_after_runs_of_both_engines_maintenance_and_checkpoints(
    pipeline: Pipeline, sail: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline.add_repository("me/one", {NOW.date(): (5, 2)}, {NOW.date(): (3, 1)})
    monkeypatch.setenv("SPARK_REMOTE", sail)
    for number, engine in enumerate(["spark", "polars", "spark"]):
        monkeypatch.setenv("GITHUB_TRAFFIC_ENGINE", engine)
        pipeline.world.repositories[0].views[NOW.date()] = (5 + number, 2 + number)
        pipeline.world.repositories[0].clones[NOW.date()] = (5 + number, 2 + number)
        result = pipeline.run()
        assert result.success, failure_texts(result)
    monkeypatch.setenv("GITHUB_TRAFFIC_SNAPSHOTS", ",".join(Snapshot))
    monkeypatch.setenv("GITHUB_TRAFFIC_AUTOMATION", "true")
    assert pipeline.snapshots().success
    assert pipeline.checkouts().success
    places = table_places(str(pipeline.home / "store"))
    for name, place in places.items():
        maintain(place, TABLES[name], now=NOW + timedelta(days=40))
        DeltaTable(place.uri).create_checkpoint()
        assert_every_reader_can_read(place.uri)
    engines_seen = {
        str(entry.get("engineInfo")).partition(":")[0]
        for entry in DeltaTable(places["golden_views"].uri).history()
    }
    assert engines_seen == {"delta-rs", "sail-delta-lake"}


@pytest.mark.parametrize("table", [TABLES[name] for name in OLD], ids=lambda table: table.name)
def test_a_table_of_an_older_release_keeps_it_when_it_gets_its_new_columns(
    tmp_path: Path, table: Table
) -> None:
    place = table_places(str(tmp_path))[table.name]
    of_an_older_release(place, table)
    open_or_create(place, table, Period.YEAR)
    write(place, table, ROWS_OF_TODAY[table.name], run_id="run-2")
    assert_every_reader_can_read(place.uri)
    commits = Path(place.uri, "_delta_log").glob("*.json")
    actions = [json.loads(line) for path in commits for line in path.read_text().splitlines()]
    assert len([action for action in actions if "protocol" in action]) == 1
