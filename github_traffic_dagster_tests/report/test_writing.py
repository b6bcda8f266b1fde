"""Where the report is put: whole or not at all, on disk and in object stores, and nothing stale."""

import json
from datetime import datetime
from pathlib import Path

import obstore
import pytest

from github_traffic_dagster.errors import StoreError
from github_traffic_dagster.io_manager import storage_place
from github_traffic_dagster.report.events import read_events
from github_traffic_dagster.report.reading import Scope
from github_traffic_dagster.report.settings import Private
from github_traffic_dagster.report.writing import write_badges, write_page
from github_traffic_dagster.store.objects import objects
from github_traffic_dagster.store.place import Place
from github_traffic_dagster_tests.report.histories import History
from reliability.emulators import ObjectStore


def files_below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_a_folder_is_made_and_what_else_lies_there_is_left_alone(
    history: History, now: datetime, folder: Path
):
    report = history.report(now)
    (folder / "badges").mkdir(parents=True)
    (folder / "badges" / "README.md").write_text("mine")
    write_page(report, Place(str(folder)))
    number = write_badges(report, Place(str(folder)))
    assert (folder / "index.html").read_bytes() == report.page
    found = files_below(folder)
    assert len(found) == number + 2
    assert {"badges/README.md", "badges/views.json", "badges/me/alpha/clones.json"} < found


def test_a_repository_that_turned_private_loses_its_badge(
    history: History, now: datetime, folder: Path
):
    place = Place(str(folder))
    write_badges(history.report(now, Scope(private=Private.EVERYWHERE)), place)
    assert "badges/me/hidden/views.json" in files_below(folder)
    write_badges(history.report(now), place)
    assert not {name for name in files_below(folder) if "hidden" in name}
    assert "badges/me/alpha/views.json" in files_below(folder)


@pytest.mark.parametrize("store", ["s3", "azure"])
def test_object_stores_hold_it_with_the_types_that_browsers_need(
    history: History, now: datetime, store: str, request: pytest.FixtureRequest
):
    uri = request.getfixturevalue(store)
    place = storage_place(f"{uri}/site")
    report = history.report(now)
    everywhere = history.report(now, Scope(private=Private.EVERYWHERE))
    write_page(report, place)
    write_badges(everywhere, place)
    write_badges(report, place)
    bucket = objects(place)
    page = obstore.get(bucket, "index.html")
    assert bytes(page.bytes()) == report.page
    assert page.attributes["Content-Type"] == "text/html; charset=utf-8"
    badge = obstore.get(bucket, "badges/me/alpha/views.json")
    assert badge.attributes["Content-Type"] == "application/json"
    assert json.loads(bytes(badge.bytes()))["label"] == "views"
    paths = {found["path"] for chunk in obstore.list(bucket) for found in chunk}
    assert not [path for path in paths if "hidden" in path]


def test_events_are_read_from_an_object_store(s3: str):
    place = storage_place(s3)
    obstore.put(objects(place), "events.csv", b"date,repository,text\n2026-01-25,,v1\n")
    assert [event.text for event in read_events(storage_place(f"{s3}/events.csv"))] == ["v1"]


def test_a_page_that_cannot_be_written_leaves_the_one_before(
    history: History,
    now: datetime,
    s3: str,
    s3_server: ObjectStore,
    monkeypatch: pytest.MonkeyPatch,
):
    place = storage_place(f"{s3}/site")
    report = history.report(now)
    write_page(report, place)
    with monkeypatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        with pytest.raises(StoreError, match="Could not write the report to"):
            write_page(history.report(now, Scope(plotted=0)), place)
    assert bytes(obstore.get(objects(place), "index.html").bytes()) == report.page


def test_a_readers_page_is_always_whole(history: History, now: datetime, folder: Path):
    """A page is put beside the old one and takes its name: what was opened before stays whole."""
    place = Place(str(folder))
    first, second = history.report(now), history.report(now, Scope(plotted=0))
    write_page(first, place)
    with (folder / "index.html").open("rb") as reading:
        begun = reading.read(1000)
        write_page(second, place)
        assert begun + reading.read() == first.page
    assert (folder / "index.html").read_bytes() == second.page
    assert files_below(folder) == {"index.html"}


def test_a_folder_that_cannot_be_made_is_said_with_its_setting(history: History, now: datetime):
    with pytest.raises(StoreError, match=r"/proc/nothing.*GITHUB_TRAFFIC_REPORT|write the report"):
        write_page(history.report(now), Place("/proc/nothing"))
