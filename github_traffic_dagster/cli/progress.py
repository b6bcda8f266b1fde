"""Progress while a run works: bars on a terminal, now and then a line anywhere else."""

import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from types import TracebackType
from typing import Final, Protocol, Self

import dagster as dg
from rich.console import Console
from rich.progress import BarColumn, Progress, Task, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from github_traffic_dagster.assets.progress import LogProgress, OnOutcome, waiting_text
from github_traffic_dagster.github_api.outcomes import Outcome
from github_traffic_dagster.run_results import own_words

_SECONDS_BETWEEN_LINES: Final = 10

_STEPS: Final = {
    "repos": "listing",
    "golden_views": "golden views",
    "golden_clones": "golden clones",
    "check_golden_views": "checking views",
    "check_golden_clones": "checking clones",
}
"""Steps that are one piece of work; views and clones count repositories instead."""


class Display(Protocol):
    """Somewhere to show pieces of work. All methods may be called from any thread."""

    def begin(self, label: str, total: int | None) -> None:
        """Work begins, of `total` repositories or of one piece."""

    def advance(self, label: str) -> None:
        """One more repository is done."""

    def end(self, label: str) -> None:
        """The work is over, one way or another."""

    def say(self, text: str) -> None:
        """Something to know while it goes on."""


class Bars:
    """A bar for each piece of work. Used as a context manager: it owns the screen's last lines."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description:<16}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[figures]}", markup=False),
            TimeElapsedColumn(),
            console=console,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Leave the bars as they are."""
        self._progress.stop()

    def begin(self, label: str, total: int | None) -> None:
        """A new bar; one without a total moves to and fro."""
        figures = "" if total is None else f"0/{total}"
        self._tasks[label] = self._progress.add_task(label, total=total, figures=figures)

    def advance(self, label: str) -> None:
        """One step on."""
        task = self._task(label)
        self._progress.advance(task.id)
        self._progress.update(task.id, figures=f"{task.completed:.0f}/{task.total or 0:.0f}")

    def end(self, label: str) -> None:
        """Stop the clock; work without a total is shown as done."""
        task = self._task(label)
        if task.total is None:
            self._progress.update(task.id, total=1, completed=1)
        self._progress.stop_task(task.id)

    def say(self, text: str) -> None:
        """A line above the bars."""
        self._progress.console.print(Text(text, style="yellow"), soft_wrap=True)

    def _task(self, label: str) -> Task:
        number = self._tasks[label]
        return next(task for task in self._progress.tasks if task.id == number)


class Lines:
    """Plain lines, few enough for a log: long work says every ten seconds how far it is."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lock = threading.Lock()
        self._counts: dict[str, tuple[int, int]] = {}
        self._said_at = time.monotonic()

    def __enter__(self) -> Self:
        """Nothing to prepare."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Nothing to clean up."""

    def begin(self, label: str, total: int | None) -> None:
        """Name work that shows nothing until it ends."""
        with self._lock:
            if total is None:
                self.say(label)
            else:
                self._counts[label] = (0, total)

    def advance(self, label: str) -> None:
        """Count, and say so if nothing was said for a while."""
        with self._lock:
            done, total = self._counts[label]
            self._counts[label] = (done + 1, total)
            if time.monotonic() - self._said_at > _SECONDS_BETWEEN_LINES:
                self._say_count(label)

    def end(self, label: str) -> None:
        """Say how far it came."""
        with self._lock:
            if label in self._counts:
                self._say_count(label)

    def say(self, text: str) -> None:
        """A line."""
        self._console.print(Text(text), soft_wrap=True)

    def _say_count(self, label: str) -> None:
        done, total = self._counts[label]
        self._said_at = time.monotonic()
        self.say(f"{label}: {done} of {total} repositories")


class RunProgress:
    """What the assets report goes to the run's log, as it always does, and to a display."""

    def __init__(self, display: Display) -> None:
        self._display = display
        self._log = LogProgress()

    @contextmanager
    def track(self, log: dg.DagsterLogManager, label: str, total: int) -> Iterator[OnOutcome]:
        """Follow `total` repositories."""
        self._display.begin(label, total)
        try:
            with self._log.track(log, label, total) as to_log:

                def on_outcome(outcome: Outcome) -> None:
                    to_log(outcome)
                    self._display.advance(label)

                yield on_outcome
        finally:
            self._display.end(label)

    def waiting(self, log: dg.DagsterLogManager, until: datetime, why: str) -> None:
        """Show until when the run waits, and for which limit."""
        self._log.waiting(log, until, why)
        self._display.say(waiting_text(until, why))

    def on_event(self, entry: dg.EventLogEntry) -> None:
        """Follow the run's steps; an instance's event listener."""
        event = entry.dagster_event
        if event is None or event.step_key is None:
            return
        label = _STEPS.get(event.step_key)
        match event.event_type:
            case dg.DagsterEventType.STEP_START if label:
                self._display.begin(label, None)
            case dg.DagsterEventType.STEP_UP_FOR_RETRY:
                words = own_words(event.step_retry_data.error)
                self._display.say(f"{event.step_key} is tried again: {words}")
            case dg.DagsterEventType.STEP_SUCCESS | dg.DagsterEventType.STEP_FAILURE if label:
                self._display.end(label)


def display_for(console: Console) -> AbstractContextManager[Display]:
    """Bars where somebody looks on, lines where the text goes into a file or a pipe."""
    return Bars(console) if console.is_terminal else Lines(console)
