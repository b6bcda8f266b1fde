"""`python -m reliability`: try it, print the tables, write them to reliability/results/."""

import itertools
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
from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table as RichTable

from reliability.parts import Effort, azure, concurrency, disks, faults, kills, stock
from reliability.summary import Table

RESULTS: Final = Path(__file__).parent / "results"
PACKAGES: Final = ("deltalake", "polars", "dagster", "dagster-deltalake-polars", "moto")
PARTS: Final = ("faults", "stock", "azure", "disks", "kills", "concurrency")
_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - temporary folders in memory, where there are any

console = Console(width=180)


@click.command()
@click.argument("part", type=click.Choice([*PARTS, "all"]), default="all")
@click.option("--quick", is_flag=True, help="A sample, in a few minutes; not written down.")
@click.option("--every", default=1, help="Fail each so manieth request or file operation only.")
@click.option("--stock-every", help="The same for the stock IO manager.", type=int)
@click.option("--azure-every", help="The same on Azure; by default 6.", type=int)
@click.option("--workers", default=12, help="Object stores at once; most of them wait.")
@click.option("--series", default=20, help="Series of many runs at once, on each kind of store.")
@click.option("--kills", "times", default=300, help="Kills of each kind of run.")
def main(
    *,
    part: str,
    quick: bool,
    every: int,
    stock_every: int | None,
    azure_every: int | None,
    workers: int,
    times: int,
    series: int,
) -> None:
    """Disturb the store in every way we know of, and show what comes of it."""
    logging.disable(logging.WARNING)
    every = max(every, 40) if quick else every
    effort = Effort(
        every=every,
        stock_every=stock_every or every,
        azure_every=azure_every or max(every, 6),
        workers=workers,
        kills=min(times, 10) if quick else times,
        writers=4 if quick else 8,
        series=1 if quick else series,
    )
    bad = 0
    for name in PARTS if part == "all" else (part,):
        begun = time.monotonic()
        tables = _try(name, effort)
        bad += sum(len(table.unsound) for table in tables)
        _show(tables)
        if tables and not quick:
            _write_down(name, tables, time.monotonic() - begun)
    sys.exit(1 if bad else 0)


def _try(name: str, effort: Effort) -> list[Table]:
    teller = _Terminal()
    parts: dict[str, Callable[[Path], list[Table]]] = {
        "faults": lambda _: faults(effort, teller),
        "stock": lambda _: stock(effort, teller),
        "azure": lambda _: azure(effort, teller),
        "disks": lambda folder: disks(effort, teller, folder),
        "kills": lambda folder: kills(effort, teller, folder),
        "concurrency": lambda folder: concurrency(effort, teller, folder),
    }
    memory = _MEMORY if os.access(_MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        return parts[name](Path(folder))


class _Terminal:
    """Tells it on the terminal."""

    @contextmanager
    def progress(self, what: str, number: int) -> Iterator[Callable[[], None]]:
        if not console.is_terminal:
            yield self._lines(what, number)
            return
        columns = (TextColumn("{task.description}"), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task(what, total=number)
            yield lambda: progress.advance(task)

    @staticmethod
    def _lines(what: str, number: int) -> Callable[[], None]:
        """A line for each tenth, where nothing can be drawn over."""
        ended = itertools.count(1)
        tenths = {number * tenth // 10 for tenth in range(1, 11)}

        def advance() -> None:
            now = next(ended)
            if now in tenths:
                console.print(f"{datetime.now(UTC):%H:%M:%S} {what}: {now} of {number}")

        return advance

    def skipped(self, what: str, why: Exception) -> None:
        console.print(f"Skipped: {what}. {why}", markup=False)


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
