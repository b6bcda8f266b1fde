"""`python -m reliability`: try it, print the tables, write them to reliability/results/."""

import json
import logging
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table as RichTable

from reliability.concurrency import compete
from reliability.disks import (
    DiskRefusedError,
    DiskTrial,
    full_disk,
    no_permission,
    read_only_disk,
    small_disk,
)
from reliability.emulators import EmulatorMissingError, azurite, moto
from reliability.faults import Fault
from reliability.folders import Bench, local_places
from reliability.kills import kill_runs
from reliability.matrix import Case, Trial, cases_of, try_all, writes_of
from reliability.sides import Ours, Side, Stock, places
from reliability.summary import (
    Table,
    disk_rows,
    kill_rows,
    matrix_rows,
    operation_rows,
    together_rows,
    unsound,
)

RESULTS: Final = Path(__file__).parent / "results"
PACKAGES: Final = ("deltalake", "polars", "dagster", "dagster-deltalake-polars", "moto")
PARTS: Final = ("faults", "writes", "kills", "concurrency")
_SEED: Final = 20261124
_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - temporary folders in memory, where there are any
# What shows only after the client's patience would keep the stock manager busy for 181 s each.
_LASTING: Final = [fault for fault in Fault if not fault.is_a_wait and fault is not Fault.NOT_THERE]

console = Console(width=180)


@click.command()
@click.argument("part", type=click.Choice([*PARTS, "all"]), default="all")
@click.option("--quick", is_flag=True, help="A sample, in a few minutes.")
@click.option("--every", default=1, help="Fail each so manieth request only.")
@click.option("--workers", default=4, help="Object-store emulators at once.")
def main(*, part: str, quick: bool, every: int, workers: int) -> None:
    """Disturb the store in every way we know of, and show what comes of it."""
    logging.getLogger("dagster").setLevel(logging.CRITICAL)
    every = max(every, 40) if quick else every
    parts: dict[str, Callable[[Path], list[Table]]] = {
        "faults": lambda folder: [*_matrix(every, workers), *_disks(folder, quick=quick)],
        "writes": lambda _: [_writes(workers)],
        "kills": lambda folder: [_kills(folder, 25 if quick else 300)],
        "concurrency": lambda folder: [_concurrency(folder, 4 if quick else 8)],
    }
    bad = 0
    for name, try_part in parts.items():
        if part in {name, "all"}:
            begun = time.monotonic()
            with tempfile.TemporaryDirectory(dir=_memory()) as folder:
                tables = try_part(Path(folder))
            bad += sum(len(table.unsound) for table in tables)
            _show(tables)
            _write_down(name, tables, time.monotonic() - begun)
    sys.exit(1 if bad else 0)


def _memory() -> Path | None:
    return _MEMORY if os.access(_MEMORY, os.W_OK) else None


def _matrix(every: int, workers: int) -> list[Table]:
    def once(requests: Sequence[str]) -> list[Case]:
        return cases_of(requests, Fault, every=every)

    def for_good(requests: Sequence[str]) -> list[Case]:
        return cases_of(requests, _LASTING, every=every * 3, lasting=True)

    def waiting(requests: Sequence[str]) -> list[Case]:
        # With the product's own patience: how long it takes until somebody hears of it.
        return [
            Case(fault, at, lasting=True)
            for fault in (Fault.HANG, Fault.APPLIED_THEN_HANG)
            for at in range(0, len(requests), max(1, len(requests) // 8))
        ]

    ours = _trials("ours, once", Ours(), once, workers)
    lasting = _trials("ours, for good", Ours(), for_good, workers)
    hanging = _trials("ours, hanging", Ours(), waiting, 8)
    stock = _trials("stock, once", Stock(), once, workers)
    stock_lasting = _trials("stock, for good", Stock(), for_good, workers)
    return [
        Table(
            "Fault matrix: request N of a daily run fails",
            [
                *matrix_rows("ours", [*ours, *lasting, *hanging]),
                *matrix_rows("stock", [*stock, *stock_lasting]),
            ],
            unsound([*ours, *lasting, *hanging]),
        ),
        Table("Ours, once: succeeded / failed before / failed after", operation_rows(ours)),
        Table("Ours, for good: the same", operation_rows([*lasting, *hanging])),
    ]


def _writes(workers: int) -> Table:
    once = _trials("writes, once", Ours(), lambda found: writes_of(found, Fault), workers)
    lasting = _trials(
        "writes, for good",
        Ours(),
        lambda found: writes_of(found, _LASTING, lasting=True),
        workers,
    )
    return Table(
        "Fault matrix: each request of a daily run that writes fails",
        matrix_rows("ours", [*once, *lasting]),
        unsound([*once, *lasting]),
    )


def _trials(
    what: str, side: Side, choose: Callable[[Sequence[str]], Sequence[Case]], workers: int
) -> list[Trial]:
    with _progress(what) as (advance, expect):

        def chosen(requests: Sequence[str]) -> Sequence[Case]:
            cases = choose(requests)
            expect(len(cases))
            return cases

        return try_all(side, chosen, workers=workers, heal_every=10, on_trial=lambda _: advance())


def _disks(folder: Path, *, quick: bool) -> list[Table]:
    bench = Bench(folder / "bench")
    trials: list[DiskTrial] = []
    try:
        with small_disk(folder / "disk") as disk:
            trials += [full_disk(bench, disk, free) for free in range(0, 48, 6 if quick else 1)]
            trials.append(read_only_disk(bench, disk))
        trials += [no_permission(bench, readable=readable) for readable in (True, False)]
    except DiskRefusedError as error:
        console.print(f"Disk faults skipped from here on: {error}")
    return [Table("Disk faults", disk_rows(trials), unsound(trials))]


def _kills(folder: Path, times: int) -> Table:
    with _progress("kills") as (advance, expect):
        expect(times)
        kills = kill_runs(folder, times, seed=_SEED, on_kill=lambda _: advance())
    return Table("kill -9 at random moments of a run", kill_rows(kills), unsound(kills))


def _concurrency(folder: Path, writers: int) -> Table:
    rounds = compete(local_places(folder / "disk"), writers=writers, rounds=3)
    rows, found = together_rows("disk", rounds), [*rounds]
    for emulator in (moto, azurite):
        try:
            with emulator() as store:
                rounds = compete(places(store, "together"), writers=writers, rounds=3)
                rows += together_rows(store.name, rounds)
                found += rounds
        except EmulatorMissingError as error:
            console.print(f"Skipped, not installed: {error}")
    return Table("Runs over the same days at once", rows, unsound(found))


@contextmanager
def _progress(what: str) -> Iterator[tuple[Callable[[], None], Callable[[int], None]]]:
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task(what, total=None)
        yield (
            lambda: progress.advance(task),
            lambda total: progress.update(task, total=total),
        )


def _show(tables: Sequence[Table]) -> None:
    for table in tables:
        shown = RichTable(title=table.title)
        for column in table.rows[0] if table.rows else []:
            shown.add_column(column)
        for row in table.rows:
            shown.add_row(*(str(value) for value in row.values()))
        console.print(shown)
        for line in table.unsound:
            console.print(f"NOT AS PROMISED: {line}", soft_wrap=True, markup=False)


def _write_down(name: str, tables: Sequence[Table], seconds: float) -> None:
    RESULTS.mkdir(exist_ok=True)
    document: dict[str, Any] = {
        "command": f"python -m reliability {' '.join(sys.argv[1:])}".strip(),
        "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(seconds),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "versions": {package: version(package) for package in PACKAGES},
        "tables": [
            {"title": table.title, "rows": table.rows, "unsound": table.unsound} for table in tables
        ],
    }
    text = json.dumps(document, indent=1, default=str) + "\n"
    (RESULTS / f"{name}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
