"""Trials on many workbenches at once, each in a process of its own.

Most of a lasting fault is waiting, so that two cores are busy only with many more workbenches.
"""

import logging
import os
import random
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing.queues import SimpleQueue
from types import TracebackType
from typing import Final, Self

from reliability.children import context, silence_panics
from reliability.emulators import BUCKET, ObjectStore
from reliability.matrix import Workbench, try_case
from reliability.proxy import FaultProxy
from reliability.sides import Side
from reliability.trials import Case, Trial
from reliability.upstreams import MotoS3

_SEED: Final = 4
_HEALED: Final = 10


@dataclass(frozen=True, slots=True)
class Job:
    """A trial to make.

    Attributes:
        side: whose store.
        case: what fails.
        heal: make the next run also when nothing failed.
        takes_minutes: it waits longer than others.
    """

    side: Side
    case: Case
    heal: bool = True
    takes_minutes: bool = False


def jobs(side: Side, cases: Sequence[Case]) -> list[Job]:
    """Trials of which each tenth has a next run even if nothing failed."""
    return [Job(side, case, heal=number % _HEALED == 0) for number, case in enumerate(cases)]


class Workers:
    """Processes with a workbench for each side.

    Args:
        number: how many.
        azurites: a server of Azure Blob Storage for each of them; by default each plays S3 itself.
    """

    def __init__(self, number: int, azurites: Sequence[ObjectStore] = ()) -> None:
        queue: SimpleQueue[ObjectStore] = context().SimpleQueue()
        for store in azurites:
            queue.put(store)
        self._pool = ProcessPoolExecutor(
            number,
            mp_context=context(),
            initializer=_begin,
            initargs=(queue if azurites else None,),
        )

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End, after the trials that have begun."""
        self._pool.shutdown(cancel_futures=True)

    def requests(self, side: Side) -> list[str]:
        """The requests of a side's undisturbed run."""
        return self._pool.submit(_requests, side).result()

    def trials(
        self, wanted: Sequence[Job], on_trial: Callable[[], None] = lambda: None
    ) -> list[Trial]:
        """Make trials.

        Args:
            wanted: they are mixed, so that some wait while others work.
            on_trial: called whenever one has ended.

        Returns:
            What came of each, in the order of `wanted`.
        """
        begun: dict[int, Future[Trial]] = {}
        for number in _mixed(wanted):
            begun[number] = self._pool.submit(_try, wanted[number])
            begun[number].add_done_callback(lambda _: on_trial())
        return [begun[number].result() for number in range(len(wanted))]


def _mixed(wanted: Sequence[Job]) -> list[int]:
    """Numbers of trials in random order, but for those that take longest: they come first."""
    chance = random.Random(_SEED)  # noqa: S311 - no secret
    numbers = chance.sample(range(len(wanted)), len(wanted))
    return sorted(numbers, key=lambda number: not wanted[number].takes_minutes)


# Of a worker's process; they end with it.
_stores: list[tuple[ObjectStore, FaultProxy]] = []
_benches: dict[str, Workbench] = {}


def _begin(azurites: SimpleQueue[ObjectStore] | None) -> None:
    logging.disable(logging.WARNING)
    silence_panics()
    if azurites is None:
        proxy = FaultProxy(MotoS3(BUCKET))
        proxy.__enter__()
        _stores.append((ObjectStore("moto (S3)", proxy.safe_url, f"s3://{BUCKET}"), proxy))
        return
    store = azurites.get()
    proxy = FaultProxy(store.url)
    proxy.__enter__()
    # delta-rs knows the emulator by this alone, so that all goes through the proxy.
    os.environ["AZURITE_BLOB_STORAGE_URL"] = proxy.url
    _stores.append((store, proxy))


def _bench(side: Side) -> Workbench:
    if side.name not in _benches:
        store, proxy = _stores[0]
        _benches[side.name] = Workbench(store, proxy, side)
    return _benches[side.name]


def _requests(side: Side) -> list[str]:
    return _bench(side).requests


def _try(job: Job) -> Trial:
    return try_case(_bench(job.side), job.case, heal=job.heal)
