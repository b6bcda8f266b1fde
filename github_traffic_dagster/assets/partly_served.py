"""Runs over days of which GitHub serves only some: those are marked, and the step fails."""

from collections.abc import Mapping
from typing import Any

import dagster as dg


def record_days(
    context: dg.AssetExecutionContext,
    figures: Mapping[str, Mapping[str, Any]],
    metadata: Mapping[str, Any],
) -> None:
    """Mark the served days as materialized, although the step is going to fail for the others.

    Args:
        context: of the step, whose rows are stored.
        figures: of each served day, by its partition key.
        metadata: of the run.
    """
    for key, values in figures.items():
        context.log_event(
            dg.AssetMaterialization(
                context.asset_key, partition=key, metadata={**metadata, **values}
            )
        )
