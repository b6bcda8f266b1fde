"""The workspace as a real HTTP server in a thread of this process."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterable
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute
from starlette.types import Message, Receive, Scope, Send

from github_traffic_dagster.demo_github.answers import Answer, Delivery
from github_traffic_dagster.demo_github.wire import BreakableProtocol, deliver
from github_traffic_dagster_tests.databricks.workspace.answers import RefusalError
from github_traffic_dagster_tests.databricks.workspace.faults import (
    Answered,
    Dropped,
    Page,
    Planned,
    RequestFault,
    Slow,
)
from github_traffic_dagster_tests.databricks.workspace.lakeview import Lakeview
from github_traffic_dagster_tests.databricks.workspace.oauth import OAuth
from github_traffic_dagster_tests.databricks.workspace.secrets import Secrets
from github_traffic_dagster_tests.databricks.workspace.sql_engine import SqlEngine
from github_traffic_dagster_tests.databricks.workspace.statement_execution import (
    StatementExecution,
)
from github_traffic_dagster_tests.databricks.workspace.unity_catalog import UnityCatalog
from github_traffic_dagster_tests.databricks.workspace.warehouses import Warehouses

TOKEN = "dapi0123456789abcdef0123456789abcdef"
WAREHOUSE = "abc123"


class SimulatedWorkspace:
    """A workspace with one token and one warehouse.

    Attributes:
        requests: method and path of everything that was asked, in order.
        errors: mistakes of this server; a test that meets one fails when it ends.
    """

    def __init__(
        self, new_session: Callable[[], Any], more_routes: Iterable[BaseRoute] = ()
    ) -> None:
        """Make it; `start` lets it listen.

        Args:
            new_session: begins a session of Spark, for the statements that need one.
            more_routes: other APIs of the workspace.
        """
        self.tokens = {TOKEN}
        self.oauth = OAuth(self.tokens)
        self.unity_catalog = UnityCatalog()
        self.warehouses = Warehouses()
        self.engine = SqlEngine(self.unity_catalog, new_session)
        self.sql = StatementExecution(self.engine, self.warehouses)
        self.lakeview = Lakeview(self.warehouses)
        self.secrets = Secrets()
        self.requests: list[tuple[str, str]] = []
        self.errors: list[Exception] = []
        self._faults: list[Planned] = []
        parts = (
            self.oauth,
            self.unity_catalog,
            self.warehouses,
            self.sql,
            self.lakeview,
            self.secrets,
        )
        self._routes = Starlette(
            routes=[*(route for part in parts for route in part.routes()), *more_routes],
            exception_handlers={RefusalError: _refuse, 404: _unknown_path},
        )
        self._port = 0
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def fail(
        self,
        fault: RequestFault,
        path: str = "/",
        *,
        method: str = "",
        times: int | None = None,
        skip: int = 0,
    ) -> None:
        """Let requests whose path begins with `path` go wrong."""
        self._faults.append(Planned(method, path, fault, times, skip))

    def heal(self) -> None:
        """Let everything go right again."""
        self._faults.clear()
        self.sql.heal()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        path = request.url.path
        self.requests.append((request.method, path))
        fault = next(filter(None, (one.take(request.method, path) for one in self._faults)), None)
        if isinstance(fault, Slow):
            await asyncio.sleep(fault.seconds)
        if isinstance(fault, Dropped):
            if fault.after:
                await self._routes(scope, receive, _nowhere)
            dropped = Answer(200, None, delivery=Delivery.RESET)
            await deliver(dropped, scope, receive, send)
        elif isinstance(fault, Answered):
            await fault.refusal.response()(scope, receive, send)
        elif isinstance(fault, Page):
            await HTMLResponse("<html>Sign in</html>")(scope, receive, send)
        elif refused := None if path.startswith("/oidc/") else self._refused(request):
            await refused.response()(scope, receive, send)
        else:
            try:
                await self._routes(scope, receive, send)
            except Exception as error:
                self.errors.append(error)
                raise

    def _refused(self, request: Request) -> RefusalError | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer":
            text = "Credential was not sent or was of an unsupported type for this API."
            return RefusalError(401, "401", text)
        return None if token in self.tokens else RefusalError(403, "403", "Invalid access token.")

    def start(self) -> None:
        listener = socket.create_server(("127.0.0.1", 0))
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._port = listener.getsockname()[1]
        self._server = uvicorn.Server(
            uvicorn.Config(self, http=BreakableProtocol, lifespan="off", log_config=None)
        )
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listener]}, daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        if self._server and self._thread:
            self._server.should_exit = self._server.force_exit = True
            self._thread.join()
        self.engine.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stop()
        if self.errors:
            raise self.errors[0]


async def _nowhere(_message: Message) -> None:
    """An answer that nobody gets."""


async def _refuse(_request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, RefusalError)
    return refusal.response()


async def _unknown_path(request: Request, _error: Exception) -> Response:
    content = {
        "error_code": "ENDPOINT_NOT_FOUND",
        "message": f"No API found for {request.url.path}",
    }
    return JSONResponse(content, 404)
