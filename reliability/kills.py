"""`kill -9` at random moments of a run: every table readable, before or after, and it heals."""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reliability.children import start_run
from reliability.folders import Bench, local_places
from reliability.states import compare, lost_rows, read_tables

HISTORIES: Final = (1, 8)
"""Looks before the one that is killed; after the second the run also writes checkpoints."""


@dataclass(frozen=True, slots=True)
class Kill:
    """What came of a kill.

    Attributes:
        milliseconds: into the run.
        finished: the run was through before.
        after: number of tables that hold the run.
        mixed: tables that hold neither the state before nor the state after.
        lost: rows of the state before that are not there.
        healed: the next run completed, with golden as if nothing had been killed.
    """

    milliseconds: float
    finished: bool
    after: int
    mixed: tuple[str, ...]
    lost: int
    healed: bool

    @property
    def sound(self) -> bool:
        """It went as promised."""
        return self.healed and not self.mixed and not self.lost


def kill_runs(
    folder: Path,
    times: int,
    *,
    seed: int,
    histories: Sequence[int] = HISTORIES,
    on_kill: Callable[[Kill], None] = lambda _: None,
) -> list[Kill]:
    """Kill as many runs, each of a copy of one of the histories."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    benches = [Bench(folder / f"history-{looks}", looks) for looks in histories]
    longest = max(_seconds_undisturbed(bench) for bench in benches)
    kills = []
    for number in range(times):
        moment = chance.uniform(0, longest)
        kill = _kill_one(benches[number % len(benches)], moment)
        kills.append(kill)
        on_kill(kill)
    return kills


def _seconds_undisturbed(bench: Bench) -> float:
    with bench.seeded() as folder:
        process, connection = start_run(local_places(folder), bench.look)
        connection.recv()
        begun = time.monotonic()
        connection.recv()
        process.join()
        return time.monotonic() - begun


def _kill_one(bench: Bench, moment: float) -> Kill:
    with bench.seeded() as folder:
        process, connection = start_run(local_places(folder), bench.look)
        connection.recv()
        # Nothing else to wait for: the moment is the point.
        time.sleep(moment)
        finished = connection.poll()
        process.kill()
        process.join()
        now = read_tables(local_places(folder))
        found = compare(now, bench.before, bench.after)
        return Kill(
            milliseconds=moment * 1000,
            finished=finished,
            after=len(found.after),
            mixed=tuple(sorted(found.mixed)),
            lost=lost_rows(now, bench.before),
            healed=bench.heals(folder),
        )
