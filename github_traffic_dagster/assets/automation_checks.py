"""The checks of what workflow runs cloned, and of the estimate that rests on it."""

from collections.abc import Iterator
from datetime import date

import dagster as dg
import polars as pl

from github_traffic_dagster.assets.checks import check_result, recorded_outcomes
from github_traffic_dagster.assets.days import DayRange, current_window, run_days, today
from github_traffic_dagster.assets.snapshot_checks import told_of
from github_traffic_dagster.assets.ui_metadata import table_value
from github_traffic_dagster.assets.verdicts import ERROR, WARN, Verdict, health
from github_traffic_dagster.io_manager import TrafficStore
from github_traffic_dagster.traffic.clones_less_automation import contradicted
from github_traffic_dagster.traffic.quality import duplicate_keys
from github_traffic_dagster.traffic.tables import (
    CLONES_LESS_AUTOMATION,
    WORKFLOW_CHECKOUTS,
    Table,
)


def automation_checks() -> Iterator[dg.AssetChecksDefinition]:
    """Of both tables."""
    for table in (WORKFLOW_CHECKOUTS, CLONES_LESS_AUTOMATION):
        yield _sound(table)
    yield _looked_at()
    yield _one_checkout_is_one_clone()


def _sound(table: Table) -> dg.AssetChecksDefinition:
    @dg.multi_asset_check(
        name=f"check_{table.name}",
        specs=[
            dg.AssetCheckSpec(
                "unique_keys",
                asset=table.name,
                blocking=True,
                description="No row is stored twice.",
            ),
            dg.AssetCheckSpec(
                "table_healthy",
                asset=table.name,
                blocking=True,
                description="The table's log has no gap or broken commit, and all files are there.",
            ),
        ],
    )
    def check(
        context: dg.AssetCheckExecutionContext, store: TrafficStore
    ) -> Iterator[dg.AssetCheckResult]:
        twice = duplicate_keys(_rows(context, store, table), table.key).collect()
        found = {"rows": twice.height, "offending": table_value(twice)}
        unique = Verdict(twice.is_empty(), ERROR, metadata=found)
        yield check_result(table, "unique_keys", unique)
        yield check_result(table, "table_healthy", health(store, table))

    return check


def _looked_at() -> dg.AssetChecksDefinition:
    table, name = WORKFLOW_CHECKOUTS, "looked_at"

    @dg.asset_check(
        asset=table.name,
        name=name,
        description="The workflow runs of all repositories were looked at, and all of them read.",
    )
    def check(context: dg.AssetCheckExecutionContext, store: TrafficStore) -> dg.AssetCheckResult:
        outcomes = recorded_outcomes(context, table.name)
        unread = (
            _rows(context, store, table)
            .filter(pl.col("checkouts_high").is_null(), pl.col("run_id") == context.run.run_id)
            .select("full_name", "day", "workflow_runs", "workflow_runs_read")
            .collect()
        )
        passed, text = True, "This run looked at nothing itself."
        if outcomes is not None:
            passed, text = outcomes["collected"] == outcomes["expected"], told_of(outcomes)
        if not unread.is_empty():
            text += f" Not all runs of {unread.height} repository-days were read: they are too many"
            text += ", or deleted. Their estimates begin at 0."
        grave = outcomes is not None and outcomes["too_few"]
        verdict = Verdict(
            passed and unread.is_empty(),
            ERROR if grave else WARN,
            text,
            {"unread": table_value(unread)},
        )
        return check_result(table, name, verdict)

    return check


def _one_checkout_is_one_clone() -> dg.AssetChecksDefinition:
    table, name = CLONES_LESS_AUTOMATION, "one_checkout_is_one_clone"

    @dg.asset_check(
        asset=table.name,
        name=name,
        description="On no settled day did GitHub count fewer clones than there were checkouts.",
    )
    def check(context: dg.AssetCheckExecutionContext, store: TrafficStore) -> dg.AssetCheckResult:
        against = contradicted(_rows(context, store, table)).collect()
        text = None
        if not against.is_empty():
            text = (
                f"On {against.height} days of repositories GitHub counted fewer clones than there "
                "surely were checkouts: there the estimate's method does not hold."
            )
        verdict = Verdict(against.is_empty(), WARN, text, {"days": table_value(against)})
        return check_result(table, name, verdict)

    return check


def _rows(
    context: dg.AssetCheckExecutionContext, store: TrafficStore, table: Table
) -> pl.LazyFrame:
    """Of the run's days; of the present window where it names none."""
    days: DayRange = run_days(context.run) or current_window(date.min, today())
    return store.scan(table, first_day=days.first, last_day=days.last)
