"""`repos`: which repositories there are, as seen for each day of the run."""

from datetime import datetime, timedelta
from typing import Any

import dagster as dg
import polars as pl

from github_traffic_dagster.assets.collection import (
    OUTCOMES,
    as_records,
    call_cost,
    reasons,
    skipped_table,
)
from github_traffic_dagster.assets.days import requested_days, today
from github_traffic_dagster.assets.github_resource import GitHub
from github_traffic_dagster.assets.progress import Progress
from github_traffic_dagster.assets.ui_metadata import (
    OWNERS,
    add_partition_metadata,
    definition_metadata,
    per_day,
    table_value,
)
from github_traffic_dagster.github_api.inventory import Inventory, list_repositories
from github_traffic_dagster.github_api.outcomes import Reason
from github_traffic_dagster.step_failures import clear_failures
from github_traffic_dagster.traffic.listings import listing_frame
from github_traffic_dagster.traffic.tables import REPOS
from github_traffic_dagster.traffic.window import last_safe_day, utc_day

EXPIRY = "token_expiry"
EXPIRY_NOTICE = timedelta(days=14)


def repos_asset(partitions: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    """The asset `repos` over the given daily partitions."""

    @dg.asset(
        name=REPOS.name,
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
        description=(
            f"{REPOS.grain}. Stars, forks and open issues are only known for days on which the "
            "list was read that very day. Repositories without push access are listed too, with "
            "`traffic_access` false: GitHub shows their traffic to nobody else."
        ),
        group_name="github",
        kinds={"github", "deltalake"},
        owners=OWNERS,
        metadata=definition_metadata(REPOS),
    )
    def repos(
        context: dg.AssetExecutionContext,
        github: GitHub,
        progress: dg.ResourceParam[Progress],
    ) -> pl.DataFrame:
        days = requested_days(context)
        with clear_failures(), github.session(progress, context.log) as session:
            inventory = list_repositories(session, github.selection)
            expiry = expiry_warning(session.token_expires_at)
            cost = call_cost(session)
        if expiry:
            context.log.warning(expiry)
        _require_access(inventory)
        frame = listing_frame(inventory.repositories, first_day=days.first, last_day=days.last)
        context.add_output_metadata(_metadata(inventory, frame, expiry) | cost)
        add_partition_metadata(context, per_day(frame, days, {"repositories": pl.len()}))
        return frame

    return repos


def expiry_warning(expires_at: datetime | None) -> str | None:
    """What to say of a token that expires within two weeks, naming the last safe day."""
    if expires_at is None or utc_day(expires_at) > today() + EXPIRY_NOTICE:
        return None
    # The day's run may come after the hour of expiry: count on the day before only.
    last_look = utc_day(expires_at) - timedelta(days=1)
    return (
        f"The token expires at {expires_at:%Y-%m-%d %H:%M} UTC. Renew it and set GITHUB_TOKEN; "
        f"until {last_safe_day(last_look)} no day is lost."
    )


def _require_access(inventory: Inventory) -> None:
    """A run without anything to collect is not green."""
    if any(repository.traffic_access for repository in inventory.repositories):
        return
    found = reasons(inventory.skipped)
    raise dg.Failure(
        "There is no repository to collect"
        + (f": {'; '.join(found)}. " if found else ": the token sees none. ")
        + "The token's owner needs push access; GITHUB_TRAFFIC_ACCOUNTS, _INCLUDE and _EXCLUDE "
        "must leave some.",
        metadata={"skipped": skipped_table(inventory.skipped)},
    )


def _metadata(inventory: Inventory, frame: pl.DataFrame, expiry: str | None) -> dict[str, Any]:
    refused = [skip for skip in inventory.skipped if skip.reason is Reason.NO_PUSH_ACCESS]
    readable = sum(repository.traffic_access for repository in inventory.repositories)
    return {
        "repositories_listed": len(inventory.repositories),
        "repositories_to_collect": readable,
        "repositories_without_access": len(refused),
        "repositories_left_out": len(inventory.skipped) - len(refused),
        "skipped": skipped_table(inventory.skipped),
        "preview": table_value(frame.tail(10)),
        EXPIRY: expiry or "",
        OUTCOMES: dg.MetadataValue.json(
            {"to_collect": readable, "missed": as_records(inventory.skipped)}
        ),
    }
