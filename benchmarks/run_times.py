"""How long a daily run takes with one, five and ten years behind it, by the real clock.

    python benchmarks/run_times.py [--runs 40] [--repositories 60] [--json FILE]

`ten_years.py` takes years one after the other, and a machine is not equally busy for so long. Here
they are written at once, as maintenance leaves settled months, and the same day is then collected
again and again, in all stores by turns, so that others on the machine slow all alike.
"""

import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Final

import click
from deltalake import DeltaTable
from simulated_store import Simulation

YEARS: Final = (1, 5, 10)


def milliseconds(times: Iterable[float]) -> float:
    """The median, of times in seconds."""
    return round(statistics.median(times) * 1000, 1)


def opening(store: Simulation) -> float:
    """Seconds to open a table, at the mean of all tables."""
    started = time.perf_counter()
    for place in store.places().values():
        DeltaTable(place.uri).metadata()
    return (time.perf_counter() - started) / len(store.places())


@click.command()
@click.option("--runs", default=40, show_default=True)
@click.option("--repositories", default=60, show_default=True)
@click.option("--json", "target", type=click.Path(path_type=Path), help="Write the figures here.")
def main(*, runs: int, repositories: int, target: Path | None) -> None:
    """Print the median and mean time of a run, for each number of years."""
    with tempfile.TemporaryDirectory(prefix="run-times-") as folder:
        stores = {
            years: Simulation(
                Path(folder, str(years)), repositories, runs, maintained=True, history=years
            )
            for years in YEARS
        }
        for store in stores.values():
            store.fill()
            store.run(0)
        times: dict[int, list[float]] = {years: [] for years in YEARS}
        opened: dict[int, list[float]] = {years: [] for years in YEARS}
        for number in range(1, runs + 1):
            for years, store in stores.items():
                started = time.perf_counter()
                store.run(number)
                times[years].append(time.perf_counter() - started)
                opened[years].append(opening(store))
        told = {
            "machine": f"{platform.machine()}, {os.cpu_count()} cores",
            "versions": {name: version(name) for name in ("deltalake", "polars")},
            "runs": runs,
            "repositories": repositories,
            "years": [
                {
                    "years": years,
                    "run_ms": milliseconds(times[years]),
                    "mean_run_ms": round(statistics.mean(times[years]) * 1000, 1),
                    "open_ms": milliseconds(opened[years]),
                    "ratio": round(
                        statistics.median(times[years]) / statistics.median(times[YEARS[0]]), 2
                    ),
                }
                for years in YEARS
            ],
        }
    click.echo(json.dumps(told, indent=2))
    if target:
        target.write_text(json.dumps(told, indent=2) + "\n")


if __name__ == "__main__":
    main()
