"""The tables: what one row is, its columns, key and how a write meets what is stored.

Five of them are views and clones; the others hold what GitHub shows only today (`SNAPSHOTS`), the
totals of whole windows (`WINDOW_TOTALS`), and what automation has to do with clones.
"""

from collections.abc import Mapping

from github_traffic_dagster.traffic.answers import Metric, Snapshot
from github_traffic_dagster.traffic.automation_tables import (
    CLONES_LESS_AUTOMATION,
    WORKFLOW_CHECKOUTS,
)
from github_traffic_dagster.traffic.table import (
    BIGINT,
    BOOLEAN,
    DATE,
    NAME_THEN,
    OBSERVED_AT,
    REPO_ID,
    RUN_ID,
    SQL_TYPES,
    TEXT,
    TIMESTAMP,
    Column,
    MergeRule,
    Table,
    polars_schema,
)

__all__ = [
    "BIGINT",
    "BOOLEAN",
    "CLONES_LESS_AUTOMATION",
    "COUNT",
    "DATE",
    "GOLDEN",
    "GOLDEN_COLUMNS",
    "GOLDEN_RULE",
    "NAME_THEN",
    "OBSERVED_AT",
    "RAW",
    "RAW_COLUMNS",
    "REPOS",
    "REPOS_RULE",
    "REPO_COLUMNS",
    "REPO_ID",
    "RUN_ID",
    "SNAPSHOTS",
    "SNAPSHOT_COLUMNS",
    "SQL_TYPES",
    "TABLES",
    "TEXT",
    "TIMESTAMP",
    "TRAFFIC_TABLES",
    "UNIQUES",
    "WINDOW_TOTALS",
    "WINDOW_TOTALS_COLUMNS",
    "WORKFLOW_CHECKOUTS",
    "Column",
    "MergeRule",
    "Table",
    "polars_schema",
]

COUNT = "of the traffic day, all visitors together"
UNIQUES = "Unique visitors of the day; can't be added up over days; null: an import lacked them"

REPO_COLUMNS = (
    Column("day", DATE, "The day (UTC) this row stands for"),
    REPO_ID,
    Column("owner", TEXT, "Login of the account that owns it"),
    Column("name", TEXT, "Name within the account"),
    Column("full_name", TEXT, "owner/name"),
    Column("private", BOOLEAN, "Visible only to those who were let in"),
    Column("fork", BOOLEAN, "A fork of another repository"),
    Column("archived", BOOLEAN, "Read-only"),
    Column("created_at", TIMESTAMP, "When it came to be (UTC); it has no traffic before"),
    Column("stargazers", BIGINT, "Stars; null unless looked at on this very day"),
    Column("forks", BIGINT, "Forks; null unless looked at on this very day"),
    Column("open_issues", BIGINT, "Open issues and pull requests; null unless of this very day"),
    Column("traffic_access", BOOLEAN, "The token may push, which reading traffic needs"),
    OBSERVED_AT,
)

RAW_COLUMNS = (
    REPO_ID,
    NAME_THEN,
    Column("day", DATE, "Traffic day (UTC)"),
    Column("count", BIGINT, f"Number {COUNT}"),
    Column("uniques", BIGINT, UNIQUES),
    Column(
        "observed_at",
        TIMESTAMP,
        "When GitHub answered (UTC, GitHub's clock); of imports the day's start, unless proven",
    ),
    Column("run_id", TEXT, "Dagster run that observed it, or what an import said"),
    Column(
        "source",
        TEXT,
        "github, github_oldest (maybe truncated), github_zero (no entry), import:TOOL",
    ),
)

GOLDEN_COLUMNS = (
    REPO_ID,
    Column("full_name", TEXT, "owner/name by today's knowledge, on all days"),
    Column("day", DATE, "Traffic day (UTC)"),
    Column("count", BIGINT, f"Greatest number observed {COUNT}"),
    Column("uniques", BIGINT, UNIQUES),
    Column("status", TEXT, "complete once settled (looked at 2 days after its end), else partial"),
    Column("first_observed_at", TIMESTAMP, "First observation (UTC)"),
    Column("last_observed_at", TIMESTAMP, "Latest observation (UTC)"),
    Column("observations", BIGINT, "How many observations stand behind this row"),
)

WINDOW_TOTALS_COLUMNS = (
    REPO_ID,
    NAME_THEN,
    Column("day", DATE, "Day (UTC) of the look: GitHub's clock, not a traffic day"),
    Column("metric", TEXT, "views or clones"),
    Column("window_first_day", DATE, "Oldest traffic day of the window; it may be truncated"),
    Column("window_last_day", DATE, "Newest traffic day that the answer surely speaks about"),
    Column("count", BIGINT, "Number in the whole window, all visitors together"),
    Column("uniques", BIGINT, "Unique visitors of the whole window; no sum of days gives it"),
    OBSERVED_AT,
    RUN_ID,
)

_SHOWN_COUNT = Column("count", BIGINT, "Views in the two weeks before; never to be subtracted")
_SHOWN_UNIQUES = Column("uniques", BIGINT, "Unique visitors in these two weeks; can't be added up")

SNAPSHOT_COLUMNS: Mapping[Snapshot, tuple[Column, ...]] = {
    Snapshot.REFERRERS: (
        Column("referrer", TEXT, "Site that visitors came from, as GitHub names it"),
        _SHOWN_COUNT,
        _SHOWN_UNIQUES,
    ),
    Snapshot.PATHS: (
        Column("path", TEXT, "Page, as GitHub gave it: /owner/name/..."),
        Column("path_in_repository", TEXT, "The same without /owner/name: survives renames"),
        Column("title", TEXT, "The page's title"),
        _SHOWN_COUNT,
        _SHOWN_UNIQUES,
    ),
    Snapshot.RELEASES: (
        Column("release_id", BIGINT, "GitHub's numeric id of the release"),
        Column("tag", TEXT, "The release's tag"),
        Column("published_at", TIMESTAMP, "When it was published (UTC); null for a draft"),
        Column("asset_id", BIGINT, "GitHub's numeric id of the file; null: no files"),
        Column("asset_name", TEXT, "The file's name"),
        Column("downloads", BIGINT, "Downloads of the file since it was uploaded"),
    ),
}
"""What a snapshot says of each entry; before them stand the repository, the day and the rank."""

_SEEN_THAT_DAY = "CAST({0}.observed_at AS DATE) = {0}.day"

REPOS_RULE = MergeRule(
    # A look on the day itself beats every later one; among equals the later look wins.
    when=(
        f"({_SEEN_THAT_DAY.format('s')} AND NOT ({_SEEN_THAT_DAY.format('t')})) OR "
        f"(({_SEEN_THAT_DAY.format('s')}) = ({_SEEN_THAT_DAY.format('t')}) "
        "AND s.observed_at > t.observed_at)"
    ),
    updates={
        column.name: f"s.{column.name}"
        for column in REPO_COLUMNS
        if column.name not in {"day", "repo_id"}
    },
)

GOLDEN_RULE = MergeRule(
    when=(
        # An import may know a day's count and not its uniques: null, less than any number.
        "s.count > t.count OR s.uniques > coalesce(t.uniques, -1) OR s.status < t.status "
        "OR s.first_observed_at < t.first_observed_at "
        "OR s.last_observed_at > t.last_observed_at OR s.observations > t.observations"
    ),
    # Each column only ever grows (or, for the first look and the name of the status, shrinks):
    # order, repetition and concurrency of merges cannot matter.
    updates={
        "count": "greatest(t.count, s.count)",
        "uniques": "greatest(t.uniques, s.uniques)",
        # 'complete' < 'partial': the lesser one is the surer one.
        "status": "least(t.status, s.status)",
        "first_observed_at": "least(t.first_observed_at, s.first_observed_at)",
        "last_observed_at": "greatest(t.last_observed_at, s.last_observed_at)",
        "observations": "greatest(t.observations, s.observations)",
    },
)

REPOS = Table(
    name="repos",
    grain="One row per repository and day: the repository as it was seen for that day",
    columns=REPO_COLUMNS,
    key=("day", "repo_id"),
    merge=REPOS_RULE,
)


def _raw(metric: Metric) -> Table:
    return Table(
        name=f"raw_{metric}",
        grain=f"One row per observation of a repository's {metric} on a traffic day; only grows",
        columns=RAW_COLUMNS,
        key=("repo_id", "day", "run_id"),
    )


def _golden(metric: Metric) -> Table:
    return Table(
        name=f"golden_{metric}",
        grain=f"One row per repository and traffic day: the best knowledge of its {metric}",
        columns=GOLDEN_COLUMNS,
        key=("repo_id", "day"),
        merge=GOLDEN_RULE,
    )


def _snapshot(kind: Snapshot, name: str, entry: str) -> Table:
    return Table(
        name=name,
        grain=f"One row per repository, look and {entry}, as GitHub showed it that day; only grows",
        columns=(
            REPO_ID,
            NAME_THEN,
            Column("day", DATE, "Day (UTC) of the snapshot; a day's latest look is the day's"),
            Column("rank", BIGINT, "Place in GitHub's list, from 1; 0: the list was empty"),
            *SNAPSHOT_COLUMNS[kind],
            OBSERVED_AT,
            RUN_ID,
        ),
        key=("repo_id", "day", "run_id", "rank"),
        optional=True,
    )


RAW = {metric: _raw(metric) for metric in Metric}
GOLDEN = {metric: _golden(metric) for metric in Metric}
TRAFFIC_TABLES: tuple[Table, ...] = (REPOS, *RAW.values(), *GOLDEN.values())
"""Views and clones, and whose they are: what the daily run is there for."""

WINDOW_TOTALS = Table(
    name="raw_window_totals",
    grain="One row per look at a repository's window of views or clones: its totals; only grows",
    columns=WINDOW_TOTALS_COLUMNS,
    key=("repo_id", "day", "metric", "run_id"),
    # Stores of the first release have none until their next run.
    optional=True,
)
SNAPSHOTS: Mapping[Snapshot, Table] = {
    Snapshot.REFERRERS: _snapshot(Snapshot.REFERRERS, "raw_referrers", "referring site"),
    Snapshot.PATHS: _snapshot(Snapshot.PATHS, "raw_paths", "popular page"),
    Snapshot.RELEASES: _snapshot(Snapshot.RELEASES, "raw_release_downloads", "file of a release"),
}
TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        *TRAFFIC_TABLES,
        WINDOW_TOTALS,
        *SNAPSHOTS.values(),
        WORKFLOW_CHECKOUTS,
        CLONES_LESS_AUTOMATION,
    )
}
