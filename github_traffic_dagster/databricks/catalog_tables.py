"""What Unity Catalog has under a table's name, and whether that is our table.

https://docs.databricks.com/api/workspace/tables/get
"""

from typing import TYPE_CHECKING

from github_traffic_dagster.databricks.target import Namespace
from github_traffic_dagster.databricks.workspace import Workspace
from github_traffic_dagster.store.place import Place

if TYPE_CHECKING:
    from databricks.sdk.service.catalog import TableInfo


def look_up(workspace: Workspace, namespace: Namespace, name: str) -> "TableInfo | None":
    """What goes by a name in a schema, or None where nothing does.

    Raises:
        WorkspaceError: the request failed.
    """
    from databricks.sdk.errors import NotFound  # noqa: PLC0415 - an extra

    full_name = f"{namespace}.{name}"
    with workspace.faults(f"look up the table {full_name}"):
        try:
            return workspace.client.tables.get(full_name)
        except NotFound:
            return None


def kind(found: "TableInfo") -> str:
    """EXTERNAL for a table over a place, else MANAGED, VIEW, ..."""
    return found.table_type.value if found.table_type else ""


def is_over(found: "TableInfo", place: Place) -> bool:
    """Whether it is an external table over this very place."""
    return kind(found) == "EXTERNAL" and _plain(found.storage_location or "") == _plain(place.uri)


def _plain(location: str) -> str:
    """A location without what makes no difference."""
    return location.replace("s3a://", "s3://", 1).rstrip("/")
