"""Ten years of daily runs against a real store on disk, with the clock moved from day to day.

    python benchmarks/ten_years.py [--years 10] [--repositories 60] [--json FILE]
    python benchmarks/ten_years.py --years 1 --without-maintenance
    python benchmarks/ten_years.py --years 0.17 --history 0.83 --history 9.83

Each simulated day writes what the daily run writes, through `io_manager.write`: the listing, two
windows of observations, and golden made from them. delta-rs reads the clock itself (for tombstones,
retention and the log's clean-up), so the process runs under libfaketime: the package `libfaketime`
of the development dependencies, or Debian's `faketime`. The years end today, because the kernel
stamps files with the real time: the simulation sets their times back after each day's run.
"""

import itertools
import json
import os
import platform
import tempfile
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click
from moved_clock import under_a_moved_clock
from simulated_store import Figures, Simulation

from github_traffic_dagster.store.periods import Period, suitable_period
from github_traffic_dagster.traffic.answers import Metric


@click.command()
@click.option("--years", default=10.0, show_default=True)
@click.option("--repositories", default=60, show_default=True)
@click.option(
    "--period",
    type=click.Choice(Period, case_sensitive=False),
    help="Instead of what suits so many.",
)
@click.option("--views-only", is_flag=True, help="Three tables instead of five.")
@click.option(
    "--history",
    default=(0.0,),
    multiple=True,
    help="Years that a store begins with; several live side by side, slowed alike.",
)
@click.option("--without-maintenance", is_flag=True, help="For comparison.")
@click.option("--json", "target", type=click.Path(path_type=Path), help="Write the figures here.")
def main(
    *,
    years: float,
    repositories: int,
    period: Period | None,
    views_only: bool,
    history: tuple[float, ...],
    without_maintenance: bool,
    target: Path | None,
) -> None:
    """Print the figures of each simulated year."""
    under_a_moved_clock()
    metrics = (Metric.VIEWS,) if views_only else tuple(Metric)
    columns = [name for name in Figures.__dataclass_fields__ if name != "tables"]
    click.echo("| " + " | ".join(columns) + " |")
    click.echo("|" + "---|" * len(columns))
    measured: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="ten-years-") as folder:
        stores = [
            Simulation(
                Path(folder, str(behind)),
                repositories,
                round(years * 365),
                maintained=not without_maintenance,
                metrics=metrics,
                history=behind,
                period=period,
            )
            for behind in history
        ]
        for number, store in itertools.product(range(stores[0].days), stores):
            if figures := store.live(number):
                measured.append(asdict(figures))
                click.echo("| " + " | ".join(str(measured[-1][name]) for name in columns) + " |")
                if target:
                    target.write_text(as_json(store, measured))
    click.echo(f"\nlast month / first year's last month: {ratio(measured)}")


def ratio(measured: list[dict[str, Any]]) -> float:
    """How much longer a run of the last month took than one of the first year's last month."""
    return round(measured[-1]["run_ms"] / measured[0]["run_ms"], 2)


def as_json(simulation: Simulation, measured: list[dict[str, Any]]) -> str:
    """The figures with what they were measured on."""
    told = {
        "repositories": simulation.repositories,
        "period": simulation.period or suitable_period(simulation.repositories),
        "maintenance": simulation.maintained,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "versions": {name: version(name) for name in ("deltalake", "polars")},
        "ratio": ratio(measured),
        "years": measured,
    }
    return json.dumps(told, indent=2) + "\n"


if __name__ == "__main__":
    main()
