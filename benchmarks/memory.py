"""The memory of a whole run over many repositories, and that it stays flat.

    python benchmarks/memory.py [--repositories 1000 --repositories 50000]

Without GitHub's points a minute, see `without_minutes.py`.
"""

import tempfile
from pathlib import Path

import click
from command_line import collect
from results_file import tell
from simulated_github import github


@click.command()
@click.option("--repositories", multiple=True, default=(1000, 10_000, 50_000), show_default=True)
def main(*, repositories: tuple[int, ...]) -> None:
    """Print the peak of a run's resident memory for each number of repositories."""
    found = []
    for number in repositories:
        with github(number, latency=0.0) as served, tempfile.TemporaryDirectory() as folder:
            runs = [collect(served, Path(folder), unlimited=True) for _ in range(2)]
            found.append(
                {
                    "repositories": number,
                    "first_run_mb": round(runs[0].peak_mb),
                    "second_run_mb": round(runs[1].peak_mb),
                    "first_run_s": round(runs[0].seconds),
                    "second_run_s": round(runs[1].seconds),
                }
            )
    tell("memory", {"runs": found})


if __name__ == "__main__":
    main()
