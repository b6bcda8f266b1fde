"""An import into a store that has rows of its own adds what it lacks and lowers nothing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from github_traffic_dagster.errors import StoreError
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.store.transfer.exporting import export
from github_traffic_dagster.store.transfer.files import describe_file, to_bytes
from github_traffic_dagster.store.transfer.importing import bring_in, compare
from github_traffic_dagster.store.transfer.manifest import Format
from github_traffic_dagster.store.transfer.opening import Export, open_export
from github_traffic_dagster.traffic.golden import golden_from_observations
from github_traffic_dagster.traffic.tables import GOLDEN, RAW
from github_traffic_dagster_tests.store.transfer.histories import (
    Looks,
    contents,
    fill,
    places_below,
)

Places = dict[str, Place]
START = datetime(2026, 1, 21, 12, tzinfo=UTC)


def run(number: int, *, after: int, name: str) -> Looks:
    return Looks(f"run-{number}", START + timedelta(days=after), {1: name, 2: "octo/two"})


@pytest.fixture
def old(tmp_path: Path) -> Export:
    """Runs of a laptop, which ended when a server took over."""
    places = places_below(str(tmp_path / "laptop"))
    fill(places, run(1, after=0, name="octo/old-name"))
    fill(places, run(2, after=9, name="octo/old-name"))
    target = Place(str(tmp_path / "export"))
    export(places, target, form=Format.CSV, now=START, release="the tests")
    return open_export(target)


@pytest.fixture
def server(tmp_path: Path) -> Places:
    """Later runs of the server, over days that the laptop has seen as well."""
    places = places_below(str(tmp_path / "server"))
    fill(places, run(3, after=11, name="octo/new-name"))
    return places


def test_both_histories_are_one_afterwards(old: Export, server: Places) -> None:
    mine = contents(server)
    bring_in(old, server)
    found = contents(server)
    theirs = {table.name: pl.concat(old.frames(table)) for table in old.tables}
    for metric, raw in RAW.items():
        golden = GOLDEN[metric]
        both = pl.concat([mine[raw.name], theirs[raw.name]]).sort(raw.key)
        assert_frame_equal(found[raw.name], both)
        expected = golden_from_observations(both.lazy()).collect()
        assert_frame_equal(found[golden.name], expected)
        assert set(found[golden.name]["full_name"]) == {"octo/new-name", "octo/two"}
    overlap = mine["golden_views"].join(found["golden_views"], on=["repo_id", "day"], how="left")
    assert (overlap["count_right"] >= overlap["count"]).all()


def test_a_listing_of_the_day_itself_is_not_replaced(old: Export, server: Places) -> None:
    mine = contents(server)["repos"]
    seen_that_day = mine.filter(pl.col("stargazers").is_not_null())
    bring_in(old, server)
    found = contents(server)["repos"]
    assert_frame_equal(found.join(seen_that_day, on=["day", "repo_id"], how="semi"), seen_that_day)
    assert found["stargazers"].count() == 3 * 2


def test_two_imports_at_once_add_every_observation_once(old: Export, server: Places) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: bring_in(old, server), range(2)))
    for raw in RAW.values():
        assert not contents(server)[raw.name].select(raw.key).is_duplicated().any()
        assert contents(server)[raw.name].height == 3 * 14 * 2


def test_runs_that_go_on_meanwhile_lose_nothing(old: Export, server: Places) -> None:
    with ThreadPoolExecutor(2) as pool:
        running = pool.submit(fill, server, run(4, after=12, name="octo/new-name"))
        pool.submit(bring_in, old, server).result()
        running.result()
    for metric, raw in RAW.items():
        found = contents(server)
        assert found[raw.name].height == 4 * 14 * 2
        expected = golden_from_observations(found[raw.name].lazy()).collect()
        assert_frame_equal(found[GOLDEN[metric].name], expected)


def test_an_export_that_contradicts_the_store_is_refused_and_nothing_is_changed(
    old: Export, server: Places, tmp_path: Path
) -> None:
    bring_in(old, server)
    before = contents(server)
    path = "raw_views/2026-01.csv"
    forged = before["raw_views"].head(1).with_columns(count=pl.col("count") + 1)
    content = to_bytes(forged, Format.CSV)
    (tmp_path / "export" / path).write_bytes(content)
    table = old.manifest.tables["raw_views"].model_copy(
        update={"files": (describe_file(path, forged, content),)}
    )
    manifest = old.manifest.model_copy(
        update={"tables": {**old.manifest.tables, "raw_views": table}}
    )
    (tmp_path / "export" / "manifest.json").write_bytes(manifest.to_bytes())
    with pytest.raises(StoreError, match="contradicts raw_views: of octo/old-name on 2026-01-08"):
        compare(open_export(old.source), server)
    for name, frame in contents(server).items():
        assert_frame_equal(frame, before[name])
