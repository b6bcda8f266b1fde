"""Rows that stand twice, too low or not at all; strange files; tables that are none."""

import shutil
from pathlib import Path

import polars as pl
from deltalake import DeltaTable, write_deltalake

from github_traffic_dagster.store.doctor.findings import Damage, Severity
from github_traffic_dagster.store.periods import Period
from github_traffic_dagster_tests.store.disk import fingerprint
from github_traffic_dagster_tests.store.doctor.stores import Store, build, unhealthy


def append_again(store: Store, name: str, height: int) -> None:
    uri = str(store.root / name)
    write_deltalake(uri, pl.read_delta(uri).head(height), mode="append")


def test_keys_that_stand_twice_are_joined_into_one_row(store: Store, twin: Store):
    for name in ("repos", "golden_views"):
        append_again(store, name, 3)
        assert store.damages_of(name) == {Damage.DUPLICATE_KEYS}
    store.assert_heals(twin)


def test_an_observation_stored_twice_is_noted_and_harms_nothing(store: Store):
    append_again(store, "raw_views", 3)
    findings = store.examine()
    assert unhealthy(findings) == set()
    (finding,) = [one for one in findings if one.damage is Damage.DUPLICATE_KEYS]
    assert finding.severity is Severity.NOTE
    assert "3 observations" in finding.text


def test_golden_below_raw_and_rows_missing_from_it_are_rebuilt(store: Store, twin: Store):
    golden = DeltaTable(str(store.root / "golden_views"))
    golden.update(updates={"count": "1"}, predicate="day = DATE '2026-01-02' AND repo_id = 7")
    golden.update(
        updates={"observations": "1", "status": "'partial'"}, predicate="day = DATE '2025-12-30'"
    )
    golden.delete("day = DATE '2026-01-10'")
    assert store.damages() == {
        ("golden_views", Damage.GOLDEN_BELOW_RAW),
        ("golden_views", Damage.GOLDEN_ROWS_MISSING),
    }
    store.assert_heals(twin)


def test_golden_by_years_is_held_against_and_rebuilt_from_raw_by_months(tmp_path: Path):
    twin = build(tmp_path / "twin", Period.YEAR, of_raw=Period.MONTH)
    store = twin.copy(tmp_path / "github_traffic")
    assert store.examine() == []
    DeltaTable(str(store.root / "golden_views")).delete("day = DATE '2026-01-10'")
    store.live("golden_views", 2025).unlink()
    store.commit("raw_views", store.newest("raw_views")).write_bytes(b"")
    assert store.damages() == {
        ("golden_views", Damage.DATA_FILE_MISSING),
        ("golden_views", Damage.GOLDEN_ROWS_MISSING),
        ("golden_views", Damage.RAW_BEHIND_GOLDEN),
        ("raw_views", Damage.COMMIT_EMPTY),
        ("raw_views", Damage.UNCOMMITTED_ROWS),
    }
    store.assert_heals(twin)


def test_golden_tables_that_are_gone_are_rebuilt_from_raw(store: Store, twin: Store):
    for name in ("golden_views", "golden_clones"):
        shutil.rmtree(store.root / name)
    (store.root / "golden_clones").mkdir()
    for name in ("golden_views", "golden_clones"):
        assert store.damages_of(name) == {Damage.TABLE_MISSING}
    store.assert_heals(twin)


def test_a_raw_table_that_is_gone_is_named_and_golden_stays_as_it_is(store: Store, twin: Store):
    shutil.rmtree(store.root / "raw_views")
    repaired = store.repair()
    assert unhealthy(repaired.findings) == {("raw_views", Damage.TABLE_MISSING)}
    assert store.rows("golden_views").equals(twin.rows("golden_views"))


def test_strange_files_are_named_and_moved_into_quarantine(store: Store, twin: Store):
    (store.root / "golden_views" / "notes.txt").write_text("mine")
    (store.root / "golden_views" / "_delta_log" / "old.json.bak").write_text("mine too")
    assert store.damages_of("golden_views") == {Damage.FOREIGN_FILE}
    store.assert_heals(twin)
    (kept,) = (store.root / "_quarantine").rglob("notes.txt")
    assert kept.read_text() == "mine"


def test_orphans_whose_rows_are_stored_are_only_counted(store: Store):
    for name in ("raw_views", "golden_views"):
        live = store.live(name, 2025)
        shutil.copy(live, live.with_name("part-of-a-killed-writer.parquet"))
    findings = store.examine()
    assert {finding.damage for finding in findings} == {Damage.ORPHAN_FILES}
    assert unhealthy(findings) == set()


def test_somebody_elses_table_and_files_are_refused_and_stay_untouched(store: Store, twin: Store):
    clones, views = store.root / "golden_clones", store.root / "golden_views"
    for folder in (clones, views):
        shutil.rmtree(folder)
    write_deltalake(str(clones), pl.DataFrame({"mine": [1, 2]}))
    views.mkdir()
    (views / "letters.txt").write_text("mine")
    before = [fingerprint(folder) for folder in (clones, views)]
    repaired = store.repair()
    assert unhealthy(repaired.findings) == {
        ("golden_clones", Damage.NOT_OUR_TABLE),
        ("golden_views", Damage.NOT_OUR_TABLE),
    }
    assert all(finding.repair is None for finding in repaired.findings)
    assert [fingerprint(folder) for folder in (clones, views)] == before


def test_an_examination_changes_no_byte(store: Store):
    store.commit("raw_views", store.newest("raw_views")).write_bytes(b"")
    store.live("golden_views", 2025).unlink()
    append_again(store, "repos", 2)
    (store.root / "repos" / "mine.txt").write_text("mine")
    before = fingerprint(store.root)
    assert len(store.examine()) > 3
    assert fingerprint(store.root) == before


def test_a_table_that_may_not_be_read_is_told_and_not_taken_for_missing(tmp_path: Path):
    (tmp_path / "golden_views").write_text("a file where a folder should be")
    findings = Store(tmp_path).examine()
    kinds = {finding.damage for finding in findings if finding.table == "golden_views"}
    assert kinds & {Damage.NOT_OUR_TABLE, Damage.UNREADABLE}
