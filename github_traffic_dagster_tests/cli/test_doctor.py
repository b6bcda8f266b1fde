"""`doctor` shows what is wrong, changes nothing unless told to, and says so by its exit code."""

from datetime import timedelta
from pathlib import Path

import pytest

from github_traffic_dagster.cli.app import run
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster_tests.store.disk import fingerprint
from github_traffic_dagster_tests.store.doctor.stores import (
    FIRST_RUN,
    Store,
    collect,
    list_repositories,
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GITHUB_TRAFFIC_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GITHUB_TRAFFIC_STORE", "")
    # Wide enough for a row in one line.
    monkeypatch.setattr("github_traffic_dagster.cli.consoles._WIDTH_WITHOUT_TERMINAL", 400)
    return tmp_path / "home"


@pytest.fixture
def store(home: Path) -> Store:
    store = Store(home / "store" / "github_traffic")
    for day in (FIRST_RUN, FIRST_RUN + timedelta(days=1)):
        list_repositories(store, day)
        for metric in Metric:
            collect(store, day, metric)
    return store


def test_before_anything_was_collected_nothing_is_wrong_and_nothing_is_written(
    home: Path, capsys: pytest.CaptureFixture[str]
):
    assert run(["doctor"]) == 0
    assert "Nothing is wrong" in capsys.readouterr().out
    assert not home.exists()


def test_damage_is_shown_with_the_repair_offered_and_repaired_only_when_told_to(
    store: Store, capsys: pytest.CaptureFixture[str]
):
    golden = store.rows("golden_views")
    assert run(["doctor"]) == 0
    capsys.readouterr()
    store.commit("golden_views", 2).write_bytes(b"")
    store.commit("raw_clones", 0).write_bytes(b"{")
    before = fingerprint(store.root)

    assert run(["doctor"]) == 1
    said = capsys.readouterr()
    lines = [" ".join(line.split()) for line in said.out.splitlines()]
    (empty,) = [line for line in lines if "commit empty" in line]
    assert empty.startswith("golden_views commit empty version 2: it has no content")
    assert "put a commit without changes in its place" in empty
    assert any(line.startswith("raw_clones log lost") for line in lines)
    assert "doctor --repair" in said.err
    assert fingerprint(store.root) == before

    assert run(["doctor", "--repair"]) == 0
    said = capsys.readouterr()
    assert "- golden_views: put a commit without changes in place of" in said.out
    assert "- raw_clones: began a new log" in said.out
    assert "Nothing is wrong" in said.out.split("After the repair:")[1]
    assert store.rows("golden_views").equals(golden)
    assert run(["doctor"]) == 0


def test_a_table_that_is_none_of_ours_is_named_and_no_repair_is_offered(
    store: Store, capsys: pytest.CaptureFixture[str]
):
    for path in sorted((store.root / "golden_views").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    (store.root / "golden_views" / "letters.txt").write_text("mine")

    assert run(["doctor", "--repair"]) == 1
    assert "golden_views not our table" in " ".join(capsys.readouterr().out.split())
    assert (store.root / "golden_views" / "letters.txt").read_text() == "mine"


def test_settings_that_cannot_be_are_refused(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("GITHUB_TRAFFIC_STORE", "ftp://host/folder")
    assert run(["doctor"]) == 2
    assert "GITHUB_TRAFFIC_STORE" in capsys.readouterr().err


def test_the_demos_store_is_its_own(home: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("DAGSTER_HOME", "GITHUB_TRAFFIC_ACCOUNTS", "GITHUB_TRAFFIC_INCLUDE"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("GITHUB_TRAFFIC_EXCLUDE", "")
    broken = home / "demo" / "store" / "github_traffic" / "repos"
    broken.mkdir(parents=True)
    (broken / "mine.txt").write_text("mine")
    assert run(["doctor"]) == 0
    assert run(["doctor", "--demo"]) == 1
