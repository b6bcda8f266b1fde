"""Dashboards, and the workspace's folders that hold them.

https://docs.databricks.com/api/workspace/lakeview, https://docs.databricks.com/api/workspace/workspace
"""

import json
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from github_traffic_dagster_tests.databricks.workspace.answers import (
    RefusalError,
    body_of,
    invalid,
    missing,
)
from github_traffic_dagster_tests.databricks.workspace.warehouses import Warehouses

_FIELDS = {
    "display_name": str,
    "parent_path": str,
    "serialized_dashboard": str,
    "warehouse_id": str,
    "etag": str,
}
_PUBLISH_FIELDS = {"embed_credentials": bool, "warehouse_id": str}


def _now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


@dataclass
class Draft:
    """A dashboard as it is edited, and as people see it."""

    parent_path: str
    display_name: str = "New Dashboard"
    serialized_dashboard: str = "{}"
    warehouse_id: str = ""
    dashboard_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    etag: int = 1
    update_time: str = field(default_factory=_now)
    published: dict[str, Any] | None = None

    @property
    def path(self) -> str:
        return f"{self.parent_path.rstrip('/')}/{self.display_name}.lvdash.json"

    def shown(self) -> dict[str, Any]:
        return {
            "dashboard_id": self.dashboard_id,
            "display_name": self.display_name,
            "parent_path": self.parent_path,
            "path": self.path,
            # The workspace keeps the content, not the text.
            "serialized_dashboard": json.dumps(json.loads(self.serialized_dashboard), indent=1),
            "warehouse_id": self.warehouse_id,
            "etag": str(self.etag),
            "update_time": self.update_time,
            "lifecycle_state": "ACTIVE",
        }


class Lakeview:
    """The workspace's dashboards.

    Attributes:
        drafts: by id.
        folders: that are there.
        others: paths of objects that are no dashboards, with their types.
    """

    def __init__(self, warehouses: Warehouses) -> None:
        self.drafts: dict[str, Draft] = {}
        self.folders = {"/", "/Shared", "/Users"}
        self.others: dict[str, str] = {}
        self._warehouses = warehouses

    def routes(self) -> list[Route]:
        path = "/api/2.0/lakeview/dashboards"
        return [
            Route(path, self._create, methods=["POST"]),
            Route(path, self._list, methods=["GET"]),
            Route(f"{path}/{{id}}", self._get, methods=["GET"]),
            Route(f"{path}/{{id}}", self._update, methods=["PATCH"]),
            Route(f"{path}/{{id}}/published", self._publish, methods=["POST"]),
            Route(f"{path}/{{id}}/published", self._get_published, methods=["GET"]),
            Route("/api/2.0/workspace/get-status", self._status, methods=["GET"]),
            Route("/api/2.0/workspace/mkdirs", self._make_folders, methods=["POST"]),
        ]

    async def _create(self, request: Request) -> Response:
        body = await self._checked(request)
        body.pop("etag", None)
        folder = _without_prefix(body.pop("parent_path", "/Users"))
        if folder not in self.folders:
            raise missing(f"Path ({folder}) doesn't exist.")
        draft = Draft(folder, **body)
        if any(one.path == draft.path for one in self.drafts.values()) or draft.path in self.others:
            raise RefusalError(
                400,
                "ALREADY_EXISTS",
                f"Unable to register dashboard. Caused by Node named '{draft.path}' already exists",
            )
        self.drafts[draft.dashboard_id] = draft
        return JSONResponse(draft.shown())

    async def _list(self, request: Request) -> Response:
        shown = [
            {"dashboard_id": one.dashboard_id, "display_name": one.display_name}
            for one in self.drafts.values()
        ]
        return JSONResponse({"dashboards": shown})

    async def _get(self, request: Request) -> Response:
        return JSONResponse(self._find(request).shown())

    async def _update(self, request: Request) -> Response:
        draft = self._find(request)
        body = await self._checked(request)
        if body.pop("etag", str(draft.etag)) != str(draft.etag):
            raise RefusalError(409, "ABORTED", "The dashboard has been modified since it was read.")
        if "parent_path" in body:
            raise invalid("parent_path can't be changed")
        for name, value in body.items():
            setattr(draft, name, value)
        draft.etag += 1
        draft.update_time = _now()
        return JSONResponse(draft.shown())

    async def _publish(self, request: Request) -> Response:
        draft = self._find(request)
        body = await body_of(request, _PUBLISH_FIELDS)
        warehouse_id = body.get("warehouse_id") or draft.warehouse_id
        self._warehouses.require(warehouse_id)
        draft.published = {
            "display_name": draft.display_name,
            "embed_credentials": body.get("embed_credentials", True),
            "warehouse_id": warehouse_id,
            "revision_create_time": _now(),
        }
        return JSONResponse(draft.published)

    async def _get_published(self, request: Request) -> Response:
        published = self._find(request).published
        if published is None:
            raise missing("The dashboard has no published version.")
        return JSONResponse(published)

    async def _status(self, request: Request) -> Response:
        path = _without_prefix(request.query_params["path"])
        if path in self.folders:
            return JSONResponse({"path": path, "object_type": "DIRECTORY"})
        if path in self.others:
            return JSONResponse({"path": path, "object_type": self.others[path]})
        for draft in self.drafts.values():
            if draft.path == path:
                kind = {"object_type": "DASHBOARD", "resource_id": draft.dashboard_id}
                return JSONResponse({"path": path, **kind})
        raise missing(f"Path ({path}) doesn't exist.")

    async def _make_folders(self, request: Request) -> Response:
        body = await body_of(request, {"path": str})
        parts = _without_prefix(body["path"]).strip("/").split("/")
        self.folders |= {"/" + "/".join(parts[:length]) for length in range(1, len(parts) + 1)}
        return JSONResponse({})

    async def _checked(self, request: Request) -> dict[str, Any]:
        body = await body_of(request, _FIELDS)
        if "serialized_dashboard" in body:
            try:
                json.loads(body["serialized_dashboard"])
            except json.JSONDecodeError:
                raise invalid("serialized_dashboard is no JSON") from None
        return body

    def _find(self, request: Request) -> Draft:
        wanted = request.path_params["id"]
        if wanted not in self.drafts:
            raise missing(f"Dashboard {wanted} does not exist.")
        return self.drafts[wanted]


def _without_prefix(path: str) -> str:
    return path.removeprefix("/Workspace") or "/"
