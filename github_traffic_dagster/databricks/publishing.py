"""Publish the store in a Databricks workspace: tables, views, dashboard.

Each part is looked at first and only changed where it differs, so that a day on which nothing is
new costs some requests and no time of a warehouse.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from github_traffic_dagster.databricks.dashboard import serialized
from github_traffic_dagster.databricks.dashboards import DashboardFolder, PublishedDashboard
from github_traffic_dagster.databricks.registration import Registrar
from github_traffic_dagster.databricks.sql_library import View, views
from github_traffic_dagster.databricks.statements import Warehouse
from github_traffic_dagster.databricks.target import Namespace, Target
from github_traffic_dagster.databricks.workspace import Workspace
from github_traffic_dagster.errors import TableMissingError, WorkspaceError
from github_traffic_dagster.sql_quoting import literal
from github_traffic_dagster.store.opening import open_table
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.traffic.tables import CLONES_LESS_AUTOMATION, GOLDEN, REPOS, Table

PUBLISHED: Final = (REPOS, *GOLDEN.values())
"""The tables that Databricks is shown; the raw ones are the pipeline's own."""

PUBLISHED_IF_THERE: Final = (CLONES_LESS_AUTOMATION,)
"""Shown too, where a setting has asked for them."""

PERHAPS_PUBLISHED: Final = (*PUBLISHED, *PUBLISHED_IF_THERE)

TEXT_PROPERTY: Final = "github_traffic.text"
"""A view's property that holds the hash of the statement that made it."""


@dataclass(frozen=True, slots=True)
class Publication:
    """What is published now.

    Attributes:
        host: the workspace's host name.
        catalog_url: the page of the schema in Catalog Explorer.
        dashboard_url: the published dashboard; empty where something else deploys it.
        tables: their names.
        views: their names.
        statements: how many the warehouse ran.
        changes: what is new, in words; empty where all was there.
        notes: what is missing, and why.
    """

    host: str
    catalog_url: str
    dashboard_url: str
    tables: tuple[str, ...]
    views: tuple[str, ...]
    statements: int
    changes: tuple[str, ...]
    notes: tuple[str, ...]


def publish(
    workspace: Workspace, target: Target, places: Mapping[str, Place], warehouse: Warehouse
) -> Publication:
    """Publish tables, views and dashboard; whatever is there already is left as it is.

    Args:
        workspace: where to.
        target: under which names.
        places: where the store's tables lie, by name: those of `PERHAPS_PUBLISHED`.
        warehouse: the target's warehouse, with the target's namespace.

    Raises:
        SettingError: Databricks can't see the store.
        StoreError: a table could not be read.
        StatementError: a statement failed.
        WorkspaceError: a request failed, or something else goes by one of our names.
    """
    _look_up_warehouse(workspace, target.warehouse_id)
    registrar = Registrar(workspace, warehouse, target.namespace, places)
    tables = (*PUBLISHED, *(one for one in PUBLISHED_IF_THERE if _is_there(places, one)))
    registered = registrar.register(tables)
    wanted = views()
    renewed = _renew_views(workspace, warehouse, target.namespace, wanted)
    namespace = target.namespace
    dashboard = PublishedDashboard(url="", changes=())
    if target.dashboard_folder is not None:
        folder = DashboardFolder(workspace, target.dashboard_folder, target.warehouse_id)
        dashboard = folder.publish(serialized(namespace.catalog, namespace.schema))
    return Publication(
        host=workspace.name,
        catalog_url=f"{workspace.host}/explore/data/{namespace.catalog}/{namespace.schema}",
        dashboard_url=dashboard.url,
        tables=tuple(table.name for table in tables),
        views=tuple(view.name for view in wanted),
        statements=warehouse.statements,
        changes=(*registered.changes, *renewed, *dashboard.changes),
        notes=tuple(registered.notes),
    )


def _is_there(places: Mapping[str, Place], table: Table) -> bool:
    try:
        open_table(places[table.name], table)
    except TableMissingError:
        return False
    return True


def _look_up_warehouse(workspace: Workspace, warehouse_id: str) -> None:
    """Refuse a warehouse that is not there before anything is done.

    https://docs.databricks.com/api/workspace/warehouses/get
    """
    doing = f"find the SQL warehouse {warehouse_id} (DATABRICKS_WAREHOUSE_ID)"
    with workspace.faults(doing):
        found = workspace.client.warehouses.get(warehouse_id)
    if found.state and found.state.value in {"DELETED", "DELETING"}:
        raise WorkspaceError(
            f"The SQL warehouse {warehouse_id} in {workspace.name} was deleted: set "
            "DATABRICKS_WAREHOUSE_ID to another one."
        )


def _renew_views(
    workspace: Workspace, warehouse: Warehouse, namespace: Namespace, wanted: tuple[View, ...]
) -> list[str]:
    """Create or replace the views whose text is new.

    https://docs.databricks.com/sql/language-manual/sql-ref-syntax-ddl-alter-view.html
    """
    with workspace.faults(f"list what is in {namespace}"):
        listed = workspace.client.tables.list(
            namespace.catalog, namespace.schema, omit_columns=True
        )
        known = {str(one.name): (one.properties or {}).get(TEXT_PROPERTY) for one in listed}
    changes: list[str] = []
    for view in wanted:
        text = hashlib.sha256(view.text.encode()).hexdigest()
        # What builds on a new view is made anew as well: it may have other columns.
        if changes or known.get(view.name) != text:
            warehouse.execute(view.text)
            warehouse.execute(
                f"ALTER VIEW {namespace.object(view.name)} SET TBLPROPERTIES "
                f"({literal(TEXT_PROPERTY)} = {literal(text)})"
            )
            changes.append(f"view {view.name} written")
    return changes
