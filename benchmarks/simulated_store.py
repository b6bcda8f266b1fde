"""A store that lives through simulated days, and what lies there in the end.

Each day writes what the daily run writes, through `io_manager.write`: the listing, two windows of
observations, and golden made from them. The clock is moved as `ten_years.py` says.
"""

import itertools
import os
import resource
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import click
import polars as pl
from daily_rows import listing, observations
from deltalake import DeltaTable
from moved_clock import move_clock

from github_traffic_dagster.io_manager import table_places, write
from github_traffic_dagster.store.appending import append
from github_traffic_dagster.store.layout import stored_period
from github_traffic_dagster.store.merging import merge
from github_traffic_dagster.store.opening import create_table
from github_traffic_dagster.store.periods import Period, suitable_period
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.store.reading import scan
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.golden import golden_from_observations
from github_traffic_dagster.traffic.tables import GOLDEN, RAW, REPOS, TABLES, Table

WINDOW: Final = 14
DAY: Final = 86_400
TIME_TRAVEL_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class Figures:
    """The store at the end of a simulated year (or of the whole time).

    Attributes:
        year: which one, from 1.
        runs: runs so far.
        run_ms, mean_run_ms: median and mean of a run's writing (and maintenance) in the last 30.
        cpu_ms: median processor time of these runs, which others on the machine disturb less.
        open_ms: median time to open a table.
        live_files, data_files: of the newest versions, and all that time travel needs.
        log_files, log_kb: files in all logs, and their size.
        past_is_readable: each table had, 30 days ago, the rows that were counted then.
        left_by_kills: files that killed runs left more than 61 days ago.
        tables: live files, data files and kB of log, by table.
    """

    year: float
    runs: int
    run_ms: float
    mean_run_ms: float
    cpu_ms: float
    open_ms: float
    live_files: int
    data_files: int
    log_files: int
    log_kb: int
    past_is_readable: bool
    left_by_kills: int
    tables: dict[str, tuple[int, int, int]]


@dataclass(slots=True)
class Simulation:
    """A store that is written to once a simulated day."""

    root: Path
    repositories: int
    days: int
    maintained: bool
    metrics: tuple[Metric, ...] = tuple(Metric)
    history: float = 0
    period: Period | None = None
    run_times: list[float] = field(default_factory=list)
    cpu_times: list[float] = field(default_factory=list)
    past: dict[str, tuple[int, int]] = field(default_factory=dict)

    def live(self, number: int) -> Figures | None:
        """Live through one day; figures where a year ends with it, or the whole time."""
        move_clock(days_back=self.days - number)
        if number == 0:
            self.fill()
        started, busy = time.perf_counter(), _processor_seconds()
        self.run(number)
        self.run_times.append((time.perf_counter() - started) * 1000)
        self.cpu_times.append((_processor_seconds() - busy) * 1000)
        self.date_files(number)
        self.remember(number)
        return self.measured(number) if self.is_measured(number) else None

    def fill(self, first_day: datetime | None = None) -> None:
        """Create the tables, with the months before this one as maintenance leaves them."""
        period = self.period or suitable_period(self.repositories)
        for name, place in self.places().items():
            create_table(place, TABLES[name], period)
        month = (first_day or datetime.now(UTC)).date().replace(day=1)
        months = []
        for _ in range(round(self.history * 12)):
            month = (month - timedelta(days=1)).replace(day=1)
            months.append(month)
        for folder, found in itertools.groupby(months, key=period.first_day):
            days = [
                day
                for month in sorted(found)
                for day in pl.date_range(month, Period.MONTH.last_day(month), eager=True)
            ]
            now = datetime.combine(days[-1] + timedelta(days=WINDOW), datetime.min.time(), UTC)
            run_id = f"history-{folder}"
            self.place_rows(REPOS, listing(days, now, self.repositories), run_id)
            for metric in self.metrics:
                looks = [f"{run_id}-{look}" for look in range(WINDOW)]
                rows = [observations(days, now, self.repositories, look) for look in looks]
                self.place_rows(RAW[metric], pl.concat(rows), run_id)
                golden = golden_from_observations(rows[-1].lazy()).collect()
                self.place_rows(GOLDEN[metric], golden, run_id)

    def places(self) -> dict[str, Place]:
        """Where the tables lie."""
        written = {
            REPOS.name,
            *(kind[metric].name for kind in (RAW, GOLDEN) for metric in self.metrics),
        }
        places = table_places(str(self.root), TIME_TRAVEL_DAYS)
        return {name: place for name, place in places.items() if name in written}

    def run(self, number: int) -> None:
        """What one daily run writes."""
        self.look(number, datetime.now(UTC))

    def look(self, number: int, now: datetime) -> None:
        """What a run at a certain time writes."""
        days = [now.date() - timedelta(days=back) for back in reversed(range(WINDOW))]
        run_id = f"00000000-0000-4000-8000-{number:012}"
        self.store(REPOS, listing(days, now, self.repositories), run_id)
        for metric in self.metrics:
            raw = RAW[metric]
            self.store(raw, observations(days, now, self.repositories, run_id), run_id)
            rows = scan(self.places()[raw.name], raw, first_day=days[0], last_day=days[-1])
            self.store(GOLDEN[metric], golden_from_observations(rows).collect(), run_id)

    def store(self, table: Table, frame: pl.DataFrame, run_id: str) -> None:
        """Write as the pipeline does, or without its maintenance."""
        if not self.maintained:
            self.place_rows(table, frame, run_id)
            return
        said = write(self.places()[table.name], table, frame, run_id=run_id)["maintenance"]
        if "failed" in said:
            raise click.ClickException(said)

    def place_rows(self, table: Table, frame: pl.DataFrame, run_id: str) -> None:
        """Write rows by their table's rule and leave the files as they come."""
        place = self.places()[table.name]
        if table.merge is None:
            append(place, table, frame, run_id=run_id)
        else:
            merge(place, table, frame, run_id=run_id)

    def date_files(self, number: int) -> None:
        """Give this run's files its day; once a month, leave what a killed run leaves."""
        now = time.time()
        if number % 30 == 0:
            place = self.places()[REPOS.name]
            first_day = stored_period(DeltaTable(place.uri)).first_day(datetime.now(UTC).date())
            for name in (f"part-killed-{number}.parquet", f"part-half-{number}.parquet#1"):
                (Path(place.uri) / f"period={first_day}" / name).write_bytes(b"PAR1")
        for file in self.files():
            # What was written now has the real time, which is in the simulation's future.
            if file.stat().st_mtime > now + DAY / 2:
                os.utime(file, (now, now))

    def files(self) -> Iterator[Path]:
        """Every file of the store."""
        for folder, _, names in os.walk(self.root):
            for name in names:
                yield Path(folder, name)

    def remember(self, number: int) -> None:
        """Note each table's version and rows on the days that are looked back to."""
        if number == 0 or self.is_measured(number + TIME_TRAVEL_DAYS):
            opened = {place.uri: DeltaTable(place.uri) for place in self.places().values()}
            self.past = {uri: (table.version(), table.count()) for uri, table in opened.items()}

    def is_measured(self, number: int) -> bool:
        """Whether a year, or the whole time, ends with this run."""
        return (number + 1) % 365 == 0 or number + 1 == self.days

    def past_is_readable(self) -> bool:
        """Read every table as it was 30 days ago (or at the beginning)."""
        return all(
            pl.scan_delta(DeltaTable(uri, version=then)).collect().height == rows
            for uri, (then, rows) in self.past.items()
        )

    def measured(self, number: int) -> Figures:
        """Count what lies there."""
        files = list(self.files())
        log = [file for file in files if file.parent.name == "_delta_log"]
        opening = []
        for place in list(self.places().values()) * 5:
            started = time.perf_counter()
            opened = DeltaTable(place.uri)
            opened.metadata()
            opening.append((time.perf_counter() - started) * 1000)
        old = time.time() - 61 * DAY
        return Figures(
            year=round(self.history + (number + 1) / 365, 2),
            runs=number + 1,
            run_ms=round(statistics.median(self.run_times[-30:]), 1),
            mean_run_ms=round(statistics.mean(self.run_times[-30:]), 1),
            cpu_ms=round(statistics.median(self.cpu_times[-30:]), 1),
            open_ms=round(statistics.median(opening), 2),
            live_files=sum(
                len(DeltaTable(place.uri).file_uris()) for place in self.places().values()
            ),
            data_files=len(files) - len(log),
            log_files=len(log),
            log_kb=sum(file.stat().st_size for file in log) // 1024,
            past_is_readable=self.past_is_readable(),
            left_by_kills=sum(
                ("killed" in file.name or "half" in file.name) and file.stat().st_mtime < old
                for file in files
            ),
            tables={name: _lies_at(Path(place.uri)) for name, place in self.places().items()},
        )


def _lies_at(folder: Path) -> tuple[int, int, int]:
    """Live files, data files and kB of log of a table."""
    found = [file for file in folder.rglob("*") if file.is_file()]
    log = [file for file in found if file.parent.name == "_delta_log"]
    live = len(DeltaTable(str(folder)).file_uris())
    return live, len(found) - len(log), sum(file.stat().st_size for file in log) // 1024


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
