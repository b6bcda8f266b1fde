"""A healthy store has no finding, whatever a writer or maintenance does to it meanwhile."""

import multiprocessing
import os
import shutil
from datetime import timedelta
from pathlib import Path

from deltalake import DeltaTable

from github_traffic_dagster.store.doctor.examination import examine, examine_store
from github_traffic_dagster.store.doctor.findings import Severity
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.tables import TABLES
from github_traffic_dagster_tests.store.doctor.stores import FIRST_RUN, RUNS, Store, collect

LATER_RUNS = 12


def test_checkpoints_compaction_vacuum_and_log_cleanup_are_no_damage(store: Store):
    for name in ("raw_views", "golden_views"):
        opened = DeltaTable(str(store.root / name))
        opened.optimize.compact()
        opened.vacuum(0, dry_run=False, enforce_retention_duration=False, full=True)
        opened.create_checkpoint()
        # What cleaning the log leaves.
        *old, _ = store.checkpoints(name)
        for path in old:
            path.unlink()
        for version in range(15):
            store.commit(name, version).unlink()
        assert opened.version() >= RUNS
    assert store.examine() == []
    assert examine(store.places["raw_views"], TABLES["raw_views"], thorough=False) == []
    assert store.repair().done == []


def test_a_store_without_any_table_has_no_finding_and_stays_empty(tmp_path: Path):
    assert examine_store(Store(tmp_path / "none").places) == []
    assert list(tmp_path.iterdir()) == []


def test_tables_that_a_setting_asks_for_are_missed_by_nobody(store: Store):
    for name, table in TABLES.items():
        if table.optional:
            shutil.rmtree(store.root / name)
    assert store.examine() == []
    assert store.repair().done == []
    assert {path.name for path in store.root.iterdir()} == {
        name for name, table in TABLES.items() if not table.optional
    }


def write_on(root: str) -> None:
    """Runs that go on, with maintenance in between."""
    store = Store(Path(root))
    for number in range(RUNS, RUNS + LATER_RUNS):
        collect(store, FIRST_RUN + timedelta(days=number), Metric.VIEWS)
        if number % 4 == 0:
            DeltaTable(store.places["raw_views"].uri).optimize.compact()


def test_a_store_that_is_written_to_raises_no_false_alarm(store: Store):
    for path in store.root.rglob("*"):
        os.utime(path, (0, 0))  # of writers long gone
    writer = multiprocessing.get_context("spawn").Process(target=write_on, args=(str(store.root),))
    writer.start()
    looks, alarms = 0, []
    while writer.is_alive() or not looks:
        findings = examine_store(store.places)
        alarms += [one for one in findings if one.severity > Severity.NOTE]
        looks += 1
    writer.join()
    assert writer.exitcode == 0
    assert alarms == []
    assert store.newest("raw_views") > RUNS + LATER_RUNS - 1
