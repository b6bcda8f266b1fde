"""The history that the report's tests tell of, and ways to report on it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from github_traffic_dagster.io_manager import table_places, write
from github_traffic_dagster.report.events import Event
from github_traffic_dagster.report.reading import Scope
from github_traffic_dagster.report.writing import Report, make_report
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.tables import GOLDEN, REPOS
from github_traffic_dagster_tests.traffic.rows import golden_frame, repos_frame

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
