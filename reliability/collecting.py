"""`github-traffic collect` as a user runs it, in a process of its own, over a simulated GitHub."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

import polars as pl
import time_machine

# Not used here: a process that is forked with them imported begins at once.
import github_traffic_dagster.cli.collection_run
import github_traffic_dagster.definitions  # noqa: F401
from github_traffic_dagster.cli.app import run
from github_traffic_dagster.demo_github.clock import SimulatedClock
from github_traffic_dagster.demo_github.demo_world import DEMO_TOKEN, demo_world
from github_traffic_dagster.demo_github.server import GitHubServer
from github_traffic_dagster.io_manager import SCHEMA
from reliability.children import start
from reliability.folders import local_places
from reliability.states import State, read_tables

_CREATED: Final = datetime(2026, 3, 1, 6, tzinfo=UTC)
"""When the demo's newest repository was, four days before, in all worlds alike."""
_LATENCY: Final = 0.1
"""Of every answer: GitHub's are slower, but a run shall not only wait."""
_OURS: Final = ("GITHUB_", "DAGSTER_", "AWS_", "AZURE_", "GOOGLE_")


@contextmanager
def github_at(moment: datetime) -> Iterator[GitHubServer]:
    """The demo's GitHub as it is at a moment (UTC), for as long as one likes."""
    clock = SimulatedClock(_CREATED)
    world = demo_world(clock)
    clock.move_to(moment)
    with GitHubServer(world, latency=_LATENCY) as server:
        yield server


def start_collect(
    home: Path, github: GitHubServer, now: datetime
) -> tuple[BaseProcess, Connection]:
    """Start it with an own home folder at a moment (UTC).

    Returns:
        The process, and a connection on which "begun" and later the exit code arrive. What it
        says goes to `said.txt` in the home folder.
    """
    return start(_collect, home, github.url, now)


def collect(home: Path, github: GitHubServer, now: datetime) -> int:
    """Run it to its end.

    Returns:
        The exit code.
    """
    process, connection = start_collect(home, github, now)
    connection.recv()
    code: int = connection.recv()
    process.join()
    return code


def collected(home: Path) -> State:
    """The tables in a home folder.

    Moments are cut to the hour, and a run is called by the hour it looked at: when in it GitHub
    answered, and Dagster's name for the run, differ from one run to the next.
    """
    hour = pl.selectors.datetime().dt.truncate("1h")
    tables = read_tables(local_places(home / "store" / SCHEMA)).items()
    return {name: _by_run(rows.with_columns(hour)).sort(rows.columns) for name, rows in tables}


def _by_run(rows: pl.DataFrame) -> pl.DataFrame:
    if "run_id" not in rows.columns:
        return rows
    return rows.with_columns(run_id=pl.col("observed_at").dt.to_string("iso"))


def _collect(connection: Connection, home: Path, url: str, now: datetime) -> None:
    for name in [name for name in os.environ if name.startswith(_OURS)]:
        del os.environ[name]
    os.environ["GITHUB_TOKEN"] = DEMO_TOKEN
    os.environ["GITHUB_API_URL"] = url
    os.environ["GITHUB_TRAFFIC_HOME"] = str(home)
    os.chdir(home)
    with (home / "said.txt").open("ab") as said:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(said.fileno(), stream.fileno())
    connection.send("begun")
    with time_machine.travel(now):
        code = run(["collect"])
    connection.send(code)
