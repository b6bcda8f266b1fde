"""The fault matrix of a local disk: file operation N of a daily run fails, once or for good."""

import logging
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

from reliability.children import silence_panics
from reliability.failing_files import FailingFiles, preloaded
from reliability.faults import FileFault
from reliability.folders import Bench, local_places
from reliability.runs import our_writer, run
from reliability.trials import Case, Trial, judged

_NEVER: Final = 10**9
_AT_ONCE: Final = 20
"""Trials that go to a process together."""


class FileTrials:
    """Processes whose file operations can be made to fail."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool

    def operations(self, fault: FileFault) -> list[str]:
        """The operations of an undisturbed run that can fail so."""
        return self._pool.submit(_operations, fault).result()

    def trials(
        self, cases: Sequence[Case], on_trial: Callable[[], None] = lambda: None
    ) -> list[Trial]:
        """Try cases, in order."""
        found = []
        for trial in self._pool.map(_try, cases, chunksize=_AT_ONCE):
            found.append(trial)
            on_trial()
        return found


@contextmanager
def file_trials(folder: Path, workers: int) -> Iterator[FileTrials]:
    """Start the processes.

    Raises:
        NoCompilerError: the library that makes operations fail can't be built here.
    """
    spawning = multiprocessing.get_context("spawn")
    with (
        preloaded(folder) as library,
        ProcessPoolExecutor(
            workers, mp_context=spawning, initializer=_begin, initargs=(folder, library)
        ) as pool,
    ):
        yield FileTrials(pool)


def file_cases(
    operations: Sequence[str], fault: FileFault, *, every: int = 1, first: int = 0
) -> list[Case]:
    """Each `every`th operation fails once, and for good."""
    return [
        Case(fault, at, lasting=lasting)
        for lasting in (False, True)
        for at in range(first % every, len(operations), every)
    ]


# Of a worker's process; they end with it.
_benches: list[Bench] = []
_files: list[FailingFiles] = []


def _begin(folder: Path, library: Path) -> None:
    logging.disable(logging.WARNING)
    _files.append(FailingFiles(library))
    _benches.append(Bench(Path(mkdtemp(dir=folder)) / "bench"))
    silence_panics()


def _operations(fault: FileFault) -> list[str]:
    bench, files = _benches[0], _files[0]
    with bench.seeded() as folder:
        files.arm(folder, fault, _NEVER)
        run(our_writer(local_places(folder), bench.look))
        return files.disarm()


def _try(case: Case) -> Trial:
    bench, files = _benches[0], _files[0]
    assert isinstance(case.fault, FileFault)  # noqa: S101 - for mypy
    with bench.seeded() as folder:
        files.arm(folder, case.fault, case.at, times=None if case.lasting else 1)
        steps = run(our_writer(local_places(folder), bench.look))
        operations = files.disarm()
        now = bench.stored(folder)
        hit = len(operations) > case.at
        return Trial(
            case=case,
            operation=_what(operations[case.at]) if hit else "none",
            hit=hit,
            outcome=judged(steps, now, bench.before, bench.after),
            healed=bench.heals(folder),
        )


def _what(operation: str) -> str:
    """What an operation is for: "open the log", "write rows"."""
    action, _, path = operation.rpartition(" ")
    if "_delta_log/" in path:
        return f"{action} {'a checkpoint' if 'checkpoint' in path else 'the log'}"
    return f"{action} {'rows' if '.parquet' in path else 'a folder'}"
