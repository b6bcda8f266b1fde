"""The ways in which a request to an object store, or a file operation, fails here."""

import errno
from enum import IntFlag, StrEnum


class Fault(StrEnum):
    """What the proxy does with a request instead of passing it on and its answer back."""

    INTERNAL_ERROR = "500"
    SLOW_DOWN = "503"
    RESET = "reset"
    RESET_AFTER = "applied, reset"
    HANG = "hang"
    """No answer until the client gives up."""
    APPLIED_THEN_HANG = "applied, hang"
    FORBIDDEN = "403"
    TRUNCATED = "truncated"
    """Carried out; then half the answer's body, and a reset."""
    NOT_THERE = "says empty"
    """A lie: an empty listing, or 404 for an object."""

    @property
    def reaches_the_store(self) -> bool:
        """The request is carried out; only its answer is spoilt."""
        return self in {Fault.RESET_AFTER, Fault.APPLIED_THEN_HANG, Fault.TRUNCATED}

    @property
    def is_a_wait(self) -> bool:
        """It shows only when the client's patience ends."""
        return self in {Fault.HANG, Fault.APPLIED_THEN_HANG}

    @property
    def told(self) -> str:
        """What an error of ours has to say of it."""
        return "Access denied" if self is Fault.FORBIDDEN else ""


class Kind(IntFlag):
    """Kinds of file operations, as `failing_files.c` numbers them."""

    OPEN = 1
    CREATE = 2
    READ = 4
    WRITE = 8
    NAME = 16
    REMOVE = 32
    FOLDER = 64
    LOOK = 128


class FileFault(StrEnum):
    """What the operating system says instead of carrying a file operation out."""

    NO_SPACE = "no space left"
    BROKEN_DISK = "input/output error"
    NO_PERMISSION = "permission denied"
    READ_ONLY = "read-only file system"
    TOO_MANY = "too many open files"

    @property
    def error(self) -> int:
        """Its number."""
        return _ERRORS[self]

    @property
    def kinds(self) -> Kind:
        """Operations that can fail so."""
        return _KINDS[self]

    @property
    def told(self) -> str:
        """What an error of ours has to say of it."""
        return _TOLD[self]


_MODIFYING = Kind.CREATE | Kind.NAME | Kind.REMOVE | Kind.FOLDER
_ERRORS = {
    FileFault.NO_SPACE: errno.ENOSPC,
    FileFault.BROKEN_DISK: errno.EIO,
    FileFault.NO_PERMISSION: errno.EACCES,
    FileFault.READ_ONLY: errno.EROFS,
    FileFault.TOO_MANY: errno.EMFILE,
}
_KINDS = {
    FileFault.NO_SPACE: Kind.CREATE | Kind.WRITE | Kind.NAME | Kind.FOLDER,
    FileFault.BROKEN_DISK: _MODIFYING | Kind.OPEN | Kind.READ | Kind.WRITE | Kind.LOOK,
    FileFault.NO_PERMISSION: _MODIFYING | Kind.OPEN | Kind.LOOK,
    FileFault.READ_ONLY: _MODIFYING,
    FileFault.TOO_MANY: Kind.OPEN | Kind.CREATE,
}
_TOLD = {
    FileFault.NO_SPACE: "disk is full",
    FileFault.BROKEN_DISK: "",
    FileFault.NO_PERMISSION: "Permission denied",
    FileFault.READ_ONLY: "read-only",
    FileFault.TOO_MANY: "",
}
