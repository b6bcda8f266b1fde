"""Secret scopes (https://docs.databricks.com/api/workspace/secrets)."""

import base64

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from github_traffic_dagster_tests.databricks.workspace.answers import missing


class Secrets:
    """The workspace's secrets.

    Attributes:
        scopes: secrets by scope and key.
    """

    def __init__(self) -> None:
        self.scopes: dict[str, dict[str, str]] = {}

    def routes(self) -> list[Route]:
        return [
            Route("/api/2.0/secrets/list", self._list),
            Route("/api/2.0/secrets/get", self._get),
        ]

    async def _list(self, request: Request) -> Response:
        scope = self._scope(request)
        return JSONResponse({"secrets": [{"key": key} for key in scope]})

    async def _get(self, request: Request) -> Response:
        key = request.query_params["key"]
        value = self._scope(request).get(key)
        if value is None:
            raise missing(f"Secret {key} does not exist.")
        return JSONResponse({"key": key, "value": base64.b64encode(value.encode()).decode()})

    def _scope(self, request: Request) -> dict[str, str]:
        name = request.query_params["scope"]
        if name not in self.scopes:
            raise missing(f"Secret scope {name} does not exist!")
        return self.scopes[name]
