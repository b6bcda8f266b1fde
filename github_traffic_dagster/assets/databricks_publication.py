"""`databricks_tables`: the tables, views and the dashboard in a Databricks workspace.

It is not partitioned: what lies in the workspace shows the tables of the store, all their days.
"""

import dagster as dg

from github_traffic_dagster.assets.ui_metadata import OWNERS
from github_traffic_dagster.databricks.publishing import (
    PERHAPS_PUBLISHED,
    PUBLISHED,
    Publication,
    publish,
)
from github_traffic_dagster.databricks.statements import Warehouse
from github_traffic_dagster.databricks.workspace import Workspace
from github_traffic_dagster.errors import SettingError
from github_traffic_dagster.io_manager import TrafficStore
from github_traffic_dagster.settings import load_settings
from github_traffic_dagster.step_failures import clear_failures

NAME = "databricks_tables"
DASHBOARD = "dashboard"


def databricks_publication() -> dg.AssetsDefinition:
    """The asset `databricks_tables`, downstream of the tables it publishes."""

    @dg.asset(
        name=NAME,
        deps=[table.name for table in PUBLISHED],
        description=(
            "The tables in Unity Catalog, over the files where they lie, with their comments and "
            "keys; views for analysts; the dashboard. Only what differs is written: on most days "
            "that is nothing, and no SQL warehouse is started."
        ),
        group_name="databricks",
        kinds={"databricks", "sql"},
        owners=OWNERS,
    )
    def databricks_tables(
        context: dg.AssetExecutionContext, store: TrafficStore
    ) -> dg.MaterializeResult[None]:
        with clear_failures():
            done = _publish(store)
        for note in done.notes:
            context.log.warning(note)
        return dg.MaterializeResult(
            metadata={
                "catalog_page": dg.MetadataValue.url(done.catalog_url),
                DASHBOARD: dg.MetadataValue.url(done.dashboard_url),
                "workspace": done.host,
                "tables": len(done.tables),
                "views": len(done.views),
                "statements": done.statements,
                "changes": dg.MetadataValue.md(_listed(done.changes) or "none"),
                "notes": dg.MetadataValue.md(_listed(done.notes) or "none"),
            }
        )

    return databricks_tables


def _publish(store: TrafficStore) -> Publication:
    """Publish by the settings; credentials are read here, so that they are in no resource."""
    settings = load_settings().publication()
    if settings is None:
        raise SettingError("GITHUB_TRAFFIC_CATALOG is not set any more: load the code again.")
    workspace = Workspace(settings.access.host, settings.access.credentials)
    target = settings.target
    warehouse = Warehouse(workspace, target.warehouse_id, target.namespace)
    places = {table.name: store.place(table) for table in PERHAPS_PUBLISHED}
    return publish(workspace, target, places, warehouse)


def _listed(lines: tuple[str, ...]) -> str:
    return "\n".join(f"- {line}" for line in lines)
