"""`repos`: which repositories there are, as seen for each day of the run."""

from collections.abc import Sequence
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
from github_traffic_dagster.github_api.lines import AccountTrouble
from github_traffic_dagster.step_failures import clear_failures
from github_traffic_dagster.traffic.listings import listing_frame
from github_traffic_dagster.traffic.tables import REPOS
from github_traffic_dagster.traffic.window import last_safe_day, utc_day

EXPIRY = "token_expiry"
EXPIRY_NOTICE = timedelta(days=14)
REACHED = "accounts_reached"

_TOLD = 20


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
        with clear_failures(), github.conversation(progress, context.log) as talk:
            inventory = list_repositories(talk, github.selection)
            expiry = expiry_warning(talk.token_expires_at)
            cost = call_cost(talk.spending)
        unreached = unreached_warning(inventory.troubles)
        for warning in filter(None, (expiry, unreached)):
            context.log.warning(warning)
        _require_access(inventory)
        frame = listing_frame(inventory.repositories, first_day=days.first, last_day=days.last)
        context.add_output_metadata(
            _metadata(inventory, frame, expiry) | {REACHED: unreached or ""} | cost
        )
        add_partition_metadata(context, per_day(frame.lazy(), days, {"repositories": pl.len()}))
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


def unreached_warning(troubles: Sequence[AccountTrouble]) -> str | None:
    """What to say of accounts and credentials that can't be used, or not for traffic."""
    if not troubles:
        return None
    told = [f"{one.login}: {one.text}" if one.login else one.text for one in troubles[:_TOLD]]
    more = len(troubles) - len(told)
    rest = f" | and {more} more" if more else ""
    return f"Not all accounts can be collected. {' | '.join(told)}{rest}"


def _require_access(inventory: Inventory) -> None:
    """A run without anything to collect is not green."""
    if any(repository.traffic_access for repository in inventory.repositories):
        return
    found = reasons(inventory.skipped)
    raise dg.Failure(
        "There is no repository to collect"
        + (f": {'; '.join(found)}. " if found else ": token and App see none. ")
        + "The token's owner needs push access, an App Administration: read; "
        "GITHUB_TRAFFIC_ACCOUNTS, _INCLUDE and _EXCLUDE must leave some.",
        metadata={"skipped": skipped_table(inventory.skipped)},
    )


def _metadata(inventory: Inventory, frame: pl.DataFrame, expiry: str | None) -> dict[str, Any]:
    refused = [skip for skip in inventory.skipped if not skip.reason.deliberate]
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
