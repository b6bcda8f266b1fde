"""Stores to be exported: what daily runs leave behind."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl
from deltalake import DeltaTable

from github_traffic_dagster.errors import TableMissingError
from github_traffic_dagster.io_manager import storage_place
from github_traffic_dagster.store.appending import append
from github_traffic_dagster.store.merging import merge
from github_traffic_dagster.store.naming import with_newest_names
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.store.reading import scan
from github_traffic_dagster.traffic.answers import (
    AssetEntry,
    Metric,
    PathEntry,
    ReferrerEntry,
    Snapshot,
    SnapshotAnswer,
    SnapshotEntry,
    WindowAnswer,
    WindowTotals,
)
from github_traffic_dagster.traffic.clones_less_automation import clones_less_automation
from github_traffic_dagster.traffic.golden import golden_from_observations
from github_traffic_dagster.traffic.snapshots import snapshot_frame
from github_traffic_dagster.traffic.tables import (
    CLONES_LESS_AUTOMATION,
    GOLDEN,
    RAW,
    REPOS,
    SNAPSHOTS,
    TABLES,
    WINDOW_TOTALS,
    WORKFLOW_CHECKOUTS,
)
from github_traffic_dagster.traffic.window_totals import window_totals_frame
from github_traffic_dagster.traffic.workflow_checkouts import checkouts_frame
from github_traffic_dagster.traffic.workflow_runs import CheckoutsAnswer, DayCheckouts
from github_traffic_dagster_tests.traffic.rows import CREATED_AT, repos_row

WINDOW = 14
_ENTRIES: dict[Snapshot, SnapshotEntry] = {
    Snapshot.REFERRERS: ReferrerEntry("Google", 9, 1),
    Snapshot.PATHS: PathEntry("/octo/one/wiki", 'Ünï, "quoted"', 9, 1),
    Snapshot.RELEASES: AssetEntry(5, "v1", None, 6, "tool.whl", 7),
}


@dataclass(frozen=True)
class Looks:
    """A run: its name, when it looked, and the repositories' names by id."""

    run_id: str
    now: datetime
    names: dict[int, str]

    @property
    def days(self) -> list[date]:
        return [self.now.date() - timedelta(days=age) for age in range(WINDOW)]


def places_below(root: str) -> dict[str, Place]:
    """The tables' places below any root, as the tests' own store."""
    return {
        name: Place(f"{root}/github_traffic/{name}", storage_place(root).options) for name in TABLES
    }


def fill(places: dict[str, Place], looks: Looks) -> None:
    """What a daily run stores."""
    listing = [
        repos_row(
            day,
            repo_id=repo_id,
            full_name=name,
            # Popularity is known of the day of the look alone.
            stargazers=repo_id if day == looks.now.date() else None,
            owner="" if repo_id == 3 else "octo",
            observed_at=looks.now,
        )
        for day in looks.days
        for repo_id, name in looks.names.items()
    ]
    listed = pl.DataFrame(listing, schema=REPOS.schema)
    merge(places["repos"], REPOS, listed, run_id=looks.run_id)
    for metric, raw in RAW.items():
        observed = pl.DataFrame(
            [
                {
                    "repo_id": repo_id,
                    "full_name": name,
                    "day": day,
                    "count": (repo_id * day.toordinal() + looks.now.day) % 90,
                    "uniques": (repo_id * day.toordinal() + looks.now.day) % 9,
                    "observed_at": looks.now,
                    "run_id": looks.run_id,
                    "source": "github" if day != looks.days[-1] else "github_oldest",
                }
                for day in looks.days
                for repo_id, name in looks.names.items()
            ],
            schema=raw.schema,
        )
        append(places[raw.name], raw, observed, run_id=looks.run_id)
        build_golden(places, looks, metric)
    fill_snapshots(places, looks)
    fill_automation(places, looks)


def fill_snapshots(places: dict[str, Place], looks: Looks) -> None:
    """Totals of the windows, and lists, one of them empty."""
    windows = [
        WindowAnswer(
            repo_id, name, CREATED_AT, looks.now, (), WindowTotals(9 * repo_id, looks.now.day)
        )
        for repo_id, name in looks.names.items()
    ]
    for metric in RAW:
        totals = window_totals_frame(windows, metric, run_id=looks.run_id)
        append(places[WINDOW_TOTALS.name], WINDOW_TOTALS, totals, run_id=looks.run_id)
    for kind, entry in _ENTRIES.items():
        lists = [
            SnapshotAnswer(repo_id, name, looks.now, (entry,) * (repo_id % 3))
            for repo_id, name in looks.names.items()
        ]
        rows = snapshot_frame(lists, kind, day=looks.now.date(), run_id=looks.run_id)
        append(places[SNAPSHOTS[kind].name], SNAPSHOTS[kind], rows, run_id=looks.run_id)


def fill_automation(places: dict[str, Place], looks: Looks) -> None:
    """Workflow runs of the days that have ended, some unread, and what is left of clones."""
    answers = [
        CheckoutsAnswer(
            repo_id,
            name,
            looks.now,
            tuple(
                DayCheckouts(day, 3, 3 - repo_id % 2, 5, 1, 2, None if repo_id % 2 else 4)
                for day in looks.days[1:]
            ),
        )
        for repo_id, name in looks.names.items()
    ]
    rows = checkouts_frame(answers, run_id=looks.run_id)
    append(places[WORKFLOW_CHECKOUTS.name], WORKFLOW_CHECKOUTS, rows, run_id=looks.run_id)
    golden = GOLDEN[Metric.CLONES]
    clones, stored = (
        scan(places[table.name], table, first_day=looks.days[-1])
        for table in (golden, WORKFLOW_CHECKOUTS)
    )
    frame = clones_less_automation(clones, stored).collect()
    place = places[CLONES_LESS_AUTOMATION.name]
    merge(place, CLONES_LESS_AUTOMATION, frame, run_id=looks.run_id)


def build_golden(places: dict[str, Place], looks: Looks, metric: object) -> None:
    raw, golden = RAW[metric], GOLDEN[metric]  # type: ignore[index]
    stored = scan(places[raw.name], raw, first_day=looks.days[-1], last_day=looks.days[0])
    frame = golden_from_observations(stored).collect()
    frame = with_newest_names(places[golden.name], golden, frame, run_id=looks.run_id)
    merge(places[golden.name], golden, frame, run_id=looks.run_id)


def contents(places: dict[str, Place]) -> dict[str, pl.DataFrame]:
    """Every row of every table, sorted; tables that do not exist have none."""
    found = {}
    for name, table in TABLES.items():
        try:
            found[name] = scan(places[name], table).sort(table.key).collect()
        except TableMissingError:
            found[name] = pl.DataFrame(schema=table.schema)
    return found


def versions(places: dict[str, Place]) -> dict[str, int]:
    """The tables' newest versions."""
    return {
        name: DeltaTable(place.uri, storage_options=place.delta_options).version()
        for name, place in places.items()
    }
