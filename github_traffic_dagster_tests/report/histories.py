"""The history that the report's tests tell of, and ways to report on it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from github_traffic_dagster.io_manager import table_places, write
from github_traffic_dagster.report.events import Event
from github_traffic_dagster.report.reading import Scope
from github_traffic_dagster.report.writing import Report, make_report
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.traffic.answers import (
    Metric,
    Snapshot,
    SnapshotAnswer,
    SnapshotEntry,
)
from github_traffic_dagster.traffic.snapshots import snapshot_frame
from github_traffic_dagster.traffic.tables import GOLDEN, REPOS, SNAPSHOTS, WINDOW_TOTALS
from github_traffic_dagster_tests.traffic.rows import golden_frame, noon, repos_frame

BEGIN = datetime(2026, 1, 20, 5, tzinfo=UTC)
LOOKS = (
    BEGIN,
    datetime(2026, 3, 5, 5, tzinfo=UTC),
    datetime(2026, 3, 6, 5, tzinfo=UTC),
)


def traffic(count: int, uniques: int) -> Callable[[date], tuple[int, int]]:
    """A day's truth, different on each day of a week."""
    return lambda day: (count + 11 * day.weekday(), uniques + day.weekday())


@dataclass(frozen=True)
class History:
    """A store."""

    root: Path

    @property
    def places(self) -> dict[str, Place]:
        return table_places(str(self.root))

    def table(self, name: str) -> pl.DataFrame:
        """A table as any reader sees it."""
        return pl.read_delta(str(self.root / "github_traffic" / name))

    def report(
        self, now: datetime, scope: Scope | None = None, events: tuple[Event, ...] = ()
    ) -> Report:
        return make_report(
            self.places, scope or Scope(), events=events, now=now, release="tests 1.0"
        )


def write_by_hand(
    root: Path, *, views: list[dict[str, Any]], repos: list[dict[str, Any]] | None = None
) -> History:
    """A store of rows that no GitHub would have said."""
    history = History(root)
    frames = (
        (GOLDEN[Metric.VIEWS], golden_frame(*views)),
        (GOLDEN[Metric.CLONES], golden_frame()),
        (REPOS, repos_frame(*(repos or []))),
    )
    for table, frame in frames:
        write(history.places[table.name], table, frame, run_id="by-hand")
    return history


def show(
    history: History,
    kind: Snapshot,
    day: date,
    *entries: SnapshotEntry,
    repo_id: int = 7,
    name: str = "octo/hello",
) -> None:
    """Store what GitHub showed at noon of a day."""
    answer = SnapshotAnswer(repo_id, name, noon(day), entries)
    run_id = f"{repo_id} on {day}"
    table = SNAPSHOTS[kind]
    rows = snapshot_frame([answer], kind, day=day, run_id=run_id)
    write(history.places[table.name], table, rows, run_id=run_id)


def tell_totals(
    history: History, metric: Metric, day: date, count: int, uniques: int, *, repo_id: int = 7
) -> None:
    """Store what GitHub told at noon of a day about the two weeks before."""
    run_id = f"{metric} of {repo_id} on {day}"
    row = {
        "repo_id": repo_id,
        "full_name": "octo/hello",
        "day": day,
        "metric": metric.value,
        "window_first_day": day - timedelta(days=14),
        "window_last_day": day - timedelta(days=3),
        "count": count,
        "uniques": uniques,
        "observed_at": noon(day),
        "run_id": run_id,
    }
    frame = pl.DataFrame([row], schema=WINDOW_TOTALS.schema)
    write(history.places[WINDOW_TOTALS.name], WINDOW_TOTALS, frame, run_id=run_id)
