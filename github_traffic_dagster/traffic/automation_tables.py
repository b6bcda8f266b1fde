"""The tables about automation's share of clones: what workflows checked out, and the estimate.

Both columns of checkouts are bounds, never a number: GitHub names the steps of a job, not what
they do. How they come about: `workflow_checkouts`; what follows for clones:
`clones_less_automation`.
"""

from github_traffic_dagster.traffic.table import (
    BIGINT,
    DATE,
    NAME_THEN,
    OBSERVED_AT,
    REPO_ID,
    RUN_ID,
    TEXT,
    TIMESTAMP,
    Column,
    MergeRule,
    Table,
)

_LOW = Column("checkouts_low", BIGINT, "At least so many clones by workflow runs")
_HIGH = Column("checkouts_high", BIGINT, "At most so many; null: runs were left unread, no limit")

WORKFLOW_CHECKOUTS = Table(
    name="raw_workflow_checkouts",
    grain="One row per look at the workflow runs of a repository's day; only grows",
    columns=(
        REPO_ID,
        NAME_THEN,
        Column("day", DATE, "Day (UTC) of the checkouts"),
        Column("workflow_runs", BIGINT, "Workflow runs under way on the day"),
        Column("workflow_runs_read", BIGINT, "Those of them whose steps were read"),
        Column("jobs", BIGINT, "Jobs of these that ran on the day, repeated ones each time"),
        Column("pages_builds", BIGINT, "Runs that were GitHub's own Pages builds; no job is read"),
        _LOW,
        _HIGH,
        OBSERVED_AT,
        RUN_ID,
    ),
    key=("repo_id", "day", "run_id"),
    optional=True,
)

_CLONES_NOW = "greatest(t.clones, s.clones)"
_LOW_NOW = f"greatest(t.{_LOW.name}, s.{_LOW.name})"
_HIGH_NOW = f"greatest(t.{_HIGH.name}, s.{_HIGH.name})"

ESTIMATE_RULE = MergeRule(
    when=" OR ".join(
        [
            *(
                f"coalesce(s.{column}, -1) > coalesce(t.{column}, -1)"
                for column in ("clones", _LOW.name, _HIGH.name)
            ),
            # 'complete' < 'partial': the lesser one is the surer one.
            "s.status < t.status",
            "s.checkouts_observed_at > t.checkouts_observed_at",
        ]
    ),
    # As in golden each column only ever grows; the estimate follows from them anew.
    updates={
        "clones": _CLONES_NOW,
        "status": "least(t.status, s.status)",
        _LOW.name: _LOW_NOW,
        _HIGH.name: _HIGH_NOW,
        "estimate_low": (
            f"CASE WHEN {_LOW_NOW} IS NULL THEN NULL "
            f"WHEN {_HIGH_NOW} IS NULL OR {_HIGH_NOW} > {_CLONES_NOW} THEN 0 "
            f"ELSE {_CLONES_NOW} - {_HIGH_NOW} END"
        ),
        "estimate_high": (
            f"CASE WHEN {_LOW_NOW} IS NULL THEN NULL "
            f"WHEN {_LOW_NOW} > {_CLONES_NOW} THEN 0 ELSE {_CLONES_NOW} - {_LOW_NOW} END"
        ),
        "checkouts_observed_at": "greatest(t.checkouts_observed_at, s.checkouts_observed_at)",
    },
)

CLONES_LESS_AUTOMATION = Table(
    name="clones_less_automation",
    grain="One row per repository and traffic day: an estimate of its clones without CI's",
    columns=(
        REPO_ID,
        Column("full_name", TEXT, "owner/name when first estimated"),
        Column("day", DATE, "Traffic day (UTC)"),
        Column("clones", BIGINT, "All clones of the day, as golden_clones had them"),
        Column("status", TEXT, "Of the clones: complete once settled, else partial"),
        _LOW,
        _HIGH,
        Column("estimate_low", BIGINT, "At least so many other clones; null: runs not looked at"),
        Column("estimate_high", BIGINT, "At most so many other clones; null: runs not looked at"),
        Column("checkouts_observed_at", TIMESTAMP, "Last look at the workflow runs (UTC), or null"),
    ),
    key=("repo_id", "day"),
    merge=ESTIMATE_RULE,
    optional=True,
)
