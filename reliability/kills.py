"""`kill -9` at random moments of a run: every table readable, before or after, and it heals."""

import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Protocol

from reliability.states import State, compare, lost_rows


class Moment(StrEnum):
    """When a run was killed."""

    EARLY = "before it asked GitHub"
    ASKING = "while GitHub was asked"
    BEFORE = "before its first commit"
    WRITING = "some or all tables written"
    ENDED = "it had just ended"


class Killable(Protocol):
    """Runs that can be killed, each of a copy of the same history.

    Attributes:
        before: the tables before it.
        after: the tables after it, when nothing goes wrong.
    """

    before: State
    after: State

    def seeded(self) -> AbstractContextManager[Path]:
        """A folder with the state before."""

    def start(self, folder: Path) -> tuple[BaseProcess, Connection]:
        """Start the run; "begun" arrives on the connection, and something when it ends."""

    def stored(self, folder: Path) -> State:
        """The tables in a folder."""

    def asked(self) -> tuple[int, int]:
        """Requests to GitHub so far, and how many of them wait for their answer."""

    def heals(self, folder: Path) -> bool:
        """Run once more: whether golden is as if nothing had been killed."""


@dataclass(frozen=True, slots=True)
class Kill:
    """What came of a kill.

    Attributes:
        milliseconds: into the run.
        moment: what the run was about.
        after: number of tables that hold the run.
        mixed: tables that hold neither the state before nor the state after, or can't be read.
        lost: rows of the state before that are not there.
        healed: the next run completed, with golden as if nothing had been killed.
    """

    milliseconds: float
    moment: Moment
    after: int
    mixed: tuple[str, ...]
    lost: int
    healed: bool

    @property
    def sound(self) -> bool:
        """It went as promised."""
        return self.healed and not self.mixed and not self.lost


def kill_runs(
    lanes: Sequence[Sequence[Killable]],
    times: int,
    *,
    seed: int,
    on_kill: Callable[[], None] = lambda: None,
) -> list[Kill]:
    """Kill as many runs.

    Args:
        lanes: histories by turns; those of several lanes at the same time.
        times: kills in all.
        seed: of the moments.
        on_kill: called after each.
    """
    with ThreadPoolExecutor(len(lanes)) as threads:
        by_lane = threads.map(
            lambda number: _kill_lane(
                lanes[number],
                len(range(number, times, len(lanes))),
                random.Random(seed + number),  # noqa: S311 - no secret
                on_kill,
            ),
            range(len(lanes)),
        )
        return [kill for kills in by_lane for kill in kills]


def _kill_lane(
    histories: Sequence[Killable], times: int, chance: random.Random, on_kill: Callable[[], None]
) -> list[Kill]:
    longest = [_seconds_undisturbed(history) for history in histories]
    kills = []
    for number in range(times):
        which = number % len(histories)
        kill, seconds = _kill_one(histories[which], chance.uniform(0, longest[which]))
        # The machine has other work as well: how long a run takes now, the next one tells best.
        longest[which] = (longest[which] + seconds) / 2
        kills.append(kill)
        on_kill()
    return kills


def _seconds_undisturbed(history: Killable) -> float:
    with history.seeded() as folder:
        process, connection = history.start(folder)
        connection.recv()
        begun = time.monotonic()
        connection.recv()
        process.join()
        return time.monotonic() - begun


def _kill_one(history: Killable, seconds: float) -> tuple[Kill, float]:
    """Kill a run after so many seconds; how many the next one took."""
    with history.seeded() as folder:
        asked_before, _ = history.asked()
        process, connection = history.start(folder)
        connection.recv()
        # Nothing else to wait for: the moment is the point.
        time.sleep(seconds)
        finished = connection.poll()
        asked, waiting = history.asked()
        process.kill()
        process.join()
        now = history.stored(folder)
        found = compare(now, history.before, history.after)
        lost = lost_rows(now, history.before)
        begun = time.monotonic()
        healed = history.heals(folder)
        took = time.monotonic() - begun
        kill = Kill(
            milliseconds=seconds * 1000,
            moment=_moment(
                finished=finished,
                asking=waiting > 0,
                asked=asked > asked_before,
                written=bool(found.after),
            ),
            after=len(found.after),
            mixed=tuple(sorted(found.mixed)),
            lost=lost,
            healed=healed,
        )
        return kill, took


def _moment(*, finished: bool, asking: bool, asked: bool, written: bool) -> Moment:
    if finished:
        return Moment.ENDED
    if asking:
        return Moment.ASKING
    if written:
        return Moment.WRITING
    return Moment.BEFORE if asked else Moment.EARLY
