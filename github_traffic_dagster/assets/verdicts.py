"""What the checks of golden tables look at, and what they say. One function per check."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any, Final

import dagster as dg
import polars as pl

from github_traffic_dagster.assets.days import DayRange, today
from github_traffic_dagster.assets.ui_metadata import rows_value, table_value
from github_traffic_dagster.errors import StoreError
from github_traffic_dagster.github_api.outcomes import Reason
from github_traffic_dagster.io_manager import TrafficStore
from github_traffic_dagster.store.doctor.examination import examine
from github_traffic_dagster.store.doctor.findings import Severity
from github_traffic_dagster.traffic import quality
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.coverage import Coverage, coverage, expected_spans
from github_traffic_dagster.traffic.tables import GOLDEN, RAW, REPOS, WINDOW_TOTALS, Table
from github_traffic_dagster.traffic.window import last_safe_day, utc_day, youngest_lost

ERROR: Final = dg.AssetCheckSeverity.ERROR
WARN: Final = dg.AssetCheckSeverity.WARN
STALE_AFTER: Final = timedelta(hours=36)
SURELY_PUBLISHED: Final = timedelta(days=5)
"""From this age on a day is known unless something went wrong, also when today's run is to come."""

_GAPS_LISTED: Final = 50


@dataclass(frozen=True)
class Scope:
    """What a run's checks judge: one metric's tables for the run's whole range of days.

    Attributes:
        outcomes: what the run's raw asset recorded of its collection; None when the run
            collected nothing itself.
    """

    store: TrafficStore
    metric: Metric
    days: DayRange
    run_id: str
    outcomes: dict[str, Any] | None

    @cached_property
    def golden(self) -> pl.LazyFrame:
        """Golden rows of the days."""
        table = GOLDEN[self.metric]
        return self.store.scan(table, first_day=self.days.first, last_day=self.days.last)

    @cached_property
    def raw(self) -> pl.LazyFrame:
        """Raw rows of the days."""
        table = RAW[self.metric]
        return self.store.scan(table, first_day=self.days.first, last_day=self.days.last)


@dataclass(frozen=True)
class Verdict:
    """A check's result."""

    passed: bool
    severity: dg.AssetCheckSeverity
    text: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)


Judge = Callable[[Scope], Verdict]


def _no_rows(offending: pl.LazyFrame, severity: dg.AssetCheckSeverity) -> Verdict:
    """Passed when no row offends; shows those that do."""
    rows = offending.collect(engine="streaming")
    return Verdict(
        rows.is_empty(), severity, metadata={"rows": rows.height, "offending": table_value(rows)}
    )


def unique_keys(scope: Scope) -> Verdict:
    """Each repository and day stands in golden once."""
    return _no_rows(quality.duplicate_keys(scope.golden, GOLDEN[scope.metric].key), ERROR)


def not_below_raw(scope: Scope) -> Verdict:
    """Golden is never less than what the raw log holds."""
    return _no_rows(quality.below_raw(scope.golden, scope.raw), ERROR)


def uniques_at_most_count(scope: Scope) -> Verdict:
    """No day has more unique visitors than visits."""
    return _no_rows(quality.uniques_above_count(scope.golden), WARN)


def expected_rows_landed(scope: Scope) -> Verdict:
    """What the run should have collected is in the raw table, and so are the windows' totals."""
    outcomes = scope.outcomes
    if outcomes is None:
        return Verdict(True, WARN, "This run rebuilt golden and collected nothing itself.")
    own = scope.raw.filter(pl.col("run_id") == scope.run_id)
    landed = int(own.select(pl.col("repo_id").n_unique()).collect(engine="streaming").item())
    expected = int(outcomes["expected"]) - int(outcomes["left_for_later"])
    collected = int(outcomes["collected"])
    vanished = int(outcomes["with_rows"]) - landed
    text = f"{collected} of {expected} repositories were collected."
    if vanished > 0:
        text += f" The rows of {vanished} of them are not in the raw table."
    totals, trouble = _totals_landed(scope)
    without_totals = collected - totals
    if without_totals > 0:
        text += (
            f" The windows' totals of {without_totals} are not in {WINDOW_TOTALS.name}.{trouble}"
        )
    missed = [one for one in outcomes["missed"] if one["reason"] != Reason.OUT_OF_BUDGET.value]
    if missed:
        text += _of_the_missed(scope, missed)
    lacking = vanished > 0 or without_totals > 0
    return Verdict(
        collected == expected and not lacking,
        ERROR if lacking or outcomes["too_few"] else WARN,
        text,
        {"expected": expected, "collected": collected, "landed": landed},
    )


def _totals_landed(scope: Scope) -> tuple[int, str]:
    """Of how many windows the run has stored the totals, and why that can't be told."""
    try:
        # The look was today, or before midnight.
        totals = scope.store.scan(WINDOW_TOTALS, first_day=today() - timedelta(days=1))
    except StoreError as error:
        return 0, f" {error}"
    own = totals.filter(pl.col("run_id") == scope.run_id, pl.col("metric") == scope.metric.value)
    return int(own.select(pl.col("repo_id").n_unique()).collect(engine="streaming").item()), ""


def _of_the_missed(scope: Scope, missed: list[dict[str, str]]) -> str:
    """Which repositories were missed, and until when that costs nothing."""
    names = [one["repository"] for one in missed]
    known = scope.golden.filter(pl.col("full_name").is_in(names))
    looks = (
        known.group_by("repo_id").agg(pl.col("last_observed_at").max()).collect(engine="streaming")
    )
    listed = ", ".join(f"{one['repository']} ({one['reason']})" for one in missed)
    text = f" Not collected: {listed}."
    earliest = looks["last_observed_at"].min()
    if isinstance(earliest, datetime):
        text += f" Collected again by {last_safe_day(utc_day(earliest))}, they lose no day."
    return text


def looks_in_time(scope: Scope) -> Verdict:
    """GitHub's budget gives every repository its turn before GitHub forgets its days."""
    outlook = scope.outcomes["outlook"] if scope.outcomes else []
    if not scope.outcomes or not outlook:
        return Verdict(True, WARN, "This run left no repository for later.")
    in_time = not any(told["too_late"] or told["never_seen"] for told in outlook)
    looked_at = scope.outcomes["collected"]
    texts = [
        f"{looked_at} repositories were looked at, the others have their turn in the next runs.",
        *(_turns(told) for told in outlook),
    ]
    return Verdict(
        in_time,
        WARN,
        " ".join(texts),
        {"outlook": rows_value(outlook, ["account", "too_late", "never_seen", "calls_needed"])},
    )


def _turns(told: dict[str, Any]) -> str:
    """What waiting costs the repositories of one account."""
    sentences = []
    if told["first_turns_until"]:
        sentences.append(
            f"{told['new']} were never looked at: all have had their first turn by "
            f"{told['first_turns_until']}, and lose what GitHub forgets before."
        )
    if told["too_late"]:
        names = ", ".join(f"{name} ({day})" for name, day in told["first"])
        sentences.append(
            f"With as many each day, {told['too_late']} repositories lose days, the first after "
            f"{told['first'][0][1]}: {names}."
        )
    if told["never_seen"]:
        sentences.append(f"{told['never_seen']} never have a turn, and lose every day.")
    if told["too_late"] or told["never_seen"]:
        sentences.append(
            f"{told['calls_needed']} requests a day would lose nothing: raise "
            "GITHUB_TRAFFIC_CALL_BUDGET or GITHUB_TRAFFIC_MAX_WAIT, run more often, leave "
            "repositories out, or use a GitHub App."
        )
    else:
        sentences.append("No other day is lost.")
    return f"{told['account']}: {' '.join(sentences)}"


def no_gaps(scope: Scope) -> Verdict:
    """Every expected day of every repository is known, for all time.

    Names lost days, and days that should be known by now and can still be saved.
    """
    now = today()
    golden, listings = scope.store.scan(GOLDEN[scope.metric]), scope.store.scan(REPOS)
    until = now - SURELY_PUBLISHED
    incomplete = quality.missing_days(
        expected_spans(golden, listings), golden, until=until
    ).collect(engine="streaming")
    gaps = _gaps(golden, listings, incomplete, now=now, until=until)
    saveable = gaps.filter(pl.col("day") > youngest_lost(now)).height
    missing = int(incomplete["missing"].sum())
    return Verdict(
        incomplete.is_empty(),
        WARN,
        f"{missing} days of {incomplete.height} repositories are unknown; "
        f"{saveable} of those listed can still be collected."
        if missing
        else "Every expected day is known.",
        {
            "repositories_with_gaps": incomplete.height,
            "repository_days_missing": missing,
            "gaps": table_value(gaps.select("full_name", "day", "coverage")),
        },
    )


def _gaps(
    golden: pl.LazyFrame,
    listings: pl.LazyFrame,
    incomplete: pl.DataFrame,
    *,
    now: date,
    until: date,
) -> pl.DataFrame:
    """The unknown days of the repositories that lack most."""
    ids = incomplete.sort("missing", descending=True)["repo_id"].head(_GAPS_LISTED).implode()
    theirs = pl.col("repo_id").is_in(ids)
    covered = coverage(golden.filter(theirs), listings.filter(theirs), today=now)
    unknown = [Coverage.LOST.value, Coverage.NOT_YET_KNOWN.value]
    return covered.filter(pl.col("coverage").is_in(unknown), pl.col("day") <= until).collect(
        engine="streaming"
    )


def not_everything_zero(scope: Scope) -> Verdict:
    """GitHub did not answer zeros for everybody, as it did on 2019-08-21."""
    looked = [str(day) for day in quality.everything_zero_days(scope.golden, scope.raw)]
    text = (
        f"GitHub answered zeros for everybody when looked at on {', '.join(looked)}. The greater "
        "numbers known before were kept; days first seen then heal with the next run."
    )
    return Verdict(not looked, WARN, text if looked else None, {"looks": len(looked)})


def fresh(scope: Scope) -> Verdict:
    """GitHub was looked at within 36 hours."""
    recent = scope.store.scan(GOLDEN[scope.metric], first_day=today() - timedelta(days=31))
    latest = recent.select(pl.col("last_observed_at").max()).collect(engine="streaming").item()
    if latest is None:
        return Verdict(False, WARN, "Nothing was collected in the last month.")
    text = (
        f"Last look at {latest:%Y-%m-%d %H:%M} UTC. Looked at again by "
        f"{last_safe_day(utc_day(latest))}, no day is lost."
    )
    return Verdict(datetime.now(UTC) - latest < STALE_AFTER, WARN, text)


def table_healthy(scope: Scope) -> Verdict:
    """The table's log has no gap or broken commit, and its data files are all there."""
    return health(scope.store, GOLDEN[scope.metric])


def health(store: TrafficStore, table: Table) -> Verdict:
    """As `table_healthy`, of any table; reads the log's end and lists the files.

    An error is what readers fail on or silently miss; `github-traffic doctor` says more, and mends.
    """
    findings = examine(store.place(table), table, thorough=False)
    unhealthy = [finding for finding in findings if finding.severity > Severity.NOTE]
    grave = any(finding.severity is Severity.ERROR for finding in unhealthy)
    lines = [f"{one.damage}, {one.what}: {one.text}." for one in unhealthy]
    return Verdict(
        not unhealthy,
        ERROR if grave else WARN,
        " ".join([*lines, "See: github-traffic doctor"]) if lines else None,
        {"findings": len(unhealthy)},
    )
