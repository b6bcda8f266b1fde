"""`github-traffic ui`, running."""

import os
import signal
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO

from github_traffic_dagster_tests.cli.program import Program, free_port, wait_until


@dataclass
class Pages:
    """The Dagster UI that a program serves.

    Attributes:
        url: where.
        process: the program.
    """

    url: str
    process: subprocess.Popen[str]
    _terminal: TextIO

    @property
    def up(self) -> bool:
        """Whether the webserver answers."""
        try:
            with urllib.request.urlopen(f"{self.url}/server_info", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    @property
    def said(self) -> str:
        """What stood on the terminal until now."""
        self._terminal.seek(0)
        return self._terminal.read()

    def end(self) -> None:
        """End it as Ctrl-C does."""
        try:
            if self.process.poll() is None:
                os.kill(self.process.pid, signal.SIGINT)
            self.process.wait(60)
        finally:
            if self.process.poll() is None:
                os.killpg(self.process.pid, signal.SIGKILL)


@contextmanager
def serving(program: Program, *options: str) -> Iterator[Pages]:
    """`ui` with these options at a free port, up, and ended after the block."""
    port = str(free_port())
    with tempfile.TemporaryFile("w+") as terminal:
        process = program.start("ui", *options, "--port", port, terminal=terminal)
        pages = Pages(f"http://127.0.0.1:{port}", process, terminal)
        try:
            wait_until(lambda: pages.up or process.poll() is not None, 300)
            assert process.poll() is None, pages.said
            yield pages
        finally:
            pages.end()
