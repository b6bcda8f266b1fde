"""File operations that fail on command, by a library that is loaded before libc.

Its functions take the place of libc's own in every process that is started with it
(https://man7.org/linux/man-pages/man8/ld.so.8.html, LD_PRELOAD), whatever language calls them.
"""

import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from reliability.faults import FileFault

_SOURCE: Final = Path(__file__).with_name("failing_files.c")
_VARIABLE: Final = "LD_PRELOAD"


class NoCompilerError(RuntimeError):
    """The library can't be built on this machine. Says why."""


@contextmanager
def preloaded(folder: Path) -> Iterator[Path]:
    """Build the library; processes that are started meanwhile have it.

    Args:
        folder: where it is put.

    Raises:
        NoCompilerError: there is no C compiler, or no Linux.
    """
    library = _build(folder)
    before = os.environ.get(_VARIABLE)
    os.environ[_VARIABLE] = str(library)
    try:
        yield library
    finally:
        os.environ.pop(_VARIABLE)
        if before is not None:
            os.environ[_VARIABLE] = before


def _build(folder: Path) -> Path:
    compiler = shutil.which("cc")
    if compiler is None:
        raise NoCompilerError("there is no C compiler cc here")
    library = folder / "failing_files.so"
    command = [compiler, "-shared", "-fPIC", "-O2", "-o", str(library), str(_SOURCE), "-ldl"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise NoCompilerError(f"cc: {done.stderr.strip()[:300]}")
    return library


class FailingFiles:
    """The library as it is loaded into this process."""

    def __init__(self, library: Path) -> None:
        self._functions = ctypes.CDLL(str(library))
        self._functions.failing_files_log.restype = ctypes.c_char_p

    def arm(self, folder: Path, fault: FileFault, at: int, *, times: int | None = 1) -> None:
        """Count from here the operations below `folder` that can fail so.

        Args:
            folder: its own files, and no others.
            fault: how.
            at: the first that fails, from 0.
            times: so many in all, None for all to come.
        """
        until = -1 if times is None else at + times
        self._functions.failing_files_arm(
            os.fsencode(folder),
            int(fault.kinds),
            fault.error,
            ctypes.c_long(at),
            ctypes.c_long(until),
        )

    def disarm(self) -> list[str]:
        """Let everything pass.

        Returns:
            The operations since it was armed: what, and the path below the folder.
        """
        self._functions.failing_files_disarm()
        said: bytes = self._functions.failing_files_log()
        return said.decode().splitlines()
