"""`github-traffic collect` as a user runs it, in a process of its own, and what it took."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from simulated_github import Served

_COMMAND: Final = str(Path(sys.executable).with_name("github-traffic"))


@dataclass(frozen=True)
class Run:
    """A finished command.

    Attributes:
        seconds: from start to end.
        first_request_s: until GitHub had answered for the first time.
        peak_mb: the largest memory the process held at a time (resident).
        output: what it printed.
    """

    seconds: float
    first_request_s: float
    peak_mb: float
    output: str


def collect(served: Served, home: Path, **settings: str) -> Run:
    """Run it.

    Args:
        served: the GitHub it asks.
        home: where it keeps its tables and its Dagster instance.
        settings: more environment variables.

    Raises:
        RuntimeError: it failed; says what it printed.
    """
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GITHUB_", "DAGSTER_"))
    }
    environment = {**inherited, **served.environment, "GITHUB_TRAFFIC_HOME": str(home), **settings}
    asked_before = served.figures().requests
    home.mkdir(parents=True, exist_ok=True)
    begun = time.perf_counter()
    first = 0.0
    with (home / "output.txt").open("w+") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [_COMMAND, "collect"],
            env=environment,
            stdout=output,
            stderr=output,
        )
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            if not first and served.figures().requests > asked_before:
                first = time.perf_counter() - begun
            time.sleep(0.01 if not first else 0.05)
        took = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read()
    if process.returncode != 0:
        raise RuntimeError(text)
    return Run(took, first, usage.ru_maxrss / 1024, text)
