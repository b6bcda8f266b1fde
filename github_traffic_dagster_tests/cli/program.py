"""The real program, as a process with an empty home and nothing of this machine's settings."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TextIO

import dagster as dg
import polars as pl

import github_traffic_dagster

MODULE = "github_traffic_dagster.cli.app"
TOKEN = "ghp_a-token-nobody-may-ever-see"


def today() -> date:
    return datetime.now(UTC).date()


@dataclass
class Program:
    """`github-traffic` in a folder of its own.

    Attributes:
        home: the user's home folder; empty at first.
        working_folder: where it is started.
        settings: environment variables beside the few that a process needs.
    """

    home: Path
    working_folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        return {
            "PATH": path,
            "HOME": str(self.home),
            "LC_ALL": "C.UTF-8",
            # The very code that the tests import, also where another copy is installed.
            "PYTHONPATH": str(Path(github_traffic_dagster.__file__).parents[1]),
            **self.settings,
        }

    @property
    def command(self) -> list[str]:
        return [sys.executable, "-m", MODULE]

    def run(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run to the end, with additional settings."""
        return subprocess.run(
            [*self.command, *arguments],
            env=self.environment | settings,
            cwd=self.working_folder,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    def start(self, *arguments: str, terminal: TextIO | None = None) -> subprocess.Popen[str]:
        """Start in a session of its own, as a terminal would.

        Args:
            arguments: of the program.
            terminal: a file for all that it says; two pipes by default, which fill up when nobody
                reads them.
        """
        return subprocess.Popen(
            [*self.command, *arguments],
            env=self.environment,
            cwd=self.working_folder,
            stdout=terminal or subprocess.PIPE,
            stderr=terminal or subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def install(self, environment: Path) -> None:
        """Put `github-traffic` and `python` where an installation into `environment` has them."""
        scripts = environment / "bin"
        scripts.mkdir(parents=True)
        code = self.environment["PYTHONPATH"]
        interpreter = f'PYTHONPATH="{code}" exec "{sys.executable}"'
        commands = {"python": interpreter, "github-traffic": f"{interpreter} -m {MODULE}"}
        for name, command in commands.items():
            (scripts / name).write_text(f'#!/bin/sh\n{command} "$@"\n')
            (scripts / name).chmod(0o755)

    def shell(self, script: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run a script as cron does: by sh, with little more than a home in the environment."""
        return subprocess.run(
            ["sh", "-c", script],
            env={"HOME": str(self.home), "PATH": "/usr/bin:/bin", **settings},
            cwd=self.working_folder,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )

    @property
    def root(self) -> Path:
        return self.home / "github-traffic"

    def table(self, name: str, root: Path | None = None) -> pl.DataFrame:
        """A stored table."""
        return pl.read_delta(str((root or self.root) / "store" / "github_traffic" / name))

    def runs(self, root: Path | None = None) -> list[dg.DagsterRun]:
        """The runs that the UI would list, the newest first."""
        with dg.DagsterInstance.from_config(str((root or self.root) / "dagster_home")) as instance:
            return list(instance.get_runs())

    def written(self) -> list[Path]:
        """All files below home."""
        return [path for path in self.home.rglob("*") if path.is_file()]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def wait_until(happened: Callable[[], bool], seconds: float = 60, *, pause: float = 0.05) -> None:
    """Return once it happened; an endless wait is a failed test."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(pause)


def interrupt(process: subprocess.Popen[str]) -> None:
    """What a terminal does on Ctrl-C."""
    os.killpg(process.pid, signal.SIGINT)
