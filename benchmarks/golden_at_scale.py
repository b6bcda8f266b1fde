"""50,000 repositories and five years: what a daily golden step touches, and how fast questions are.

    python benchmarks/golden_at_scale.py [--repositories 50000] [--years 5] [--rounds 5]

The same golden rows lie in our layout, as maintenance leaves it, and in the stock one, a folder a
day. Both are asked by turns with polars. Then two weeks of daily looks are appended to the raw
table, and a process of its own does the golden step of the last day: its time, its peak of memory,
and the files that it replaced are told. Needs 3 GB of disk and ten minutes.
"""

import calendar
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

import click
import polars as pl
from daily_rows import observations
from deltalake import DeltaTable, WriterProperties, write_deltalake
from memory import peak_mb
from results_file import tell

from github_traffic_dagster.io_manager import write
from github_traffic_dagster.store.appending import append
from github_traffic_dagster.store.file_totals import keep_totals, totals_by_repository
from github_traffic_dagster.store.opening import create_table
from github_traffic_dagster.store.periods import Period
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.store.reading import golden_rows, scan
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.golden import golden_from_observations
from github_traffic_dagster.traffic.tables import GOLDEN, RAW

LAST_DAY: Final = date(2026, 6, 20)
WINDOW: Final = 14
_GOLDEN: Final = GOLDEN[Metric.VIEWS]
_RAW: Final = RAW[Metric.VIEWS]
_AS_MAINTENANCE: Final = WriterProperties(compression="ZSTD", max_row_group_size=131_072)


def history(first: date, last: date, repositories: int) -> pl.DataFrame:
    """Every repository for every day, by day and repository."""
    days = pl.date_range(first, last, eager=True).to_list()
    seen_at = datetime.combine(last + timedelta(days=10), datetime.min.time(), UTC)
    return golden_from_observations(
        observations(days, seen_at, repositories, "run").lazy()
    ).collect()


def months(years: int) -> list[tuple[date, date]]:
    """First and last day of each month, up to the last day."""
    found = []
    first = LAST_DAY.replace(year=LAST_DAY.year - years)
    while first <= LAST_DAY:
        last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
        found.append((first, min(last, LAST_DAY)))
        first = last + timedelta(days=1)
    return found


def fill(ours: Path, stock: Path, repositories: int, years: int) -> int:
    """Write both layouts; returns the rows of one."""
    create_table(Place(str(ours)), _GOLDEN, Period.MONTH)
    rows = 0
    for first, last in months(years):
        frame = history(first, last, repositories)
        rows += frame.height
        write_deltalake(
            str(ours),
            frame.with_columns(period=pl.col("day").dt.month_start()),
            mode="append",
            writer_properties=_AS_MAINTENANCE,
        )
        write_deltalake(str(stock), frame.sort("day"), mode="append", partition_by=["day"])
    # Of the running month nothing is kept: its file is written anew each day.
    running = f"period={LAST_DAY.replace(day=1)}"
    written = DeltaTable(str(ours))
    settled = [Path(uri).name for uri in written.file_uris() if running not in uri]
    keep_totals(written, Place(str(ours)), settled)
    return rows


def questions(uri: str, repo_id: int, *, ours: bool) -> dict[str, Callable[[], pl.DataFrame]]:
    """What people ask a golden table."""
    month = date(LAST_DAY.year - 1, 3, 1), date(LAST_DAY.year - 1, 3, 31)
    # As the README says that one asks: our folders are the months of so large a store.
    in_month = pl.col("period") == month[0] if ours else pl.col("day").is_between(*month)

    def table() -> pl.LazyFrame:
        return pl.scan_delta(uri)

    counts = pl.col("count").sum()
    return {
        "one repository, all days": lambda: (
            table().filter(repo_id=repo_id).select("day", "count").sort("day").collect()
        ),
        "one month, by repository": lambda: (
            table().filter(in_month).group_by("repo_id").agg(counts).sort("repo_id").collect()
        ),
        "all time, by repository": lambda: (
            table().group_by("repo_id").agg(counts).sort("repo_id").collect(engine="streaming")
        ),
        "all time, by the totals that are kept": lambda: (
            totals_by_repository(Place(uri), _GOLDEN).select("repo_id", "count")
            if ours
            else table().group_by("repo_id").agg(counts).sort("repo_id").collect(engine="streaming")
        ),
    }


def asked(ours: Path, stock: Path, repo_id: int, rounds: int) -> list[dict[str, Any]]:
    """Median seconds of both for each question, by turns."""
    sides = {
        "ours": questions(str(ours), repo_id, ours=True),
        "stock": questions(str(stock), repo_id, ours=False),
    }
    found = []
    for question in sides["ours"]:
        times: dict[str, list[float]] = {"ours": [], "stock": []}
        answers = {}
        for _ in range(rounds):
            for side, by_question in sides.items():
                begun = time.perf_counter()
                answers[side] = by_question[question]()
                times[side].append(time.perf_counter() - begun)
        if not answers["ours"].equals(answers["stock"]):
            raise RuntimeError(f"both must say the same: {question}")
        seconds = {side: statistics.median(taken) for side, taken in times.items()}
        found.append(
            {
                "question": question,
                "ours_s": round(seconds["ours"], 3),
                "stock_s": round(seconds["stock"], 3),
                "ratio": round(seconds["stock"] / seconds["ours"], 1),
            }
        )
    return found


def golden_step(connection: Connection, golden: str, raw: str) -> None:
    """The daily run's golden step, in a process of its own."""
    place = Place(golden)
    before = set(DeltaTable(golden).file_uris())
    imports = peak_mb()
    begun = time.perf_counter()
    first = LAST_DAY - timedelta(days=WINDOW - 1)
    looks = scan(Place(raw), _RAW, first_day=first, last_day=LAST_DAY)
    frame = golden_rows(Place(raw), looks)
    computed = time.perf_counter() - begun
    said = write(place, _GOLDEN, frame, run_id="today")
    replaced = before - set(DeltaTable(golden).file_uris())
    connection.send(
        {
            "rows": frame.height,
            "computed_s": round(computed, 1),
            "written_s": round(time.perf_counter() - begun - computed, 1),
            "rows_changed": said["rows_changed"],
            "imports_mb": imports,
            "peak_mb": peak_mb(),
            "files": len(before),
            "files_replaced": len(replaced),
            "periods_touched": sorted({Path(uri).parent.name for uri in replaced}),
        }
    )


def look_daily(raw: Path, repositories: int) -> None:
    """Two weeks of looks at two weeks each."""
    for back in reversed(range(WINDOW)):
        today = LAST_DAY - timedelta(days=back)
        days = [today - timedelta(days=age) for age in reversed(range(WINDOW))]
        now = datetime.combine(today, datetime.min.time(), UTC) + timedelta(hours=2)
        run_id = f"00000000-0000-4000-8000-{back:012}"
        append(Place(str(raw)), _RAW, observations(days, now, repositories, run_id), run_id=run_id)


@click.command()
@click.option("--repositories", default=50_000, show_default=True)
@click.option("--years", default=5, show_default=True)
@click.option("--rounds", default=5, show_default=True)
@click.option("--folder", type=click.Path(path_type=Path), help="Where the tables are made.")
def main(*, repositories: int, years: int, rounds: int, folder: Path | None) -> None:
    """Print both sides and the ratios, and what the golden step took."""
    spawn = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory(dir=folder) as made:
        ours, stock, raw = (Path(made, name) for name in ("golden", "stock", "raw"))
        rows = fill(ours, stock, repositories, years)
        queries = asked(ours, stock, repositories // 4, rounds)
        look_daily(raw, repositories)
        receiver, sender = spawn.Pipe(duplex=False)
        process = spawn.Process(target=golden_step, args=(sender, str(ours), str(raw)))
        process.start()
        step = receiver.recv()
        process.join()
        tell(
            "golden_at_scale",
            {
                "repositories": repositories,
                "years": years,
                "rows": rows,
                "files": {
                    side: len(DeltaTable(str(path)).file_uris())
                    for side, path in (("ours", ours), ("stock", stock))
                },
                "queries": queries,
                "golden_step": step,
            },
        )


if __name__ == "__main__":
    main()
