"""From which size on a distributed engine is worth it: the golden step by polars and by Sail.

    python benchmarks/engines.py [--repositories 1000] [--looks 14] [--rounds 3]

A raw table holds two weeks of daily looks at two weeks each. Each engine merges the last window
into a golden table of its own, as of the day before, and then builds golden from all of raw; by
turns, each in a new process, and both tables must be equal. Times are of the whole step, a new
session included, maintenance left out. Memory is the peak of the process that computes: this one
for polars, the server for Sail, which one machine's cores and disk serve both. What a cluster's
many machines would add, and its network and start take away, is not measured here.
"""

import multiprocessing
import shutil
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

import click
import polars as pl
from daily_rows import observations
from memory import peak_mb
from results_file import tell

from github_traffic_dagster.store.appending import append
from github_traffic_dagster.store.maintenance import maintain
from github_traffic_dagster.store.merging import merge
from github_traffic_dagster.store.naming import with_newest_names
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.store.reading import collect, scan
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.golden import golden_from_observations
from github_traffic_dagster.traffic.tables import GOLDEN, RAW
from github_traffic_dagster_tests.sail import running_sail

LAST_DAY: Final = datetime.now(UTC).date()
WINDOW: Final = 14
_GOLDEN: Final = GOLDEN[Metric.VIEWS]
_RAW: Final = RAW[Metric.VIEWS]


def fill(folder: Path, repositories: int, looks: int) -> None:
    """The raw table, and golden as it was before the last look."""
    raw = Place(str(folder / "raw"))
    for back in reversed(range(looks)):
        day = LAST_DAY - timedelta(days=back)
        days = [day - timedelta(days=age) for age in reversed(range(WINDOW))]
        now = datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=2)
        append(raw, _RAW, observations(days, now, repositories, f"run-{day}"), run_id=str(day))
        if back == 1:
            known = golden_from_observations(scan(raw, _RAW)).collect()
            merge(Place(str(folder / "before")), _GOLDEN, known, run_id="before")
    for name, table in (("raw", _RAW), ("before", _GOLDEN)):
        maintain(Place(str(folder / name)), table, now=datetime.now(UTC))


def by_polars(folder: Path, golden: Place, days: int) -> None:
    """The step as the IO manager and the asset do it."""
    raw = Place(str(folder / "raw"))
    first = LAST_DAY - timedelta(days=days - 1)
    rows = scan(raw, _RAW, first_day=first, last_day=LAST_DAY)
    frame = collect(raw, golden_from_observations(rows))
    frame = with_newest_names(golden, _GOLDEN, frame, run_id="polars")
    merge(golden, _GOLDEN, frame, run_id="polars")


def by_spark(folder: Path, golden: Place, days: int, remote: str) -> None:
    """The step as the asset on an engine does it."""
    import dagster as dg  # noqa: PLC0415 - not polars' to carry

    from github_traffic_dagster.spark_engine.carriers import StatementCarrier  # noqa: PLC0415
    from github_traffic_dagster.spark_engine.golden_step import Ends, advance_golden  # noqa: PLC0415
    from github_traffic_dagster.spark_engine.spark_session import spark_engine  # noqa: PLC0415

    ends = Ends(Place(str(folder / "raw")), _RAW, golden, _GOLDEN)
    first = LAST_DAY - timedelta(days=days - 1)
    carrier = StatementCarrier(lambda: spark_engine(remote))
    advance_golden(ends, first, LAST_DAY, carrier, dg.build_asset_context())


def step(connection: Connection, folder: Path, name: str, days: int, remote: str) -> None:
    """One step in a process of its own; imports are not counted."""
    golden = Place(str(folder / name))
    if remote:
        import pyspark.sql.connect.session  # noqa: F401, PLC0415 - imported before the clock runs
    begun = time.perf_counter()
    if remote:
        by_spark(folder, golden, days, remote)
    else:
        by_polars(folder, golden, days)
    connection.send((time.perf_counter() - begun, peak_mb()))


def timed(folder: Path, engine: str, start: str, days: int, remote: str) -> tuple[float, int]:
    """Let an engine bring a copy of a table up to date."""
    golden = folder / engine
    shutil.rmtree(golden, ignore_errors=True)
    if start:
        shutil.copytree(folder / start, golden)
    spawn = multiprocessing.get_context("spawn")
    receiver, sender = spawn.Pipe(duplex=False)
    process = spawn.Process(target=step, args=(sender, folder, engine, days, remote))
    process.start()
    sender.close()
    told: tuple[float, int] = receiver.recv()
    process.join()
    return told


def require_equal(folder: Path) -> None:
    """Both engines must have made the same table."""
    ours, theirs = (
        pl.read_delta(str(folder / name)).sort(_GOLDEN.key) for name in ("polars", "sail")
    )
    if not ours.equals(theirs):
        raise RuntimeError("both engines must give the same rows")


def compared(folder: Path, repositories: int, looks: int, rounds: int) -> dict[str, Any]:
    """Both steps by both engines."""
    fill(folder, repositories, looks)
    figures: dict[str, Any] = {
        "repositories": repositories,
        "raw_rows": repositories * looks * WINDOW,
    }
    steps = {"window": ("before", WINDOW), "all of raw": ("", WINDOW + looks)}
    with running_sail() as sail:
        for name, (start, days) in steps.items():
            taken: dict[str, list[tuple[float, int]]] = {"polars": [], "sail": []}
            for _ in range(rounds):
                taken["polars"].append(timed(folder, "polars", start, days, ""))
                taken["sail"].append(timed(folder, "sail", start, days, sail.address))
                require_equal(folder)
            figures[name] = {
                f"{engine}_s": round(statistics.median(seconds for seconds, _ in found), 2)
                for engine, found in taken.items()
            } | {
                "polars_peak_mb": max(peak for _, peak in taken["polars"]),
                "sail_client_peak_mb": max(peak for _, peak in taken["sail"]),
                "sail_server_peak_mb": peak_mb(sail.process_id),
            }
    return figures


@click.command()
@click.option("--repositories", "sizes", multiple=True, type=int, default=[1_000, 10_000, 50_000])
@click.option("--looks", default=14, show_default=True)
@click.option("--rounds", default=3, show_default=True)
@click.option("--folder", type=click.Path(path_type=Path), help="Where the tables are made.")
def main(*, sizes: tuple[int, ...], looks: int, rounds: int, folder: Path | None) -> None:
    """Print and keep the figures of both engines for each size."""
    found = []
    for size in sizes:
        with tempfile.TemporaryDirectory(dir=folder) as made:
            found.append(compared(Path(made), size, looks, rounds))
    versions = {name: version(name) for name in ("pysail", "pyspark")}
    tell("engines", {"looks": looks, "rounds": rounds, "engines": versions, "sizes": found})


if __name__ == "__main__":
    main()
