"""What is damaged, foreign or half is refused by name, before anything is changed."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from github_traffic_dagster.errors import ForeignTableError, StoreError
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.store.transfer.exporting import export
from github_traffic_dagster.store.transfer.manifest import Format
from github_traffic_dagster.store.transfer.opening import open_export
from github_traffic_dagster.traffic.tables import TABLES
from github_traffic_dagster_tests.store.disk import fingerprint
from github_traffic_dagster_tests.store.transfer.histories import places_below

FILE = "golden_views/2026-02.csv"
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def edit(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the manifest."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))


def rewrite(folder: Path, change: Callable[[str], str]) -> None:
    """Change a file, and make the manifest agree."""
    content = change((folder / FILE).read_text()).encode()
    (folder / FILE).write_bytes(content)

    def agree(manifest: dict[str, Any]) -> None:
        for file in manifest["tables"]["golden_views"]["files"]:
            if file["path"] == FILE:
                file |= {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}

    edit(folder, agree)


def cut(folder: Path) -> None:
    (folder / FILE).write_bytes((folder / FILE).read_bytes()[:-7])


def one_digit(folder: Path) -> None:
    content = (folder / FILE).read_bytes()
    (folder / FILE).write_bytes(content.replace(b",2026-02-0", b",2026-02-1", 1))


def manifest_cut(folder: Path) -> None:
    path = folder / "manifest.json"
    path.write_text(path.read_text()[:-9])


def columns_of(manifest: dict[str, Any]) -> dict[str, str]:
    columns: dict[str, str] = manifest["tables"]["golden_views"]["columns"]
    return columns


damaged = pytest.mark.parametrize(
    ("damage", "error", "says"),
    [
        (cut, StoreError, f"{FILE}: its bytes are not those"),
        (one_digit, StoreError, f"{FILE}: its bytes are not those"),
        (lambda at: (at / FILE).unlink(), StoreError, f"{FILE} is missing"),
        (manifest_cut, StoreError, "manifest.json is damaged"),
        (lambda at: (at / "manifest.json").unlink(), ForeignTableError, "no whole export"),
        (
            lambda at: (at / "manifest.json").write_text('{"name": "web app"}'),
            ForeignTableError,
            "no export of github-traffic",
        ),
        (lambda at: edit(at, lambda it: it.update(version=2)), ForeignTableError, "newer release"),
        (
            lambda at: edit(at, lambda it: it["tables"].update(stars=it["tables"].pop("repos"))),
            StoreError,
            "is no file of stars",
        ),
        (
            lambda at: edit(
                at, lambda it: it["tables"]["repos"]["files"][0].update(path="../secrets.csv")
            ),
            StoreError,
            "manifest.json is damaged",
        ),
        (
            lambda at: edit(at, lambda it: columns_of(it).update(mood="string")),
            ForeignTableError,
            "has mood string",
        ),
        (
            lambda at: edit(at, lambda it: columns_of(it).pop("day")),
            ForeignTableError,
            "lacks day",
        ),
        (
            lambda at: rewrite(at, lambda text: text.replace("complete", "complete,", 1)),
            StoreError,
            f"{FILE}: ",
        ),
        (
            lambda at: rewrite(at, lambda text: text[: text.rindex("\n", 0, -1) + 1]),
            StoreError,
            FILE,
        ),
        (
            lambda at: rewrite(at, lambda text: text.replace("2026-02-0", "2026-03-0", 1)),
            StoreError,
            "days of another month",
        ),
        (
            lambda at: rewrite(at, lambda text: text.replace("repo_id", "id", 1)),
            StoreError,
            "columns are not those",
        ),
        (
            lambda at: rewrite(at, lambda text: text.replace("\n1,", "\n,", 1)),
            StoreError,
            "repo_id, day is missing",
        ),
        (
            lambda at: rewrite(at, lambda text: text.replace("2026-02-02", "2026-02-01", 1)),
            StoreError,
            "repo_id, day is there twice",
        ),
        (
            lambda at: rewrite(at, lambda text: text.replace("\n1,", "\none,", 1)),
            StoreError,
            "conversion from `str`",
        ),
    ],
)


@damaged
def test_a_damaged_export_is_refused_by_name(
    exported: Path, damage: Callable[[Path], object], error: type[StoreError], says: str
) -> None:
    damage(exported)
    before = fingerprint(exported)
    with pytest.raises(error) as raised:
        open_export(Place(str(exported)))
    assert says in str(raised.value)
    assert str(exported) in str(raised.value)
    assert "\n" not in str(raised.value)
    assert fingerprint(exported) == before


def test_a_place_without_anything_is_no_export(tmp_path: Path) -> None:
    with pytest.raises(ForeignTableError, match=r"it has no manifest\.json"):
        open_export(Place(str(tmp_path / "nothing")))
    assert not (tmp_path / "nothing").exists()


def test_a_column_that_an_older_release_did_not_know_is_null(exported: Path) -> None:
    def without_status(text: str) -> str:
        frame = pl.read_csv(text.encode(), infer_schema=False)
        return frame.drop("status").write_csv()

    edit(exported, lambda manifest: columns_of(manifest).pop("status"))
    edit(
        exported,
        lambda manifest: manifest["tables"]["golden_views"].update(
            files=[it for it in manifest["tables"]["golden_views"]["files"] if it["path"] == FILE]
        ),
    )
    rewrite(exported, without_status)
    opened = open_export(Place(str(exported)))
    (frame,) = opened.frames(TABLES["golden_views"])
    assert frame["status"].null_count() == frame.height > 0
    assert frame.schema == TABLES["golden_views"].schema


def test_a_target_that_holds_files_is_left_as_it_is(
    history: dict[str, Place], exported: Path
) -> None:
    before = fingerprint(exported)
    with pytest.raises(StoreError, match="holds files already"):
        export(history, Place(str(exported)), form=Format.PARQUET, now=NOW, release="the tests")
    assert fingerprint(exported) == before


def test_an_export_that_fails_half_way_is_none(history: dict[str, Place], tmp_path: Path) -> None:
    (tmp_path / "store" / "github_traffic" / "raw_clones").rename(tmp_path / "kept")
    broken = tmp_path / "store" / "github_traffic" / "raw_views" / "period=2026-01-01"
    for file in broken.glob("*.parquet"):
        file.write_bytes(b"this is no parquet" * 20)
    target = Place(str(tmp_path / "export"))
    with pytest.raises(StoreError, match="Could not read"):
        export(history, target, form=Format.PARQUET, now=NOW, release="the tests")
    with pytest.raises(ForeignTableError, match="no whole export"):
        open_export(target)
    with pytest.raises(StoreError, match="an export that was not finished"):
        export(history, target, form=Format.PARQUET, now=NOW, release="the tests")


def test_a_store_without_tables_has_nothing_to_export(tmp_path: Path) -> None:
    target = tmp_path / "export"
    with pytest.raises(StoreError, match="nothing to export"):
        export(
            places_below(str(tmp_path / "store")),
            Place(str(target)),
            form=Format.CSV,
            now=NOW,
            release="the tests",
        )
    assert not target.exists()
