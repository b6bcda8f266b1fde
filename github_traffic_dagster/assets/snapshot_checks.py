"""The checks of the snapshots' tables; a run's own snapshot is judged, not the history."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import dagster as dg
import polars as pl

from github_traffic_dagster.assets.checks import check_result, recorded_outcomes
from github_traffic_dagster.assets.days import run_days, today
from github_traffic_dagster.assets.ui_metadata import table_value
from github_traffic_dagster.assets.verdicts import ERROR, WARN, Verdict, health
from github_traffic_dagster.io_manager import TrafficStore
from github_traffic_dagster.traffic.answers import Snapshot
from github_traffic_dagster.traffic.quality import duplicate_keys
from github_traffic_dagster.traffic.tables import SNAPSHOTS, Table


@dataclass(frozen=True)
class _Look:
    """What a run's checks judge.

    Attributes:
        day: the last day the run was asked for.
        outcomes: what the run's asset recorded; None when the run collected nothing itself.
    """

    store: TrafficStore
    table: Table
    day: date
    run_id: str
    outcomes: dict[str, Any] | None

    @property
    def rows(self) -> pl.LazyFrame:
        """The day's rows, of all its looks."""
        return self.store.scan(self.table, first_day=self.day, last_day=self.day)


def unique_keys(look: _Look) -> Verdict:
    """No entry of a snapshot is stored twice."""
    twice = duplicate_keys(look.rows, look.table.key).collect()
    metadata = {"rows": twice.height, "offending": table_value(twice)}
    return Verdict(twice.is_empty(), ERROR, metadata=metadata)


def snapshot_landed(look: _Look) -> Verdict:
    """What the run should have looked at is in the table."""
    outcomes = look.outcomes
    if outcomes is None:
        return Verdict(True, WARN, "This run looked at nothing itself.")
    own = look.rows.filter(pl.col("run_id") == look.run_id)
    landed = int(own.select(pl.col("repo_id").n_unique()).collect().item())
    expected, collected = int(outcomes["expected"]), int(outcomes["collected"])
    text = told_of(outcomes)
    if landed < collected:
        text += f" The rows of {collected - landed} of them are not in the table."
    grave = landed < collected or outcomes["too_few"]
    return Verdict(
        collected == expected and landed == collected,
        ERROR if grave else WARN,
        text,
        {"expected": expected, "collected": collected, "landed": landed},
    )


def told_of(outcomes: Mapping[str, Any]) -> str:
    """How many repositories were looked at, and which were not, as the asset recorded it."""
    text = f"{outcomes['collected']} of {outcomes['expected']} repositories were looked at."
    missed = [f"{one['repository']} ({one['reason']})" for one in outcomes["missed"]]
    return f"{text} Not looked at: {', '.join(missed)}." if missed else text


def table_healthy(look: _Look) -> Verdict:
    """The table's log has no gap or broken commit, and its data files are all there."""
    return health(look.store, look.table)


_JUDGES: Final[dict[str, Callable[[_Look], Verdict]]] = {
    judge.__name__: judge for judge in (unique_keys, snapshot_landed, table_healthy)
}


def snapshot_checks(kind: Snapshot) -> dg.AssetChecksDefinition:
    """All checks of a snapshot's table, in one step; each can be run alone."""
    table = SNAPSHOTS[kind]
    specs = [
        # Nothing lies downstream: they turn the run red, and hold nothing up.
        dg.AssetCheckSpec(name, asset=table.name, blocking=True, description=judge.__doc__)
        for name, judge in _JUDGES.items()
    ]

    @dg.multi_asset_check(name=f"check_{table.name}", specs=specs, can_subset=True)
    def check(
        context: dg.AssetCheckExecutionContext, store: TrafficStore
    ) -> Iterator[dg.AssetCheckResult]:
        days = run_days(context.run)
        look = _Look(
            store=store,
            table=table,
            day=days.last if days else today(),
            run_id=context.run.run_id,
            outcomes=recorded_outcomes(context, table.name),
        )
        wanted = {key.name for key in context.op_execution_context.selected_asset_check_keys}
        for name, judge in _JUDGES.items():
            if name in wanted:
                yield check_result(table, name, judge(look))

    return check
