"""From the command to the first request, and to the end of a run; and what takes how long.

python benchmarks/start_up.py [--repositories 10] [--latency 0.1] [--rounds 5]
"""

import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import click
from command_line import Run, collect
from results_file import tell
from simulated_github import github

_MODULE: Final = "github_traffic_dagster.cli.collection_run"
_LIBRARIES: Final = ("dagster", "dagster_deltalake", "polars", "deltalake", "github", "rich")


def import_seconds(rounds: int) -> dict[str, float]:
    """What importing all that a run needs takes, of which the largest libraries so much."""
    started = [_timed("pass") for _ in range(rounds)]
    whole = [_timed(f"import {_MODULE}") for _ in range(rounds)]
    told = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-X", "importtime", "-c", f"import {_MODULE}"],
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    shares = {
        match["name"]: int(match["total"]) / 1e6
        for match in re.finditer(r"\|\s+(?P<total>\d+) \|\s+(?P<name>[\w.]+)$", told, re.MULTILINE)
    }
    return {
        "python itself": round(statistics.median(started), 2),
        "all imports": round(statistics.median(whole) - statistics.median(started), 2),
        **{f"of which {name}": round(shares.get(name, 0.0), 2) for name in _LIBRARIES},
    }


def _timed(code: str) -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 - our own interpreter
    return time.perf_counter() - begun


@click.command()
@click.option("--repositories", default=10, show_default=True)
@click.option("--latency", default=0.1, show_default=True, help="Seconds every answer takes.")
@click.option("--rounds", default=5, show_default=True, help="Of which the median counts.")
def main(*, repositories: int, latency: float, rounds: int) -> None:
    """Print the breakdown."""
    with github(repositories, latency=latency) as served, tempfile.TemporaryDirectory() as folder:
        fresh: list[Run] = []
        later: list[Run] = []
        for number in range(rounds):
            home = Path(folder, str(number))
            fresh.append(collect(served, home))
            later.append(collect(served, home))
    tell(
        "start_up",
        {
            "repositories": repositories,
            "latency_s": latency,
            "to_the_first_answer_s": _median([run.first_request_s for run in later]),
            "to_the_end_s": _median([run.seconds for run in later]),
            "first_run_in_a_new_home_s": _median([run.seconds for run in fresh]),
            # Token, list; token and windows, twice.
            "of_which_github_s": round(6 * latency, 2),
            "imports_s": import_seconds(rounds),
        },
    )


def _median(seconds: list[float]) -> float:
    return round(statistics.median(seconds), 2)


if __name__ == "__main__":
    main()
