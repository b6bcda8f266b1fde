"""Every damage to a log is named, and nothing is lost by its repair."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

from github_traffic_dagster.store.appending import append
from github_traffic_dagster.store.doctor.findings import Damage
from github_traffic_dagster.store.periods import LARGE, Period
from github_traffic_dagster.traffic.tables import TABLES
from github_traffic_dagster_tests.store.doctor.stores import Store
from github_traffic_dagster_tests.traffic.rows import raw_frame, raw_row

BOTH = ("raw_views", "golden_views")


def cut_in_a_line(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 2 // 3])


def random_bytes(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 4)


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def cut_after_the_first_line(path: Path) -> None:
    path.write_bytes(path.read_bytes().splitlines()[0] + b"\n")


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        (cut_in_a_line, Damage.COMMIT_UNREADABLE),
        (random_bytes, Damage.COMMIT_UNREADABLE),
        (emptied, Damage.COMMIT_EMPTY),
        (cut_after_the_first_line, Damage.COMMIT_INCOMPLETE),
    ],
)
def test_a_commit_that_readers_fail_on_or_skip_silently_is_named_and_its_rows_come_back(
    store: Store, twin: Store, damage: Callable[[Path], None], found: Damage
):
    damage(store.commit("raw_views", store.newest("raw_views") - 3))
    damage(store.commit("golden_views", store.newest("golden_views")))
    for name in BOTH:
        assert found in store.damages_of(name)
    store.assert_heals(twin)


def test_a_commit_that_is_missing_between_others_is_named_and_its_rows_come_back(
    store: Store, twin: Store
):
    for name in BOTH:
        store.commit(name, store.newest(name) - 2).unlink()
        assert Damage.COMMIT_MISSING in store.damages_of(name)
    store.assert_heals(twin)


def test_a_last_raw_commit_that_is_gone_shows_by_the_rows_it_left_and_by_golden(
    store: Store, twin: Store
):
    store.commit("raw_views", store.newest("raw_views")).unlink()
    assert store.damages() == {
        ("raw_views", Damage.UNCOMMITTED_ROWS),
        ("golden_views", Damage.RAW_BEHIND_GOLDEN),
    }
    store.assert_heals(twin)


def test_a_last_golden_commit_that_is_gone_shows_by_what_raw_knows(store: Store, twin: Store):
    store.commit("golden_views", store.newest("golden_views")).unlink()
    assert store.damages() == {
        ("golden_views", Damage.GOLDEN_ROWS_MISSING),
        ("golden_views", Damage.GOLDEN_BELOW_RAW),
    }
    store.assert_heals(twin)


def test_removals_that_were_cut_off_leave_rows_twice_and_are_undone(store: Store, twin: Store):
    path = store.commit("golden_views", store.newest("golden_views"))
    lines = path.read_text().splitlines()
    kept = [line for line in lines if "remove" not in json.loads(line)]
    assert len(kept) < len(lines)
    path.write_text("\n".join(kept))
    assert store.rows("golden_views").height > twin.rows("golden_views").height
    assert Damage.COMMIT_INCOMPLETE in store.damages_of("golden_views")
    store.assert_heals(twin)


def test_an_empty_commit_that_a_later_checkpoint_stands_for_is_named(store: Store, twin: Store):
    for name in BOTH:
        emptied(store.commit(name, 5))
        assert Damage.COMMIT_EMPTY in store.damages_of(name)
    store.assert_heals(twin)


def test_a_broken_checkpoint_goes_when_the_commits_tell_the_same(store: Store, twin: Store):
    for name in BOTH:
        cut_in_a_line(store.checkpoints(name)[-1])
        assert Damage.CHECKPOINT_UNREADABLE in store.damages_of(name)
    store.assert_heals(twin)


def test_without_checkpoint_and_first_commits_the_table_is_made_again_from_its_data_files(
    store: Store, twin: Store
):
    for name in BOTH:
        *older, newest = store.checkpoints(name)
        for path in older:
            path.unlink()
        for version in range(int(newest.name[:20])):
            store.commit(name, version).unlink()
        cut_in_a_line(newest)
        assert Damage.LOG_LOST in store.damages_of(name)
    store.assert_heals(twin)


def test_a_large_store_that_has_but_one_january_is_made_again_by_months(tmp_path: Path):
    places = Store(tmp_path).places
    rows = [raw_row(date(2026, 1, 20), repo_id=repo) for repo in range(LARGE)]
    append(places["raw_views"], TABLES["raw_views"], raw_frame(*rows), run_id="run-1")
    store = Store(tmp_path)
    before = store.rows("raw_views")
    for path in (tmp_path / "raw_views" / "_delta_log").iterdir():
        path.unlink()
    assert store.repair().done
    assert_frame_equal(store.rows("raw_views"), before)
    assert store.period("raw_views") is Period.MONTH


def test_a_first_commit_that_is_broken_is_the_log_lost(store: Store, twin: Store):
    for name in ("repos", "raw_clones", "golden_clones"):
        cut_in_a_line(store.commit(name, 0))
        assert Damage.LOG_LOST in store.damages_of(name)
    store.assert_heals(twin)


def test_a_log_that_is_gone_while_its_data_files_lie_there_is_made_again(store: Store, twin: Store):
    for name in ("repos", "raw_clones"):
        for path in (store.root / name / "_delta_log").iterdir():
            path.unlink()
        assert Damage.LOG_LOST in store.damages_of(name)
    store.assert_heals(twin)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("not json", Damage.POINTER_UNREADABLE),
        ('{"version": 27, "size": 3}', Damage.POINTER_ASTRAY),
    ],
)
def test_a_pointer_that_leads_nowhere_goes(store: Store, twin: Store, content: str, found: Damage):
    store.pointer("golden_views").write_text(content)
    assert store.damages() == {("golden_views", found)}
    store.assert_heals(twin)


def test_a_second_repair_has_nothing_to_do_and_what_was_broken_lies_in_quarantine(store: Store):
    broken = [
        store.commit("raw_views", store.newest("raw_views")),
        store.live("golden_views", 2025),
    ]
    for path in broken:
        cut_in_a_line(path)
    contents = [path.read_bytes() for path in broken]
    assert store.repair().done
    assert store.repair().done == []
    kept = [next((store.root / "_quarantine").rglob(path.name)) for path in broken]
    assert [path.read_bytes() for path in kept] == contents
