"""The parts of `python -m reliability`: what each of them tries, and the tables it ends with."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Protocol

from github_traffic_dagster.store.place import Place
from reliability.concurrency import Together, compete
from reliability.disks import (
    DiskRefusedError,
    DiskTrial,
    full_disk,
    no_permission,
    read_only_disk,
    small_disk,
)
from reliability.emulators import EmulatorMissingError, azurite, moto
from reliability.failing_files import NoCompilerError
from reliability.faults import Fault, FileFault
from reliability.file_faults import file_cases, file_trials
from reliability.folders import Bench, local_places
from reliability.killable import HISTORIES, CollectRuns, StoreRuns
from reliability.kills import Killable, kill_runs
from reliability.matrix import cases_of
from reliability.sides import Ours, Side, Stock, places
from reliability.summary import (
    Table,
    disk_rows,
    file_rows,
    kill_rows,
    matrix_rows,
    operation_rows,
    together_rows,
    unsound,
)
from reliability.trials import Case, Trial
from reliability.workers import Job, Workers, jobs

_SEED: Final = 20261124
_LASTING: Final = [fault for fault in Fault if not fault.is_a_wait]
_WAITS: Final = [fault for fault in Fault if fault.is_a_wait]
_STOCK_WAITS: Final = 4
"""The stock manager waits three minutes for each step that never gets an answer."""
_LANES: Final = 2
_PAGES: Final = 48


class Teller(Protocol):
    """Who watches is told how far it is."""

    def progress(self, what: str, number: int) -> AbstractContextManager[Callable[[], None]]:
        """Of so many trials: what to call when one of them has ended."""

    def skipped(self, what: str, why: Exception) -> None:
        """Something is not installed or not allowed here."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is tried.

    Attributes:
        every: each so manieth request or file operation fails.
        stock_every: the same for the stock IO manager.
        azure_every: the same on Azure.
        workers: object stores at once.
        kills: of each kind of run.
        writers: processes that run over the same days.
        series: of three rounds of them, on each kind of store.
    """

    every: int
    stock_every: int
    azure_every: int
    workers: int
    kills: int
    writers: int
    series: int


def faults(effort: Effort, teller: Teller) -> list[Table]:
    """Every request to S3 fails in every way."""
    with Workers(effort.workers) as workers:
        wanted = _matrix(Ours(), workers.requests(Ours()), effort.every)
        with teller.progress("faults", len(wanted)) as advance:
            trials = workers.trials(wanted, advance)
    return _matrix_tables("S3 (moto)", Ours(), trials)


def stock(effort: Effort, teller: Teller) -> list[Table]:
    """The same of the stock IO manager's requests."""
    with Workers(effort.workers) as workers:
        wanted = _stock_matrix(workers.requests(Stock()), effort.stock_every)
        with teller.progress("faults, stock", len(wanted)) as advance:
            trials = workers.trials(wanted, advance)
    return _matrix_tables("S3 (moto)", Stock(), trials)


def azure(effort: Effort, teller: Teller) -> list[Table]:
    """The same on Azure Blob Storage, ours only."""
    with ExitStack() as stack:
        try:
            servers = [stack.enter_context(azurite()) for _ in range(min(4, effort.workers))]
        except EmulatorMissingError as error:
            teller.skipped("Azure", error)
            return []
        workers = stack.enter_context(Workers(len(servers), servers))
        wanted = _matrix(Ours(), workers.requests(Ours()), effort.azure_every)
        with teller.progress("azure", len(wanted)) as advance:
            trials = workers.trials(wanted, advance)
    return _matrix_tables("Azure (Azurite)", Ours(), trials)


def disks(effort: Effort, teller: Teller, folder: Path) -> list[Table]:
    """Every file operation fails, and whole disks are full, read-only or somebody else's."""
    return [*_file_operations(effort, teller, folder), _whole_disks(effort, teller, folder)]


def kills(effort: Effort, teller: Teller, folder: Path) -> list[Table]:
    """Runs are killed at random moments: the store's work alone, and `collect` as a whole."""
    with ExitStack() as stack:
        collecting = [
            [
                stack.enter_context(CollectRuns(folder / f"{lane}-{looks}", looks))
                for looks in HISTORIES
            ]
            for lane in range(_LANES)
        ]
        storing = [[StoreRuns(folder / f"store-{looks}", looks) for looks in HISTORIES]]
        rows, bad = [], []
        kinds: list[tuple[str, Sequence[Sequence[Killable]]]] = [
            ("the store's part", storing),
            ("github-traffic collect", collecting),
        ]
        for name, lanes in kinds:
            with teller.progress(f"kills, {name}", effort.kills) as advance:
                found = kill_runs(lanes, effort.kills, seed=_SEED, on_kill=advance)
            rows += kill_rows(name, found)
            bad += unsound(found)
    return [Table("kill -9 at random moments of a run", rows, bad)]


def concurrency(effort: Effort, teller: Teller, folder: Path) -> list[Table]:
    """Runs over the same days at once, in series that each begin without tables."""
    rows, found = [], []

    def series(name: str, placed: Callable[[str], Mapping[str, Place]]) -> None:
        rounds: list[Together] = []
        with teller.progress(f"series on {name}", effort.series) as advance:
            for number in range(effort.series):
                rounds += compete(placed(f"together-{number}"), writers=effort.writers, rounds=3)
                advance()
        rows.extend(together_rows(name, rounds))
        found.extend(rounds)

    series("disk", lambda name: local_places(folder / name))
    for emulator in (moto, azurite):
        try:
            with emulator() as store:
                series(store.name, partial(places, store))
        except EmulatorMissingError as error:
            teller.skipped("an object store", error)
    return [Table("Runs over the same days at once", rows, unsound(found))]


def _matrix(side: Side, requests: Sequence[str], every: int) -> list[Job]:
    """Each `every`th request with every fault, once and for good."""
    return [
        *jobs(side, cases_of(requests, Fault, every=every)),
        *jobs(side, cases_of(requests, _LASTING, every=every, lasting=True)),
        # With the product's own patience: how long it takes until somebody hears of it.
        *jobs(side, _patient(requests, every)),
    ]


def _stock_matrix(requests: Sequence[str], every: int) -> list[Job]:
    side = Stock()
    return [
        *jobs(side, cases_of(requests, Fault, every=every)),
        *jobs(side, cases_of(requests, _LASTING, every=every, lasting=True)),
        *(
            Job(side, case, takes_minutes=True)
            for case in _patient(requests, max(every, len(requests) // _STOCK_WAITS))
        ),
    ]


def _patient(requests: Sequence[str], every: int) -> list[Case]:
    return [
        Case(fault, at, lasting=True)
        for number, fault in enumerate(_WAITS)
        for at in range(number % every, len(requests), every)
    ]


def _matrix_tables(store: str, side: Side, trials: Sequence[Trial]) -> list[Table]:
    title = f"Fault matrix on {store}: request N of a daily run fails"
    promised = isinstance(side, Ours)
    return [
        Table(title, matrix_rows(side.name, trials), unsound(trials) if promised else ()),
        *_operation_tables(f"{side.name} on {store}", trials),
    ]


def _operation_tables(whose: str, trials: Iterable[Trial]) -> list[Table]:
    trials = list(trials)
    once = [trial for trial in trials if not trial.case.lasting]
    lasting = [trial for trial in trials if trial.case.lasting]
    return [
        Table(f"{whose}, once: succeeded / failed before / failed after", operation_rows(once)),
        Table(f"{whose}, for good: the same", operation_rows(lasting)),
    ]


def _file_operations(effort: Effort, teller: Teller, folder: Path) -> list[Table]:
    try:
        with file_trials(folder, _LANES) as files:
            cases = [
                case
                for number, fault in enumerate(FileFault)
                for case in file_cases(
                    files.operations(fault), fault, every=effort.every, first=number
                )
            ]
            with teller.progress("file operations", len(cases)) as advance:
                trials = files.trials(cases, advance)
    except NoCompilerError as error:
        teller.skipped("file operations", error)
        return []
    return [
        Table("File operation N of a daily run fails", file_rows(trials), unsound(trials)),
        *_operation_tables("file operations", trials),
    ]


def _whole_disks(effort: Effort, teller: Teller, folder: Path) -> Table:
    bench = Bench(folder / "bench")
    trials: list[DiskTrial] = []
    try:
        with small_disk(folder / "disk") as disk:
            steps = range(0, _PAGES, min(6, effort.every))
            trials += [full_disk(bench, disk, free) for free in steps]
            trials.append(read_only_disk(bench, disk))
        trials += [no_permission(bench, readable=readable) for readable in (True, False)]
    except DiskRefusedError as error:
        teller.skipped("disks from here on", error)
    return Table("Whole disks", disk_rows(trials), unsound(trials))
