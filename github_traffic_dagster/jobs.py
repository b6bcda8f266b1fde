"""The job that does the daily work."""

import dagster as dg

COLLECT_TRAFFIC = dg.define_asset_job(
    "collect_traffic",
    selection=dg.AssetSelection.all(),
    # In one process: the multiprocess executor costs 16 s for two trivial steps.
    executor_def=dg.in_process_executor,
    description=(
        "Ask GitHub for the days of the range, in one run, and bring the golden tables up to date."
    ),
)
