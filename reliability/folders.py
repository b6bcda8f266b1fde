"""Stores in local folders: the state before a run, and the states it may end in."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from github_traffic_dagster.store.place import Place
from github_traffic_dagster.traffic.tables import TABLES
from reliability.looks import Look
from reliability.runs import our_writer, run
from reliability.states import (
    State,
    duplicate_keys,
    golden_as_undisturbed,
    golden_is_the_greatest,
    read_tables,
)


def local_places(folder: Path) -> dict[str, Place]:
    """Places of the tables in a folder."""
    return {name: Place(str(folder / name)) for name in TABLES}


class Bench:
    """A history of some looks, and what the next one makes of it.

    Attributes:
        look: the run that is going to be disturbed.
        before: the tables before it.
        after: the tables after it, when nothing goes wrong.
    """

    def __init__(self, folder: Path, looks: int = 1) -> None:
        self._folder = folder
        self.look = Look(f"run-{looks}", looks)
        self._again = self.look.again(f"run-{looks}-again")
        self._trials = 0
        for number in range(looks):
            self._run("seed", Look(f"run-{number}", number))
        self.before = read_tables(local_places(folder / "seed"))
        self.after = self._copied_and_run("done", self.look)
        self._undisturbed = self._copied_and_run("healed", self._again)

    @contextmanager
    def seeded(self, parent: Path | None = None) -> Iterator[Path]:
        """A folder with the state before, in `parent` if given."""
        self._trials += 1
        folder = (parent or self._folder) / f"trial-{self._trials}"
        shutil.copytree(self._folder / "seed", folder)
        yield folder
        shutil.rmtree(folder)

    def stored(self, folder: Path) -> State:
        """The tables in a folder."""
        return read_tables(local_places(folder))

    def heals(self, folder: Path) -> bool:
        """Run once more without disturbance: whether golden is as if there had been none."""
        steps = run(our_writer(local_places(folder), self._again))
        now = read_tables(local_places(folder))
        return (
            not any(step.error for step in steps)
            and golden_as_undisturbed(now, self._undisturbed)
            and golden_is_the_greatest(now)
            and duplicate_keys(now) == 0
        )

    def _copied_and_run(self, name: str, look: Look) -> State:
        shutil.copytree(self._folder / "seed", self._folder / name)
        self._run(name, look)
        return read_tables(local_places(self._folder / name))

    def _run(self, name: str, look: Look) -> None:
        for step in run(our_writer(local_places(self._folder / name), look)):
            if step.error:
                raise RuntimeError(step.error)
