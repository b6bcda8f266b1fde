"""What the running run still has before it, by its own events."""

from collections.abc import Collection

import dagster as dg


def steps_to_come(context: dg.AssetExecutionContext, assets: Collection[str]) -> int:
    """How many of the assets' steps belong to this run and have not begun.

    Args:
        context: of a step of the run.
        assets: names, which are those of their steps too.
    """
    planned = _steps(context, dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED)
    begun = _steps(context, dg.DagsterEventType.STEP_START)
    return len((planned & set(assets)) - begun)


def _steps(context: dg.AssetExecutionContext, event: dg.DagsterEventType) -> set[str]:
    records = context.instance.get_records_for_run(context.run.run_id, of_type=event).records
    events = (record.event_log_entry.dagster_event for record in records)
    return {found.step_key for found in events if found and found.step_key}
