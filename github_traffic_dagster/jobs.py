"""The job that does the daily work."""

import dagster as dg

JOB_NAME = "collect_traffic"


def collection_job(partitions: dg.PartitionsDefinition[str]) -> dg.UnresolvedAssetJobDefinition:
    """All five assets and their checks, for one day or a range of days in one run.

    In one process: the multiprocess executor costs 16 s for two trivial steps.
    """
    return dg.define_asset_job(
        JOB_NAME,
        selection=dg.AssetSelection.all(),
        partitions_def=partitions,
        executor_def=dg.in_process_executor,
        description="Ask GitHub for the days of the range and bring golden up to date.",
    )
