"""What is killed: the store's work of a run alone, and `github-traffic collect` as a whole."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final, Self

from reliability.children import start_run
from reliability.collecting import collect, collected, github_at, start_collect
from reliability.folders import Bench, local_places
from reliability.states import (
    State,
    duplicate_keys,
    golden_as_undisturbed,
    golden_is_the_greatest,
)

HISTORIES: Final = (1, 8)
"""Looks before the one that is killed; after the second the run also writes checkpoints."""

_NOW: Final = datetime(2026, 3, 10, 5, tzinfo=UTC)


class StoreRuns(Bench):
    """The store's work, without GitHub and Dagster: five steps within a tenth of a second."""

    _asked = 0

    def start(self, folder: Path) -> tuple[BaseProcess, Connection]:
        """Start it."""
        return start_run(local_places(folder), self.look)

    def asked(self) -> tuple[int, int]:
        """As if all had been asked between two calls: what is killed begins after that."""
        self._asked += 1
        return self._asked, 0


class CollectRuns:
    """`github-traffic collect` with its Dagster instance, over a simulated GitHub.

    Args:
        folder: for its home folders.
        looks: runs on the days before.

    Use it as a context manager: meanwhile GitHub is served.
    """

    def __init__(self, folder: Path, looks: int) -> None:
        self._folder = folder
        self._looks = looks
        self._trials = 0
        self._servers = ExitStack()

    def __enter__(self) -> Self:
        """Make the history, and the states that a run may end in."""
        self._now = self._servers.enter_context(github_at(_NOW))
        self._later = self._servers.enter_context(github_at(_NOW + timedelta(hours=1)))
        seed = self._folder / "seed"
        seed.mkdir(parents=True)
        for number in range(self._looks):
            moment = _NOW - timedelta(days=self._looks - number)
            with github_at(moment) as github:
                _succeed(seed, collect(seed, github, moment))
        self.before = collected(seed)
        with self.seeded() as home:
            _succeed(home, collect(home, self._now, _NOW))
            self.after = collected(home)
        with self.seeded() as home:
            _succeed(home, self._again(home))
            self._undisturbed = collected(home)
        return self

    def __exit__(self, *_error: object) -> None:
        """Stop serving."""
        self._servers.close()

    @contextmanager
    def seeded(self) -> Iterator[Path]:
        """A home folder with the history."""
        self._trials += 1
        home = self._folder / f"home-{self._trials}"
        shutil.copytree(self._folder / "seed", home)
        yield home
        shutil.rmtree(home)

    def start(self, folder: Path) -> tuple[BaseProcess, Connection]:
        """Start today's run."""
        return start_collect(folder, self._now, _NOW)

    def stored(self, folder: Path) -> State:
        """The tables in a home folder."""
        return collected(folder)

    def asked(self) -> tuple[int, int]:
        """Requests to GitHub so far, and how many of them wait for their answer."""
        return len(self._now.requests), self._now.under_way

    def heals(self, folder: Path) -> bool:
        """Run an hour later in the same home: whether golden is as if nothing had been killed."""
        code = self._again(folder)
        now = collected(folder)
        return (
            code == 0
            and golden_as_undisturbed(now, self._undisturbed)
            and golden_is_the_greatest(now)
            and duplicate_keys(now) == 0
        )

    def _again(self, home: Path) -> int:
        return collect(home, self._later, _NOW + timedelta(hours=1))


def _succeed(home: Path, code: int) -> None:
    if code:
        raise RuntimeError(f"collect ended with {code}: {(home / 'said.txt').read_text()[-2000:]}")
