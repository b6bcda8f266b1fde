"""A store with a history of some weeks, and ways to look at and damage a copy of it."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Protocol

import polars as pl
from deltalake import DeltaTable
from polars.testing import assert_frame_equal

from github_traffic_dagster.store.appending import append
from github_traffic_dagster.store.doctor.examination import examine, examine_store
from github_traffic_dagster.store.doctor.findings import Damage, Finding, Severity
from github_traffic_dagster.store.doctor.repairing import Repaired, repair_store
from github_traffic_dagster.store.layout import stored_period
from github_traffic_dagster.store.merging import merge
from github_traffic_dagster.store.naming import with_newest_names
from github_traffic_dagster.store.opening import create_table
from github_traffic_dagster.store.periods import Period
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.golden import golden_from_observations
from github_traffic_dagster.traffic.tables import GOLDEN, RAW, REPOS, TABLES
from github_traffic_dagster_tests.traffic.rows import noon, raw_row, repos_frame, repos_row

FIRST_RUN = date(2025, 12, 20)
RUNS = 24
COMPACTED_AFTER = 17
SHORT = 3
"""Runs that also collect clones and the listing: logs without a checkpoint."""


def later() -> datetime:
    """When nothing that lies there can be of a writer at work."""
    return datetime.now(UTC) + timedelta(hours=2)


class HasPlaces(Protocol):
    """What runs write to."""

    @property
    def places(self) -> Mapping[str, Place]: ...


@dataclass(frozen=True)
class PlacedStore:
    """A store anywhere."""

    places: Mapping[str, Place]


@dataclass(frozen=True)
class Store:
    """A store's folder."""

    root: Path

    @property
    def places(self) -> Mapping[str, Place]:
        return {name: Place(str(self.root / name)) for name in TABLES}

    def copy(self, root: Path) -> "Store":
        shutil.copytree(self.root, root)
        return Store(root)

    def rows(self, name: str) -> pl.DataFrame:
        """A table as any reader sees it, sorted."""
        table = TABLES[name]
        rows = pl.read_delta(str(self.root / name)).select(table.schema.names())
        return rows.sort(table.key)

    def period(self, name: str) -> Period:
        return stored_period(DeltaTable(str(self.root / name)))

    def commit(self, name: str, version: int) -> Path:
        return self.root / name / "_delta_log" / f"{version:020}.json"

    def newest(self, name: str) -> int:
        return max(int(path.stem) for path in (self.root / name / "_delta_log").glob("*0*.json"))

    def checkpoints(self, name: str) -> list[Path]:
        return sorted((self.root / name / "_delta_log").glob("*.checkpoint.parquet"))

    def pointer(self, name: str) -> Path:
        return self.root / name / "_delta_log" / "_last_checkpoint"

    def live(self, name: str, year: int) -> Path:
        """A live data file of the days in 2025 or of those in 2026."""
        return next(path for path in self.live_files(name) if f"period={year}" in str(path))

    def live_files(self, name: str) -> list[Path]:
        """The data files that the table consists of."""
        return [Path(uri) for uri in DeltaTable(str(self.root / name)).file_uris()]

    def examine(self) -> list[Finding]:
        return examine_store(self.places, now=later())

    def damages(self) -> set[tuple[str, Damage]]:
        """What makes it unhealthy."""
        return unhealthy(self.examine())

    def damages_of(self, name: str) -> set[Damage]:
        """What makes one table unhealthy by itself."""
        return {
            damage for _, damage in unhealthy(examine(self.places[name], TABLES[name], now=later()))
        }

    def repair(self) -> Repaired:
        return repair_store(self.places, now=later())

    def assert_heals(self, twin: "Store") -> None:
        """A repair leaves a healthy store with the rows of its undamaged twin."""
        repaired = self.repair()
        assert repaired.done
        assert unhealthy(repaired.findings) == set()
        self.assert_equals(twin)

    def assert_equals(self, other: "Store") -> None:
        """The same rows in all tables, and the same layout."""
        for name in TABLES:
            assert_frame_equal(self.rows(name), other.rows(name))
            assert self.period(name) == other.period(name)


def unhealthy(findings: list[Finding]) -> set[tuple[str, Damage]]:
    return {(one.table, one.damage) for one in findings if one.severity > Severity.NOTE}


def build(root: Path, period: Period, *, of_raw: Period | None = None) -> Store:
    """Daily runs over two repositories: checkpoints, a compaction, tombstones, a year's turn."""
    store = Store(root)
    for name, place in store.places.items():
        raw = of_raw if name.startswith("raw") else None
        create_table(place, TABLES[name], raw or period)
    for number in range(RUNS):
        collect(store, FIRST_RUN + timedelta(days=number), Metric.VIEWS)
        if number < SHORT:
            collect(store, FIRST_RUN + timedelta(days=number), Metric.CLONES)
            list_repositories(store, FIRST_RUN + timedelta(days=number))
        if number == COMPACTED_AFTER:
            DeltaTable(store.places["raw_views"].uri).optimize.compact()
    return store


def collect(store: HasPlaces, now: date, metric: Metric) -> None:
    """One run: a window of observations into raw, what they say into golden."""
    run_id = f"run-{now}"
    rows = [
        raw_row(
            now - timedelta(days=age),
            repo_id=repo_id,
            full_name=f"octo/{repo_id}",
            count=(now - timedelta(days=age)).day * repo_id + min(age, 2),
            uniques=repo_id + min(age, 1),
            observed_at=noon(now),
            run_id=run_id,
            source="github_oldest" if age == 6 else "github",
        )
        for repo_id in (7, 8)
        for age in range(7)
    ]
    frame = pl.DataFrame(rows, schema=RAW[metric].schema)
    append(store.places[RAW[metric].name], RAW[metric], frame, run_id=run_id)
    table = GOLDEN[metric]
    place = store.places[table.name]
    seen = pl.scan_delta(store.places[RAW[metric].name].uri).select(RAW[metric].schema.names())
    window = seen.filter(pl.col("day") > now - timedelta(days=7))
    golden = with_newest_names(
        place, table, golden_from_observations(window).collect(), run_id=run_id
    )
    merge(place, table, golden, run_id=run_id)


def list_repositories(store: HasPlaces, now: date) -> None:
    rows = [repos_row(now, repo_id=repo_id, observed_at=noon(now)) for repo_id in (7, 8)]
    merge(store.places[REPOS.name], REPOS, repos_frame(*rows), run_id=f"run-{now}")
