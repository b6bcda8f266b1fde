"""What is wrong with a log, as findings."""

import json
from collections.abc import Iterator
from typing import Final

from github_traffic_dagster.store.doctor.commits import Commit
from github_traffic_dagster.store.doctor.findings import Damage, Finding, Repair, Severity
from github_traffic_dagster.store.doctor.log import POINTER, Log
from github_traffic_dagster.store.doctor.storage import LOG

_WHAT_READERS_DO: Final = {
    Damage.COMMIT_EMPTY: "readers skip it without a word, so its rows are missing",
    Damage.COMMIT_UNREADABLE: "no reader can open the table",
    Damage.COMMIT_INCOMPLETE: "readers take what is left of it without a word",
}


def log_findings(log: Log, table: str) -> list[Finding]:
    """Everything that is wrong with the log of `table`."""
    found = [
        *_pointer(log, table),
        *_checkpoints(log, table),
        *_commits(log, table),
        *_unknown(log, table),
    ]
    return [_lost(log, table), *found] if log.is_lost else found


def _lost(log: Log, table: str) -> Finding:
    return Finding(
        Damage.LOG_LOST,
        table,
        LOG,
        "neither a checkpoint nor the first commit can be read, so nothing says which data files "
        f"the table consists of (newest version: {log.newest})",
        Severity.ERROR,
        Repair.RECREATE,
    )


def _pointer(log: Log, table: str) -> Iterator[Finding]:
    if log.pointer is None:
        return
    try:
        version = int(json.loads(log.pointer)["version"])
    except (ValueError, TypeError, KeyError):
        yield Finding(
            Damage.POINTER_UNREADABLE,
            table,
            POINTER,
            "it is no JSON that names a checkpoint; readers ignore it and take longer",
            Severity.WARNING,
            Repair.SET_ASIDE,
            path=POINTER,
        )
        return
    if version not in log.checkpoints:
        yield Finding(
            Damage.POINTER_ASTRAY,
            table,
            POINTER,
            f"it names the checkpoint of version {version}, which is not there; no reader can "
            "open the table",
            Severity.ERROR,
            Repair.SET_ASIDE,
            path=POINTER,
        )


def _checkpoints(log: Log, table: str) -> Iterator[Finding]:
    for version, reason in log.bad_checkpoints.items():
        needed = version > log.base
        effect = "no reader can open the table" if needed else "an older one that none needs"
        for file in log.checkpoints[version]:
            yield Finding(
                Damage.CHECKPOINT_UNREADABLE,
                table,
                file.path,
                f"{reason}; {effect}",
                Severity.ERROR if needed else Severity.WARNING,
                Repair.SET_ASIDE,
                path=file.path,
            )


def _commits(log: Log, table: str) -> Iterator[Finding]:
    if log.is_lost:
        return
    for version in log.needed:
        if version not in log.commits:
            yield Finding(
                Damage.COMMIT_MISSING,
                table,
                f"version {version}",
                "no reader can open the table",
                Severity.ERROR,
                Repair.BLANK_COMMIT,
                path=commit_path(version),
            )
    for version, commit in log.parsed.items():
        if commit.defect:
            yield _defect(log, table, version, commit)
    yield from _holes_behind_a_checkpoint(log, table)


def _defect(log: Log, table: str, version: int, commit: Commit) -> Finding:
    assert commit.defect is not None  # noqa: S101 - says it to the type checker
    needed = version in log.needed
    effect = (
        _WHAT_READERS_DO[commit.defect]
        if needed
        else "a later checkpoint stands for it, which may have been made without its rows"
    )
    return Finding(
        commit.defect,
        table,
        f"version {version}",
        f"{commit.reason}; {effect}",
        Severity.ERROR if needed else Severity.WARNING,
        Repair.BLANK_COMMIT,
        path=log.commits[version].path,
    )


def _holes_behind_a_checkpoint(log: Log, table: str) -> Iterator[Finding]:
    """Commits are taken away from the oldest on; one missing in between only harms time travel."""
    behind = [version for version in log.commits if version <= log.base]
    holes = sorted(set(range(min(behind, default=0), log.base + 1)) - set(behind)) if behind else []
    if holes:
        yield Finding(
            Damage.COMMIT_MISSING,
            table,
            f"version {', '.join(map(str, holes))}",
            "a later checkpoint stands for it; only older versions can't be read any more",
            Severity.NOTE,
        )


def _unknown(log: Log, table: str) -> Iterator[Finding]:
    for file in log.unknown:
        yield Finding(
            Damage.FOREIGN_FILE,
            table,
            file.path,
            f"no file of a Delta log ({file.size:,} bytes); readers ignore it",
            Severity.WARNING,
            Repair.SET_ASIDE,
            path=file.path,
        )


def commit_path(version: int) -> str:
    """Where the commit of a version lies."""
    return f"{LOG}/{version:020}.json"
