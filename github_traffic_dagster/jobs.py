"""The jobs: the daily work on views and clones; beside it the snapshots, and what CI clones."""

from collections.abc import Collection

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import (
    UnresolvedAssetJobDefinition,
)

from github_traffic_dagster.assets.automation import AUTOMATION_GROUP
from github_traffic_dagster.assets.snapshots import SNAPSHOT_GROUP
from github_traffic_dagster.traffic.answers import Snapshot
from github_traffic_dagster.traffic.tables import (
    CLONES_LESS_AUTOMATION,
    REPOS,
    SNAPSHOTS,
    WORKFLOW_CHECKOUTS,
)

COLLECT_TRAFFIC = dg.define_asset_job(
    "collect_traffic",
    # All that is made of views and clones; the other groups have jobs of their own.
    selection=dg.AssetSelection.all().materializable()
    - dg.AssetSelection.groups(SNAPSHOT_GROUP, AUTOMATION_GROUP),
    # In one process: the multiprocess executor costs 16 s for two trivial steps.
    executor_def=dg.in_process_executor,
    description=(
        "Ask GitHub for the days of the range, in one run, and bring the golden tables up to date."
    ),
)

COLLECT_SNAPSHOTS = "collect_snapshots"
COUNT_CHECKOUTS = "count_checkouts"


def snapshot_job(kinds: Collection[Snapshot]) -> UnresolvedAssetJobDefinition:
    """The job that looks at what GitHub shows only today.

    Args:
        kinds: what is looked at; not empty.
    """
    # The list is read again: names older than an hour would each cost a request to confirm.
    names = [REPOS.name, *(SNAPSHOTS[kind].name for kind in kinds)]
    return dg.define_asset_job(
        COLLECT_SNAPSHOTS,
        selection=dg.AssetSelection.assets(*names),
        executor_def=dg.in_process_executor,
        description=f"Keep what GitHub shows only as it is today: {', '.join(kinds)}.",
    )


def automation_job() -> UnresolvedAssetJobDefinition:
    """The job that counts what workflow runs cloned; only to be defined with its assets."""
    names = [REPOS.name, WORKFLOW_CHECKOUTS.name, CLONES_LESS_AUTOMATION.name]
    return dg.define_asset_job(
        COUNT_CHECKOUTS,
        selection=dg.AssetSelection.assets(*names),
        executor_def=dg.in_process_executor,
        description=(
            "Count the checkouts of workflow runs on the days of the range that have ended, and "
            "estimate what is left of the clones without them."
        ),
    )
