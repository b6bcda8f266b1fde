"""Trials counted into the tables that are printed and written down."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from reliability.concurrency import Together
from reliability.disks import DiskTrial
from reliability.kills import Kill, Moment
from reliability.trials import Trial

Row = dict[str, Any]
"""A line of a table, by column."""


@dataclass(frozen=True, slots=True)
class Table:
    """A named table.

    Attributes:
        title: what it shows.
        rows: all with the same columns.
        unsound: one line for each trial that did not go as promised.
    """

    title: str
    rows: Sequence[Row]
    unsound: Sequence[str] = ()


def matrix_rows(side: str, trials: Iterable[Trial]) -> list[Row]:
    """A line for each fault, once and for good."""
    return [
        {"store": side, "fault": fault, "fails": span, **_outcomes(group)}
        for (fault, span), group in _by_fault(trials).items()
    ]


def _by_fault(trials: Iterable[Trial]) -> dict[tuple[str, str], list[Trial]]:
    groups: dict[tuple[str, str], list[Trial]] = {}
    for trial in trials:
        span = "for good" if trial.case.lasting else "once"
        groups.setdefault((trial.case.fault.value, span), []).append(trial)
    return groups


def operation_rows(trials: Sequence[Trial]) -> list[Row]:
    """A line for each operation, a column for each fault: succeeded / failed before / after."""
    faults = list(dict.fromkeys(trial.case.fault.value for trial in trials))
    operations = sorted({trial.operation for trial in trials})
    return [
        {"request": name, **{fault: _cell(trials, name, fault) for fault in faults}}
        for name in operations
    ]


def _cell(trials: Sequence[Trial], operation: str, fault: str) -> str:
    group = [t for t in trials if t.operation == operation and t.case.fault == fault]
    after = sum(bool(t.outcome.after) for t in group)
    succeeded = sum(t.outcome.succeeded for t in group)
    return f"{succeeded} / {len(group) - succeeded - after} / {after}" if group else "-"


def _outcomes(group: Sequence[Trial]) -> Row:
    after = sum(bool(trial.outcome.after) for trial in group)
    succeeded = sum(trial.outcome.succeeded for trial in group)
    return {
        "trials": len(group),
        "succeeded": succeeded,
        "failed, before": len(group) - succeeded - after,
        "failed, after": after,
        "mixed": sum(bool(trial.outcome.mixed) for trial in group),
        "lost rows": sum(trial.outcome.lost for trial in group),
        "unclear error": sum(bool(trial.outcome.unclear) for trial in group),
        "wrong claim": sum(bool(trial.outcome.wrong_claims) for trial in group),
        "next run heals": f"{sum(t.healed is True for t in group)}/"
        f"{sum(t.healed is not None for t in group)}",
        "slowest step s": round(max(trial.outcome.slowest for trial in group), 1),
    }


def file_rows(trials: Iterable[Trial]) -> list[Row]:
    """As `matrix_rows`, and of the failed runs those whose every error names the cause.

    delta-rs does not always pass on what the operating system said.
    """
    rows = []
    for (fault, span), group in _by_fault(trials).items():
        failed = [trial for trial in group if not trial.outcome.succeeded]
        named = sum(
            all(trial.case.fault.told in text for text in trial.outcome.texts) for trial in failed
        )
        rows.append(
            {
                "fault": fault,
                "fails": span,
                **_outcomes(group),
                "names the cause": f"{named}/{len(failed)}",
            }
        )
    return rows


def disk_rows(trials: Iterable[DiskTrial]) -> list[Row]:
    """A line for each kind of disk."""
    groups: dict[str, list[DiskTrial]] = {}
    for trial in trials:
        case = "no space left" if trial.case.endswith("free") else trial.case
        groups.setdefault(case, []).append(trial)
    return [
        {
            "disk": case,
            "trials": len(group),
            "succeeded": sum(trial.outcome.succeeded for trial in group),
            "mixed": sum(bool(trial.outcome.mixed) for trial in group),
            "lost rows": sum(trial.outcome.lost for trial in group),
            "unclear error": sum(bool(trial.outcome.unclear) for trial in group),
            "next run heals": f"{sum(trial.healed for trial in group)}/{len(group)}",
        }
        for case, group in groups.items()
    ]


def kill_rows(run: str, kills: Sequence[Kill]) -> list[Row]:
    """One line for all kills of a kind of run."""
    return [
        {
            "run": run,
            "kills": len(kills),
            **{moment.value: sum(kill.moment is moment for kill in kills) for moment in Moment},
            "mixed or unreadable": sum(bool(kill.mixed) for kill in kills),
            "lost rows": sum(kill.lost for kill in kills),
            "next run heals": f"{sum(kill.healed for kill in kills)}/{len(kills)}",
        }
    ]


def together_rows(store: str, rounds: Sequence[Together]) -> list[Row]:
    """A line for the rounds that created the tables, and one for all others."""
    kinds = {
        "creating the tables": [found for found in rounds if found.creating],
        "on tables that are there": [found for found in rounds if not found.creating],
    }
    return [
        {
            "store": store,
            "rounds": f"{len(found)} {kind}",
            "processes": max(one.writers for one in found),
            "failed steps": sum(len(one.failed) for one in found),
            "lost observations": sum(one.lost for one in found),
            "doubled rows": sum(one.doubled for one in found),
            "wrong golden": sum(not one.greatest for one in found),
            "slowest step s": round(max(one.seconds for one in found), 1),
        }
        for kind, found in kinds.items()
    ]


def unsound(trials: Iterable[Trial | DiskTrial | Kill | Together]) -> list[str]:
    """What did not go as promised, one line each."""
    return [str(asdict(trial)) for trial in trials if not trial.sound]
