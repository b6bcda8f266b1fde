"""The asset checks. A check of a run over a range judges the whole range at once."""

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

import dagster as dg

from github_traffic_dagster.assets import verdicts
from github_traffic_dagster.assets.collection import OUTCOMES
from github_traffic_dagster.assets.days import current_window, run_days, today
from github_traffic_dagster.assets.repos import EXPIRY, REACHED
from github_traffic_dagster.assets.verdicts import Judge, Scope, Verdict
from github_traffic_dagster.io_manager import TrafficStore
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.tables import GOLDEN, RAW, REPOS, Table

# These turn the run red. Nothing but reports lies downstream of golden: all data is stored before.
_BLOCKING: Final[tuple[Judge, ...]] = (
    verdicts.unique_keys,
    verdicts.not_below_raw,
    verdicts.expected_rows_landed,
    verdicts.table_healthy,
)
_WARNING: Final[tuple[Judge, ...]] = (
    verdicts.uniques_at_most_count,
    verdicts.looks_in_time,
    verdicts.no_gaps,
    verdicts.not_everything_zero,
    verdicts.fresh,
)
_JUDGES: Final = {judge.__name__: judge for judge in (*_BLOCKING, *_WARNING)}


def golden_checks(metric: Metric) -> dg.AssetChecksDefinition:
    """All checks of `golden_<metric>`, in one step; each can be run alone."""
    table = GOLDEN[metric]
    specs = [
        dg.AssetCheckSpec(
            name,
            asset=table.name,
            blocking=judge in _BLOCKING,
            description=_question(judge),
        )
        for name, judge in _JUDGES.items()
    ]

    @dg.multi_asset_check(name=f"check_{table.name}", specs=specs, can_subset=True)
    def check(
        context: dg.AssetCheckExecutionContext, store: TrafficStore
    ) -> Iterator[dg.AssetCheckResult]:
        scope = Scope(
            store=store,
            metric=metric,
            days=run_days(context.run) or current_window(date.min, today()),
            run_id=context.run.run_id,
            outcomes=recorded_outcomes(context, RAW[metric].name),
        )
        wanted = {key.name for key in context.op_execution_context.selected_asset_check_keys}
        for name, judge in _JUDGES.items():
            if name in wanted:
                yield check_result(table, name, judge(scope))

    return check


def raw_check(metric: Metric) -> dg.AssetChecksDefinition:
    """`table_healthy` of `raw_<metric>`. It holds golden up in nothing: golden only ever grows."""
    table = RAW[metric]
    judge = verdicts.table_healthy

    @dg.asset_check(
        asset=table.name,
        name=judge.__name__,
        description=_question(judge),
    )
    def check(store: TrafficStore) -> dg.AssetCheckResult:
        return check_result(table, judge.__name__, verdicts.health(store, table))

    return check


def repos_checks() -> Iterator[dg.AssetChecksDefinition]:
    """Warn of a token that expires soon, and of accounts that can't be collected."""
    questions = {
        EXPIRY: "The token is good for two more weeks.",
        REACHED: "Token and App are accepted, and every installation of the App can be used.",
    }
    for name, question in questions.items():
        yield _told_check(name, question)


def _told_check(name: str, question: str) -> dg.AssetChecksDefinition:
    """Passed when the listing had nothing to say in its metadata entry of this name."""

    @dg.asset_check(asset=REPOS.name, name=name, description=question)
    def check(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        event = context.instance.get_latest_materialization_event(dg.AssetKey(REPOS.name))
        materialization = event.asset_materialization if event else None
        said = materialization.metadata.get(name) if materialization else None
        warning = str(said.value or "") if said else ""
        return dg.AssetCheckResult(
            passed=not warning, severity=verdicts.WARN, description=warning or None
        )

    return check


def _question(judge: Judge) -> str:
    """What a check asks: the first line of its docstring."""
    return (judge.__doc__ or "").partition("\n")[0]


def check_result(table: Table, name: str, verdict: Verdict) -> dg.AssetCheckResult:
    """A verdict as the result of a table's check."""
    return dg.AssetCheckResult(
        asset_key=table.name,
        check_name=name,
        passed=verdict.passed,
        severity=verdict.severity,
        description=verdict.text,
        metadata=verdict.metadata,
    )


def recorded_outcomes(context: dg.AssetCheckExecutionContext, asset: str) -> dict[str, Any] | None:
    """The outcomes that the asset recorded in this run, or None when it was no part of it."""
    records = context.instance.get_records_for_run(
        context.run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION
    ).records
    for record in records:
        materialization = record.event_log_entry.asset_materialization
        if materialization and materialization.asset_key == dg.AssetKey(asset):
            outcomes: Any = materialization.metadata[OUTCOMES].value
            return dict(outcomes)
    return None
