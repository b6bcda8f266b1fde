"""The dashboard in the workspace: created once, from then on updated where it lies.

It is found by its path, so no id has to be remembered.
https://docs.databricks.com/api/workspace/lakeview
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from github_traffic_dagster.databricks.workspace import Workspace
from github_traffic_dagster.errors import WorkspaceError

if TYPE_CHECKING:
    from databricks.sdk.service.dashboards import Dashboard

TITLE: Final = "GitHub traffic"
_SUFFIX: Final = ".lvdash.json"


@dataclass(frozen=True, slots=True)
class PublishedDashboard:
    """The dashboard as people open it.

    Attributes:
        url: where it is.
        changes: what is new, in words.
    """

    url: str
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DashboardFolder:
    """A folder of the workspace that holds the dashboard.

    Attributes:
        workspace: whose folder.
        folder: its path, with or without /Workspace in front.
        warehouse_id: what runs the dashboard's queries.
    """

    workspace: Workspace
    folder: str
    warehouse_id: str

    def publish(self, definition: str) -> PublishedDashboard:
        """Create or update the dashboard, and publish it with its readers' own rights.

        Args:
            definition: what it shows, as the content of a .lvdash.json file.

        Raises:
            WorkspaceError: a request failed, or something else lies at its path.
        """
        from databricks.sdk.service.dashboards import Dashboard  # noqa: PLC0415 - an extra

        wanted = Dashboard(
            display_name=TITLE,
            parent_path=self._folder,
            serialized_dashboard=definition,
            warehouse_id=self.warehouse_id,
        )
        found = self._find()
        changes = []
        if found is None:
            found = self._create(wanted)
            changes.append("dashboard created")
        elif not _same(found, wanted):
            found = self._update(found, wanted)
            changes.append("dashboard updated")
        if changes or not self._is_published(found):
            with self.workspace.faults("publish the dashboard"):
                self.workspace.client.lakeview.publish(
                    str(found.dashboard_id), embed_credentials=False, warehouse_id=self.warehouse_id
                )
            changes.append("dashboard published")
        url = f"{self.workspace.host}/dashboardsv3/{found.dashboard_id}/published"
        return PublishedDashboard(url=url, changes=tuple(changes))

    @property
    def _folder(self) -> str:
        """The path as the API gives it back."""
        return self.folder.removeprefix("/Workspace") or "/"

    @property
    def _path(self) -> str:
        return f"{self._folder.rstrip('/')}/{TITLE}{_SUFFIX}"

    def _find(self) -> "Dashboard | None":
        from databricks.sdk.errors import NotFound  # noqa: PLC0415 - an extra

        with self.workspace.faults(f"look up the dashboard {self._path}"):
            try:
                status = self.workspace.client.workspace.get_status(self._path)
            except NotFound:
                return None
            kind = status.object_type.value if status.object_type else ""
            if kind == "DASHBOARD":
                return self.workspace.client.lakeview.get(str(status.resource_id))
        raise WorkspaceError(
            f"{self._path} in {self.workspace.name} is a {kind or 'thing'}, not our dashboard. It "
            "was left as it is: move it away, or choose another GITHUB_TRAFFIC_DASHBOARD_FOLDER."
        )

    def _create(self, wanted: "Dashboard") -> "Dashboard":
        """Create it; a request that was repeated, or another run, may have been first."""
        from databricks.sdk.errors import BadRequest, ResourceConflict  # noqa: PLC0415 - an extra

        with self.workspace.faults(f"create the dashboard {self._path}"):
            self.workspace.client.workspace.mkdirs(self._folder)
            try:
                return self.workspace.client.lakeview.create(wanted)
            except (BadRequest, ResourceConflict):
                there = self._find()
                if there is None:
                    raise
        return there if _same(there, wanted) else self._update(there, wanted)

    def _update(self, found: "Dashboard", wanted: "Dashboard") -> "Dashboard":
        """Update it, unless somebody else did so just now."""
        from databricks.sdk.service.dashboards import Dashboard  # noqa: PLC0415 - an extra

        update = Dashboard(
            display_name=wanted.display_name,
            serialized_dashboard=wanted.serialized_dashboard,
            warehouse_id=wanted.warehouse_id,
            etag=found.etag,
        )
        with self.workspace.faults(f"update the dashboard {self._path}"):
            return self.workspace.client.lakeview.update(str(found.dashboard_id), update)

    def _is_published(self, draft: "Dashboard") -> bool:
        """Whether people see the draft as it is now; a publish may have died half-way."""
        from databricks.sdk.errors import NotFound  # noqa: PLC0415 - an extra

        with self.workspace.faults("look up the published dashboard"):
            try:
                seen = self.workspace.client.lakeview.get_published(str(draft.dashboard_id))
            except NotFound:
                return False
        same = (seen.warehouse_id, bool(seen.embed_credentials)) == (self.warehouse_id, False)
        if not (same and seen.revision_create_time and draft.update_time):
            return same
        return datetime.fromisoformat(seen.revision_create_time) >= datetime.fromisoformat(
            draft.update_time
        )


def _same(found: "Dashboard", wanted: "Dashboard") -> bool:
    """Whether nothing needs to be written; the order of keys is the workspace's own."""
    contents = [json.loads(one.serialized_dashboard or "{}") for one in (found, wanted)]
    return contents[0] == contents[1] and (found.display_name, found.warehouse_id) == (
        wanted.display_name,
        wanted.warehouse_id,
    )
