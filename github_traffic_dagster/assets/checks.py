"""Asset checks. A check of a run over a range judges the whole range at once."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import dagster as dg
import polars as pl

from github_traffic_dagster.assets.collection import OUTCOMES
from github_traffic_dagster.assets.days import DayRange, current_window, run_days, today
from github_traffic_dagster.assets.repos import EXPIRY
from github_traffic_dagster.assets.ui_metadata import table_value
from github_traffic_dagster.io_manager import TrafficStore
from github_traffic_dagster.traffic import quality
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.coverage import Coverage, coverage, expected_spans
from github_traffic_dagster.traffic.tables import GOLDEN, RAW, REPOS
from github_traffic_dagster.traffic.window import last_safe_day, utc_day, youngest_lost

ERROR: Final = dg.AssetCheckSeverity.ERROR
WARN: Final = dg.AssetCheckSeverity.WARN
STALE_AFTER: Final = timedelta(hours=36)
_SURELY_PUBLISHED: Final = timedelta(days=5)
"""From this age on a day is known unless something went wrong, also when today's run is to come."""

# Blocking ones turn the run red. Nothing lies downstream of golden, so all data is stored first.
_SPECS: Final = (
    ("unique_keys", True, "Each repository and day stands in golden once"),
    ("not_below_raw", True, "Golden is never less than what the raw log holds"),
    ("expected_rows_landed", True, "What the run should have collected is in the raw table"),
    ("uniques_at_most_count", False, "No day has more unique visitors than visits"),
    ("no_gaps", False, "Every expected day of every repository is known, for all time"),
    ("not_everything_zero", False, "GitHub did not answer zeros for everybody (2019-08-21)"),
    ("fresh", False, "GitHub was looked at within 36 hours"),
)


def golden_checks(metric: Metric) -> dg.AssetChecksDefinition:
    """All checks of `golden_<metric>`, in one step."""
    table = GOLDEN[metric]
    specs = [
        dg.AssetCheckSpec(name, asset=table.name, blocking=blocking, description=text)
        for name, blocking, text in _SPECS
    ]

    @dg.multi_asset_check(name=f"check_{table.name}", specs=specs)
    def check(
        context: dg.AssetCheckExecutionContext, store: TrafficStore
    ) -> Iterator[dg.AssetCheckResult]:
        days = run_days(context.run) or current_window(date.min, today())
        golden = store.scan(table, first_day=days.first, last_day=days.last)
        raw = store.scan(RAW[metric], first_day=days.first, last_day=days.last)
        duplicates = quality.duplicate_keys(golden, table.key).collect()
        yield _result(table.name, "unique_keys", ERROR, duplicates)
        yield _result(table.name, "not_below_raw", ERROR, quality.below_raw(golden, raw).collect())
        yield _landed(context, metric, raw)
        impossible = quality.uniques_above_count(golden).collect()
        yield _result(table.name, "uniques_at_most_count", WARN, impossible)
        yield _gaps(store, metric)
        yield _not_everything_zero(table.name, quality.everything_zero_days(golden, raw))
        yield _fresh(store, metric, days)

    return check


def repos_check() -> dg.AssetChecksDefinition:
    """Warn of a token that expires soon, naming the last day on which nothing is lost."""

    @dg.asset_check(
        asset=REPOS.name, name=EXPIRY, description="The token is good for two more weeks"
    )
    def token_expiry(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        event = context.instance.get_latest_materialization_event(dg.AssetKey(REPOS.name))
        materialization = event.asset_materialization if event else None
        said = materialization.metadata.get(EXPIRY) if materialization else None
        warning = str(said.value or "") if said else ""
        return dg.AssetCheckResult(passed=not warning, severity=WARN, description=warning or None)

    return token_expiry


def _result(
    asset: str, name: str, severity: dg.AssetCheckSeverity, offending: pl.DataFrame
) -> dg.AssetCheckResult:
    """Passed when no row offends; the offending rows otherwise."""
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name=name,
        passed=offending.is_empty(),
        severity=severity,
        metadata={"rows": offending.height, "offending": table_value(offending)},
    )


def _landed(
    context: dg.AssetCheckExecutionContext, metric: Metric, raw: pl.LazyFrame
) -> dg.AssetCheckResult:
    """Compare what the run's raw asset says it collected with what the table holds of the run."""
    outcomes = _outcomes(context, RAW[metric].name)
    landed = int(
        raw.filter(pl.col("run_id") == context.run.run_id)
        .select(pl.col("repo_id").n_unique())
        .collect()
        .item()
    )
    if outcomes is None:
        return _landed_result(metric, WARN, True, "This run rebuilt golden and collected nothing.")
    expected, collected = int(outcomes["expected"]), int(outcomes["collected"])
    text = f"{landed} of {expected} repositories landed."
    if missed := [f"{one['repository']} ({one['reason']})" for one in outcomes["missed"]]:
        text += f" Not collected: {', '.join(missed)}."
        text += f" Days begin to be lost after {last_safe_day(today() - timedelta(days=1))}."
    lied = landed < int(outcomes["with_rows"])
    severity = ERROR if lied or outcomes["too_few"] else WARN
    return _landed_result(metric, severity, not lied and collected == expected, text)


def _landed_result(
    metric: Metric, severity: dg.AssetCheckSeverity, passed: bool, text: str
) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=GOLDEN[metric].name,
        check_name="expected_rows_landed",
        passed=passed,
        severity=severity,
        description=text,
    )


def _outcomes(context: dg.AssetCheckExecutionContext, asset: str) -> dict[str, Any] | None:
    """The outcomes that the asset recorded in this run, or None when it was no part of it."""
    records = context.instance.get_records_for_run(
        context.run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION
    ).records
    for record in records:
        materialization = record.event_log_entry.asset_materialization
        if materialization and materialization.asset_key == dg.AssetKey(asset):
            return dict(materialization.metadata[OUTCOMES].value)
    return None


def _gaps(store: TrafficStore, metric: Metric) -> dg.AssetCheckResult:
    """Gaps of all time: lost days, and days that should be known by now and can still be saved."""
    now = today()
    golden, listings = store.scan(GOLDEN[metric]), store.scan(REPOS)
    spans = expected_spans(golden, listings)
    until = now - _SURELY_PUBLISHED
    incomplete = quality.missing_days(spans, golden, until=until).collect()
    ids = incomplete.sort("missing", descending=True)["repo_id"].head(50).implode()
    table = (
        coverage(
            golden.filter(pl.col("repo_id").is_in(ids)),
            listings.filter(pl.col("repo_id").is_in(ids)),
            today=now,
        )
        .filter(
            pl.col("coverage").is_in([Coverage.LOST.value, Coverage.NOT_YET_KNOWN.value]),
            pl.col("day") <= until,
        )
        .collect()
    )
    lost = table.filter(pl.col("day") <= youngest_lost(now))
    return dg.AssetCheckResult(
        asset_key=GOLDEN[metric].name,
        check_name="no_gaps",
        passed=incomplete.is_empty(),
        severity=WARN,
        description=_gap_text(incomplete, lost, table),
        metadata={
            "repositories_with_gaps": incomplete.height,
            "repository_days_missing": int(incomplete["missing"].sum()),
            "gaps": table_value(table.select("full_name", "day", "coverage")),
        },
    )


def _gap_text(incomplete: pl.DataFrame, lost: pl.DataFrame, table: pl.DataFrame) -> str:
    if incomplete.is_empty():
        return "Every expected day is known."
    saveable = table.height - lost.height
    return (
        f"{incomplete['missing'].sum()} days of {incomplete.height} repositories are unknown; "
        f"{saveable} of those listed can still be collected."
    )


def _not_everything_zero(asset: str, days: Iterable[Any]) -> dg.AssetCheckResult:
    looked = [str(day) for day in days]
    text = (
        f"GitHub answered zeros for everybody when looked at on {', '.join(looked)}. The greater "
        "numbers known before were kept; days first seen then heal with the next run."
    )
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name="not_everything_zero",
        passed=not looked,
        severity=WARN,
        description=text if looked else None,
        metadata={"looks": ", ".join(looked) or "none"},
    )


def _fresh(store: TrafficStore, metric: Metric, days: DayRange) -> dg.AssetCheckResult:
    recent = min(days.first, today() - timedelta(days=31))
    golden = store.scan(GOLDEN[metric], first_day=recent)
    latest = golden.select(pl.col("last_observed_at").max()).collect().item()
    if latest is None:
        text, passed = "Nothing was collected in the last month.", False
    else:
        passed = datetime.now(UTC) - latest < STALE_AFTER
        text = f"Last look {latest:%Y-%m-%d %H:%M} UTC. Safe until {last_safe_day(utc_day(latest))}"
    return dg.AssetCheckResult(
        asset_key=GOLDEN[metric].name,
        check_name="fresh",
        passed=passed,
        severity=WARN,
        description=text,
    )
