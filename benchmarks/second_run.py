"""What a second run on the same day costs of GitHub's hourly budget.

python benchmarks/second_run.py [--repositories 300]
"""

import tempfile
from pathlib import Path

import click
from command_line import collect
from results_file import tell
from simulated_github import github


@click.command()
@click.option("--repositories", default=300, show_default=True)
def main(*, repositories: int) -> None:
    """Print the requests of both runs, and those that GitHub charged."""
    runs = []
    with github(repositories, latency=0.02) as served, tempfile.TemporaryDirectory() as folder:
        for _ in range(2):
            before = served.figures()
            run = collect(served, Path(folder), GITHUB_TRAFFIC_WORKERS="64")
            after = served.figures()
            runs.append(
                {
                    "requests": after.requests - before.requests,
                    "charged": after.charged - before.charged,
                    "seconds": round(run.seconds, 1),
                }
            )
    first, second = runs
    tell(
        "second_run",
        {
            "repositories": repositories,
            "first": first,
            "second": second,
            "ratio": round(second["charged"] / first["charged"], 4),
        },
    )


if __name__ == "__main__":
    main()
