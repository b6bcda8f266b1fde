"""A table's log: which versions and checkpoints there are, and the files that are live by them.

Replayed here and not by delta-rs, which refuses a log at the first file it can't read and says
nothing at all of a commit that is empty.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from urllib.parse import unquote

from github_traffic_dagster.store.doctor.checkpoints import Checkpoint, read_checkpoint
from github_traffic_dagster.store.doctor.commits import Action, Commit, parse_commit
from github_traffic_dagster.store.doctor.storage import LOG, Storage, StoredFile
from github_traffic_dagster.store.layout import PERIOD
from github_traffic_dagster.store.periods import Period, period_by_folders

POINTER: Final = f"{LOG}/_last_checkpoint"

_COMMIT: Final = re.compile(rf"{LOG}/(\d{{20}})\.json")
_CHECKPOINT: Final = re.compile(rf"{LOG}/(\d{{20}})\.checkpoint(\.\d{{10}}\.(\d{{10}}))?\.parquet")
_UNFINISHED: Final = re.compile(rf"{LOG}/.*#\d+|{LOG}/_?commit_.*\.tmp|{LOG}/.*\.tmp")
"""Written by object_store or delta-rs before a commit gets its name; left by a killed writer."""


@dataclass(frozen=True, slots=True)
class LiveFile:
    """A data file that the table consists of, as its log describes it."""

    path: str
    size: int
    rows: int | None
    period: date | None
    statistics: Mapping[str, Any]

    def months(self, period: Period) -> list[date]:
        """The months of its period that it has rows of, as far as its statistics tell."""
        if self.period is None:
            return []
        least, greatest = (
            str((self.statistics.get(bound) or {}).get("day", ""))[:7]
            for bound in ("minValues", "maxValues")
        )
        return [
            month
            for month in period.months(self.period)
            if least <= f"{month:%Y-%m}" <= (greatest or "9999-12")
        ]


@dataclass(slots=True)
class Log:
    """What the log says.

    Attributes:
        commits: the commits' versions and files.
        checkpoints: complete checkpoints by version: their files.
        pointer: content of `_last_checkpoint`, or None.
        unfinished: files of commits that never got their name.
        unknown: files in the log's folder that no Delta writer puts there.
        base: version of the newest readable checkpoint; -1 when there is none.
        bad_checkpoints: versions of checkpoints that can't be read, with the reason.
        parsed: the commits that were read.
        live: the table's files, as readers see them.
        removed: files that a commit took out of the table and that may still lie there.
    """

    commits: dict[int, StoredFile]
    checkpoints: dict[int, list[StoredFile]]
    pointer: bytes | None
    unfinished: list[StoredFile] = field(default_factory=list)
    unknown: list[StoredFile] = field(default_factory=list)
    base: int = -1
    bad_checkpoints: dict[int, str] = field(default_factory=dict)
    parsed: dict[int, Commit] = field(default_factory=dict)
    live: dict[str, LiveFile] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)

    @property
    def newest(self) -> int:
        """The newest version; -1 when there is none."""
        return max((*self.commits, *self.checkpoints), default=-1)

    @property
    def needed(self) -> range:
        """The versions whose commits readers need."""
        return range(self.base + 1, self.newest + 1)

    @property
    def period(self) -> Period:
        """What the table is laid out by, as far as its files tell."""
        return period_by_folders(file.period for file in self.live.values() if file.period)

    @property
    def is_lost(self) -> bool:
        """Whether nothing says what the table is: no checkpoint, and no usable first commit."""
        first = self.parsed.get(0, Commit(()))
        begins = first.defect is None and any("metaData" in action for action in first.actions)
        return self.base < 0 and not begins


def read_log(storage: Storage, *, thorough: bool) -> Log:
    """Read a log.

    Args:
        storage: the table's files.
        thorough: also read what readers don't need at present: older checkpoints and commits.

    Raises:
        FileNotFoundError: a file vanished while it was read (maintenance); read again.
    """
    # The pointer first: what it names was there before it, so it will be in the listing.
    try:
        pointer = storage.read(POINTER)
    except FileNotFoundError:
        pointer = None
    log = _sorted_out(storage.files(LOG), pointer)
    base = _read_checkpoints(storage, log, thorough=thorough)
    versions = sorted(log.commits) if thorough else [v for v in log.needed if v in log.commits]
    for version in versions:
        log.parsed[version] = parse_commit(storage.read(log.commits[version].path))
    _replay(log, base)
    return log


def _sorted_out(files: list[StoredFile], pointer: bytes | None) -> Log:
    commits: dict[int, StoredFile] = {}
    parts: dict[tuple[int, int], list[StoredFile]] = {}
    unfinished, unknown = [], []
    for file in files:
        if found := _COMMIT.fullmatch(file.path):
            commits[int(found[1])] = file
        elif found := _CHECKPOINT.fullmatch(file.path):
            parts.setdefault((int(found[1]), int(found[3] or 1)), []).append(file)
        elif _UNFINISHED.fullmatch(file.path):
            unfinished.append(file)
        elif file.path != POINTER and not _is_of_another_writer(file.path):
            unknown.append(file)
    # A checkpoint of several parts counts when all of them are there.
    whole = {version: found for (version, count), found in parts.items() if len(found) == count}
    return Log(commits, whole, pointer, unfinished, unknown)


def _is_of_another_writer(path: str) -> bool:
    """Checksums, compacted commits and sidecars, which Spark and Databricks add."""
    return path.startswith((f"{LOG}/_sidecars/", f"{LOG}/_staged_commits/")) or path.endswith(
        (".crc", ".compacted.json")
    )


def _read_checkpoints(storage: Storage, log: Log, *, thorough: bool) -> list[Action]:
    """Read them from the newest on, until one is good; returns what that one holds."""
    base: Checkpoint | None = None
    for version in sorted(log.checkpoints, reverse=True):
        if base is not None and not thorough:
            break
        checkpoint = read_checkpoint([storage.read(file.path) for file in log.checkpoints[version]])
        if checkpoint.reason:
            log.bad_checkpoints[version] = checkpoint.reason
        elif base is None:
            base, log.base = checkpoint, version
    return list(base.actions) if base else []


def _replay(log: Log, base: list[Action]) -> None:
    """Do to the list of files what readers do: they skip what is empty and take what is cut."""
    for action in _actions(log, base):
        if "add" in action:
            file = _live_file(action["add"])
            log.live[file.path] = file
            log.removed.discard(file.path)
        elif "remove" in action:
            path = unquote(action["remove"]["path"])
            log.live.pop(path, None)
            log.removed.add(path)


def _actions(log: Log, base: list[Action]) -> Iterator[Action]:
    yield from base
    for version in log.needed:
        yield from log.parsed.get(version, Commit(())).actions


def _live_file(add: Mapping[str, Any]) -> LiveFile:
    try:
        statistics = json.loads(add.get("stats") or "{}")
    except ValueError:
        statistics = {}
    rows = statistics.get("numRecords")
    period = (add.get("partitionValues") or {}).get(PERIOD.name)
    return LiveFile(
        path=unquote(add["path"]),
        size=int(add["size"]),
        rows=None if rows is None else int(rows),
        period=date.fromisoformat(period) if period else None,
        statistics=statistics,
    )
