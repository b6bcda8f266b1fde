"""A disk that is full, read-only or not ours: before or after, a clear error, healed later."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reliability.children import NOBODY, run_as_nobody
from reliability.folders import Bench, local_places
from reliability.runs import Step, our_writer, run
from reliability.states import State, read_tables
from reliability.trials import Outcome, judged

SIZE: Final = "1500k"
_PAGE: Final = 4096


class DiskRefusedError(RuntimeError):
    """This machine does not let us make such a disk. Says why."""


@dataclass(frozen=True, slots=True)
class DiskTrial:
    """What came of a run on such a disk.

    Attributes:
        case: what was wrong with the disk.
        outcome: of the run.
        healed: the next run, on a disk put right, completed, with golden as undisturbed.
    """

    case: str
    outcome: Outcome
    healed: bool

    @property
    def sound(self) -> bool:
        """It went as promised."""
        return self.healed and self.outcome.sound


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of its own in memory.

    Raises:
        DiskRefusedError: mounting needs root.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _command("mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder))
    try:
        yield folder
    finally:
        _command("umount", str(folder))


def full_disk(bench: Bench, disk: Path, free_pages: int) -> DiskTrial:
    """A run with so many pages of 4 KB free."""
    with bench.seeded(disk) as folder:
        ballast = disk / "ballast"
        space = os.statvfs(disk)
        ballast.write_bytes(b"x" * max(0, (space.f_bavail - free_pages) * space.f_frsize))
        steps = run(our_writer(local_places(folder), bench.look))
        now = read_tables(local_places(folder))
        ballast.unlink()
        return _trial(
            bench, folder, now, steps, case=f"{free_pages} pages free", cause="disk is full"
        )


def read_only_disk(bench: Bench, disk: Path) -> DiskTrial:
    """A run after the disk was remounted read-only."""
    with bench.seeded(disk) as folder:
        _command("mount", "-o", "remount,ro", str(disk))
        steps = run(our_writer(local_places(folder), bench.look))
        now = read_tables(local_places(folder))
        _command("mount", "-o", "remount,rw", str(disk))
        return _trial(bench, folder, now, steps, case="read-only", cause="read-only")


def no_permission(bench: Bench, *, readable: bool) -> DiskTrial:
    """A run by another user, who may at most read.

    Raises:
        DiskRefusedError: becoming another user needs root.
    """
    if os.geteuid() != 0:
        raise DiskRefusedError("becoming another user needs root")
    with bench.seeded() as folder, _open_to_all(folder.parent):
        folder.chmod(0o755 if readable else 0o700)
        steps = run_as_nobody(local_places(folder), bench.look)
        now = read_tables(local_places(folder))
        case = f"no permission to {'write' if readable else 'read'}, user {NOBODY}"
        return _trial(bench, folder, now, steps, case=case, cause="Permission denied")


@contextmanager
def _open_to_all(folder: Path) -> Iterator[None]:
    """Let everybody pass through a temporary folder, which is its owner's alone otherwise."""
    closed = {parent: parent.stat().st_mode for parent in (folder, *folder.parents)}
    closed = {parent: mode for parent, mode in closed.items() if not mode & 0o001}
    for parent, mode in closed.items():
        parent.chmod(mode | 0o055)
    try:
        yield
    finally:
        for parent, mode in closed.items():
            parent.chmod(mode)


def _trial(
    bench: Bench, folder: Path, now: State, steps: list[Step], *, case: str, cause: str
) -> DiskTrial:
    outcome = judged(steps, now, bench.before, bench.after, cause=cause)
    return DiskTrial(case, outcome, healed=bench.heals(folder))


def _command(*arguments: str) -> None:
    try:
        done = subprocess.run(arguments, capture_output=True, text=True, check=False)  # noqa: S603
    except FileNotFoundError as error:
        raise DiskRefusedError(f"there is no {arguments[0]} here") from error
    if done.returncode:
        raise DiskRefusedError(f"{' '.join(arguments)}: {done.stderr.strip()}")
