"""Every damage to data files is named; what they held comes back, or the exact loss is told."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from github_traffic_dagster.store.doctor.data_findings import live_findings, stored_data_files
from github_traffic_dagster.store.doctor.findings import Damage, Finding, Severity
from github_traffic_dagster.store.doctor.log import LiveFile
from github_traffic_dagster.store.doctor.storage import Storage
from github_traffic_dagster.store.periods import Period
from github_traffic_dagster.traffic.tables import TABLES
from github_traffic_dagster_tests.store.doctor.stores import Store, unhealthy


def gone(path: Path) -> None:
    path.unlink()


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-200])


def flipped(path: Path) -> None:
    """Bytes of the pages changed, the size the same."""
    content = bytearray(path.read_bytes())
    for position in range(4, 400):
        content[position] ^= 0xFF
    path.write_bytes(content)


def vacuumed(store: Store, name: str) -> None:
    """No older versions of data files are left."""
    live = set(store.live_files(name))
    for path in (store.root / name).glob("period=*/*.parquet"):
        if path not in live:
            path.unlink()


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        (gone, Damage.DATA_FILE_MISSING),
        (cut, Damage.DATA_FILE_OTHER_SIZE),
        (flipped, Damage.DATA_FILE_UNREADABLE),
    ],
)
def test_a_broken_file_is_named_and_its_rows_come_back_from_where_they_also_stand(
    store: Store, twin: Store, damage: Callable[[Path], None], found: Damage
):
    vacuumed(store, "golden_views")
    damage(store.live("golden_views", 2025))
    # The compacted one: the files it was made of still lie there.
    damage(max(store.live_files("raw_views"), key=lambda path: path.stat().st_size))
    for name in ("golden_views", "raw_views"):
        assert store.damages_of(name) == {found}
    store.assert_heals(twin)


def test_a_listing_that_lies_nowhere_else_is_all_that_is_lost(store: Store, twin: Store):
    for path in store.live_files("repos")[:1]:
        day = pl.read_parquet(path)["day"].max()
        path.unlink()
    assert unhealthy(store.repair().findings) == set()
    kept = twin.rows("repos").filter(pl.col("day") != day)
    assert_frame_equal(store.rows("repos"), kept)


def test_a_file_with_other_rows_than_the_log_says_is_named(twin: Store):
    storage = Storage(twin.places["golden_views"])
    stored = stored_data_files(storage)
    path = str(twin.live("golden_views", 2025).relative_to(twin.root / "golden_views"))
    said = LiveFile(path, stored[path].size, 3, date(2025, 1, 1), {})
    (finding,) = live_findings(
        storage, TABLES["golden_views"], [said], stored, period=Period.YEAR, thorough=True
    )
    assert finding.damage is Damage.DATA_FILE_OTHER_ROWS


def lost(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.damage is Damage.RAW_BEHIND_GOLDEN]


def test_raw_observations_that_lie_nowhere_else_are_told_exactly_and_golden_does_not_fall(
    store: Store, twin: Store
):
    vacuumed(store, "raw_views")
    before = twin.rows("golden_views")
    path = store.live("raw_views", 2026)
    gone_rows = pl.read_parquet(path)
    path.unlink()
    (finding,) = [one for one in store.examine() if one.damage is Damage.DATA_FILE_MISSING]
    shown = store.period("raw_views").shown(date(2026, 1, 1))
    first, *_, last = sorted(str(day) for day in gone_rows["day"])
    assert f"{gone_rows.height} rows of {shown}, days {first}...{last}" in finding.text
    assert "repository ids 7...8" in finding.text

    repaired = store.repair()

    assert unhealthy(repaired.findings) == set()
    assert_frame_equal(store.rows("golden_views"), before)
    kept = twin.rows("raw_views").join(gone_rows, on=TABLES["raw_views"].key, how="anti")
    assert_frame_equal(store.rows("raw_views"), kept)
    assert {finding.severity for finding in lost(repaired.findings)} == {Severity.NOTE}
    note = store.root / "_quarantine" / "golden_views" / "lost_observations.json"
    days = json.loads(note.read_text())["months"]["2026-01-01"]["days"]
    assert set(days) == {"octo/7", "octo/8"}
    assert set(days["octo/7"]) <= {str(day) for day in gone_rows["day"]}


def test_golden_lost_together_with_raw_keeps_what_any_file_still_says(store: Store, twin: Store):
    vacuumed(store, "raw_views")
    store.live("raw_views", 2026).unlink()
    store.live("golden_views", 2026).unlink()

    repaired = store.repair()

    assert unhealthy(repaired.findings) == set()
    golden, whole = store.rows("golden_views"), twin.rows("golden_views")
    same_days = golden.join(whole, on=["repo_id", "day"], how="inner", suffix="_twin")
    assert same_days.height == golden.height
    assert (same_days["count"] <= same_days["count_twin"]).all()
    before = pl.col("day") < date(2026, 1, 1)
    assert_frame_equal(golden.filter(before), whole.filter(before))
