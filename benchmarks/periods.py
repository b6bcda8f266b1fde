"""What a December run costs when a table is laid out by years, and what when by months.

    python benchmarks/periods.py [--repositories 500 --repositories 1000] [--runs 8] [--json FILE]

Eleven months are written as maintenance leaves them, then come the runs of December 10 and on, by
turns, so that others on the machine slow both alike. The runs of a store have a process of their
own, which tells their times and the most memory it held (VmHWM of /proc/self/status).
"""

import itertools
import json
import multiprocessing
import os
import platform
import resource
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

import click
from simulated_store import Simulation

from github_traffic_dagster.store.periods import Period

FIRST_RUN: Final = datetime(datetime.now(UTC).year, 12, 10, 2, tzinfo=UTC)


def stored(folder: str, repositories: int, period: Period) -> Simulation:
    """The store in `folder`."""
    return Simulation(
        Path(folder), repositories, 0, maintained=True, history=11 / 12, period=period
    )


def fill(folder: str, repositories: int, period: Period) -> None:
    """Write eleven months."""
    stored(folder, repositories, period).fill(FIRST_RUN.replace(day=1))


def live(folder: str, repositories: int, period: Period, orders: Connection) -> None:
    """Make one run for each order and tell what it took."""
    store = stored(folder, repositories, period)
    for number in itertools.count():
        if not orders.recv():
            break
        started, busy = time.perf_counter(), _processor_seconds()
        store.look(number, FIRST_RUN + timedelta(days=number))
        orders.send((time.perf_counter() - started, _processor_seconds() - busy))
    written = [file for file in store.files() if file.suffix == ".parquet"]
    orders.send(
        {
            "peak_mb": _peak(),
            "greatest_file_kb": max(file.stat().st_size for file in written) // 1024,
        }
    )


def _peak() -> int:
    (line,) = (
        line
        for line in Path("/proc/self/status").read_text().splitlines()
        if line.startswith("VmHWM:")
    )
    return int(line.split()[1]) // 1024


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def side_by_side(repositories: int, runs: int) -> dict[str, Any]:
    """Both stores' figures; the first run of each is not counted."""
    spawn = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory(prefix="periods-") as folder:
        lines = {}
        for period in Period:
            mine, theirs = spawn.Pipe()
            store = (f"{folder}/{period}", repositories, period)
            filling = spawn.Process(target=fill, args=store)
            filling.start()
            filling.join()
            spawn.Process(target=live, args=(*store, theirs), daemon=True).start()
            lines[period] = mine
        times: dict[Period, list[tuple[float, float]]] = {period: [] for period in Period}
        for _ in range(runs + 1):
            for period, line in lines.items():
                line.send(True)
                times[period].append(line.recv())
        told: dict[str, Any] = {"repositories": repositories}
        for period, line in lines.items():
            line.send(False)
            run, busy = (
                round(statistics.median(seconds) * 1000)
                for seconds in zip(*times[period][1:], strict=True)
            )
            told[period] = {"run_ms": run, "cpu_ms": busy, **line.recv()}
    return told


@click.command()
@click.option(
    "--repositories", multiple=True, default=(60, 250, 500, 1000, 2000), show_default=True
)
@click.option("--runs", default=10, show_default=True)
@click.option("--json", "target", type=click.Path(path_type=Path), help="Write the figures here.")
def main(*, repositories: tuple[int, ...], runs: int, target: Path | None) -> None:
    """Print both stores' figures for each number of repositories."""
    told: dict[str, Any] = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "versions": {name: version(name) for name in ("deltalake", "polars")},
        "runs": runs,
        "stores": [],
    }
    for number in repositories:
        told["stores"].append(side_by_side(number, runs))
        click.echo(json.dumps(told["stores"][-1]))
        if target:
            target.write_text(json.dumps(told, indent=2) + "\n")


if __name__ == "__main__":
    main()
