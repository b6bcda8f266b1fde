"""SQL warehouses (https://docs.databricks.com/api/workspace/warehouses)."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from github_traffic_dagster_tests.databricks.workspace.answers import missing


class Warehouses:
    """The workspace's warehouses.

    Attributes:
        states: by id, as RUNNING or STOPPED.
    """

    def __init__(self) -> None:
        self.states = {"abc123": "RUNNING"}

    def require(self, warehouse_id: str) -> str:
        """The state of a warehouse that is there."""
        if warehouse_id not in self.states:
            raise missing(f"SQL warehouse {warehouse_id} does not exist.")
        return self.states[warehouse_id]

    def routes(self) -> list[Route]:
        return [Route("/api/2.0/sql/warehouses/{id}", self._get)]

    async def _get(self, request: Request) -> Response:
        warehouse_id = request.path_params["id"]
        state = self.require(warehouse_id)
        return JSONResponse({"id": warehouse_id, "name": "Starter", "state": state})
