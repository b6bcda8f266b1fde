"""A repair that dies between two steps is begun again and ends as if it had not."""

import pytest

from github_traffic_dagster.errors import StoreError
from github_traffic_dagster.store.doctor import rebuilding
from github_traffic_dagster.store.doctor.repairing import repair_store
from github_traffic_dagster.store.doctor.storage import Storage
from github_traffic_dagster_tests.store.doctor.stores import Store, later


class Died(BaseException):
    """What a kill is to the code that runs."""


def test_a_repair_that_is_killed_is_taken_up_by_the_next_one(
    store: Store, twin: Store, monkeypatch: pytest.MonkeyPatch
):
    for name in ("raw_clones", "golden_clones"):
        store.commit(name, 0).write_bytes(b"{")
    done = 0

    def dying(self: Storage, path: str, stamp: str) -> str:
        nonlocal done
        done += 1
        if done == 6:  # in the middle of the second table's log
            raise Died
        return move(self, path, stamp)

    with monkeypatch.context() as patch:
        move = Storage.set_aside
        patch.setattr(Storage, "set_aside", dying)
        with pytest.raises(Died):
            repair_store(store.places, now=later())
    store.assert_heals(twin)


def test_a_storage_fault_between_two_steps_says_how_to_go_on(
    store: Store, twin: Store, monkeypatch: pytest.MonkeyPatch
):
    store.commit("raw_views", store.newest("raw_views")).write_bytes(b"")

    def full(*_: object, **__: object) -> int:
        raise OSError("No space left on device (os error 28)")

    with monkeypatch.context() as patch:
        patch.setattr(rebuilding, "adopt_rows", full)
        with pytest.raises(StoreError, match="Repair again") as raised:
            repair_store(store.places, now=later())
    assert "The disk is full" in str(raised.value)
    store.assert_heals(twin)


def test_a_repair_that_dies_after_dropping_a_file_still_finds_its_rows_in_older_versions(
    store: Store, twin: Store, monkeypatch: pytest.MonkeyPatch
):
    # The compacted one: the files it was made of still lie there.
    max(store.live_files("raw_views"), key=lambda path: path.stat().st_size).unlink()

    def dying(*_: object, **__: object) -> int:
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(rebuilding, "adopt_rows", dying)
        with pytest.raises(Died):
            repair_store(store.places, now=later())
    assert store.rows("raw_views").height < twin.rows("raw_views").height
    store.assert_heals(twin)
