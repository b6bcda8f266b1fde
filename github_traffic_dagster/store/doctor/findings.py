"""What can be wrong with a table, how bad it is, and what a repair would do about it."""

from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum


class Severity(IntEnum):
    """How bad: only the first two make a store unhealthy."""

    NOTE = 0
    """Harmless; nothing has to be done."""
    WARNING = 1
    """Something is off; no number that readers see is wrong or missing yet, or it can be healed."""
    ERROR = 2
    """Readers fail, or silently miss something."""


class Damage(StrEnum):
    """Each kind of damage, by the name that is shown."""

    TABLE_MISSING = "table missing"
    NOT_OUR_TABLE = "not our table"
    UNREADABLE = "table unreadable"
    LOG_LOST = "log lost"
    COMMIT_MISSING = "commit missing"
    COMMIT_EMPTY = "commit empty"
    COMMIT_UNREADABLE = "commit unreadable"
    COMMIT_INCOMPLETE = "commit incomplete"
    POINTER_UNREADABLE = "checkpoint pointer unreadable"
    POINTER_ASTRAY = "checkpoint pointer astray"
    CHECKPOINT_UNREADABLE = "checkpoint unreadable"
    DATA_FILE_MISSING = "data file missing"
    DATA_FILE_OTHER_SIZE = "data file of another size"
    DATA_FILE_UNREADABLE = "data file unreadable"
    DATA_FILE_OTHER_ROWS = "data file with other rows"
    FOREIGN_FILE = "foreign file"
    ORPHAN_FILES = "orphan files"
    UNCOMMITTED_ROWS = "uncommitted rows"
    DUPLICATE_KEYS = "duplicate keys"
    GOLDEN_BELOW_RAW = "golden below raw"
    GOLDEN_ROWS_MISSING = "golden rows missing"
    RAW_BEHIND_GOLDEN = "raw behind golden"


class Repair(StrEnum):
    """What is done about it, in the order in which it is done."""

    SET_ASIDE = "move the file into quarantine"
    BLANK_COMMIT = (
        "keep it in quarantine, put a commit without changes in its place, "
        "take its rows from the data files it had written"
    )
    RECREATE = (
        "keep the log in quarantine, begin a new one, take all rows from the table's data files"
    )
    DROP_FILE = (
        "keep what is left of the file in quarantine, drop its log entry, take its rows from "
        "older versions of the file and, for golden, from raw"
    )
    ADOPT_ROWS = "add them to the table"
    MERGE_DUPLICATES = "join the rows of a key into one, by the table's rule"
    REBUILD = "rebuild from raw; no number falls"
    RECORD_LOSS = "write down what is lost; golden keeps its numbers"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        damage: its kind.
        table: the table's name.
        what: the file, version or month it concerns.
        text: what is wrong, and what that does to readers.
        severity: how bad it is.
        repair: what would be done, or None when only a person can.
        months: the months (first days) whose rows it concerns; empty: unknown, so all.
        path: the file to act on, relative to the table's folder; empty when there is none.
    """

    damage: Damage
    table: str
    what: str
    text: str
    severity: Severity
    repair: Repair | None = None
    months: tuple[date, ...] = ()
    path: str = ""
