"""The statement execution API 2.0.

https://docs.databricks.com/api/workspace/statementexecution
"""

import re
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from github_traffic_dagster_tests.databricks.workspace.answers import body_of, invalid, missing
from github_traffic_dagster_tests.databricks.workspace.faults import Condition, StatementFate
from github_traffic_dagster_tests.databricks.workspace.sql_engine import Result, SqlEngine
from github_traffic_dagster_tests.databricks.workspace.unity_catalog import SqlError
from github_traffic_dagster_tests.databricks.workspace.warehouses import Warehouses

_FIELDS = {
    "statement": str,
    "warehouse_id": str,
    "catalog": str,
    "schema": str,
    "wait_timeout": str,
    "on_wait_timeout": str,
    "disposition": str,
    "format": str,
    "row_limit": int,
    "byte_limit": int,
    "parameters": list,
}
_CHOICES = {
    "on_wait_timeout": {"CONTINUE", "CANCEL"},
    "disposition": {"INLINE"},
    "format": {"JSON_ARRAY"},
}
_TYPES: dict[str, Callable[[str], Any]] = {
    "STRING": str,
    "INT": int,
    "BIGINT": int,
    "LONG": int,
    "DATE": date.fromisoformat,
}
_TERMINAL = {"SUCCEEDED", "FAILED", "CANCELED", "CLOSED"}
_LONGEST_STATEMENT = 16 * 1024**2


@dataclass
class Execution:
    """A statement that was sent.

    Attributes:
        states: still to be shown, a look each; the last one stays.
    """

    statement: str
    states: list[str]
    result: Result = field(default_factory=Result)
    error: dict[str, str] | None = None
    statement_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def look(self) -> str:
        return self.states.pop(0) if len(self.states) > 1 else self.states[0]


class StatementExecution:
    """Statements on warehouses.

    Attributes:
        executions: all that were sent, in order.
        rows_per_chunk: of a result.
    """

    def __init__(self, engine: SqlEngine, warehouses: Warehouses) -> None:
        self.executions: list[Execution] = []
        self.rows_per_chunk = 1000
        self._engine = engine
        self._warehouses = warehouses
        self._fates: list[tuple[Condition, StatementFate]] = []
        self._lock = threading.Lock()

    @property
    def statements(self) -> list[str]:
        """The texts of all that were sent."""
        return [one.statement for one in self.executions]

    def decide(self, condition: Condition, fate: StatementFate) -> None:
        """Let statements that fulfil a condition end otherwise than they would."""
        self._fates.append((condition, fate))

    def heal(self) -> None:
        """Let all statements run again."""
        self._fates.clear()

    def routes(self) -> list[Route]:
        path = "/api/2.0/sql/statements"
        return [
            # The SDK sends the slash, the documentation does not.
            Route(f"{path}/", self._execute, methods=["POST"]),
            Route(path, self._execute, methods=["POST"]),
            Route(f"{path}/{{id}}", self._get, methods=["GET"]),
            Route(f"{path}/{{id}}/cancel", self._cancel, methods=["POST"]),
            Route(f"{path}/{{id}}/result/chunks/{{index:int}}", self._chunk, methods=["GET"]),
        ]

    async def _execute(self, request: Request) -> Response:
        body = await body_of(request, _FIELDS)
        _validate(body)
        self._warehouses.require(body["warehouse_id"])
        execution = await run_in_threadpool(self._run, body)
        if body.get("wait_timeout") == "0s" and execution.states[0] in _TERMINAL:
            execution.states.insert(0, "PENDING")
        return JSONResponse(self._shown(execution, execution.look()))

    def _run(self, body: dict[str, Any]) -> Execution:
        statement = body["statement"]
        with self._lock:
            execution = Execution(statement, ["SUCCEEDED"])
            self.executions.append(execution)
            number = len(self.executions)
            fates = [fate for condition, fate in self._fates if condition(number, statement)]
            if fates:
                execution.states = list(fates[0].states)
                if execution.states[-1] == "FAILED":
                    execution.error = {
                        "error_code": fates[0].error_code,
                        "message": fates[0].message,
                    }
            if not fates or fates[0].runs:
                try:
                    execution.result = self._engine.run(
                        statement, body.get("catalog"), body.get("schema"), _parameters(body)
                    )
                except SqlError as error:
                    execution.states = ["FAILED"]
                    execution.error = {"error_code": "BAD_REQUEST", "message": str(error)}
            return execution

    async def _get(self, request: Request) -> Response:
        execution = self._find(request)
        return JSONResponse(self._shown(execution, execution.look()))

    async def _cancel(self, request: Request) -> Response:
        execution = self._find(request)
        if execution.states[0] not in _TERMINAL:
            execution.states = ["CANCELED"]
        return JSONResponse({})

    async def _chunk(self, request: Request) -> Response:
        return JSONResponse(self._result(self._find(request), request.path_params["index"]))

    def _find(self, request: Request) -> Execution:
        wanted = request.path_params["id"]
        for execution in self.executions:
            if execution.statement_id == wanted:
                return execution
        raise missing(f"The statement {wanted} was not found.")

    def _shown(self, execution: Execution, state: str) -> dict[str, Any]:
        status: dict[str, Any] = {"state": state}
        shown = {"statement_id": execution.statement_id, "status": status}
        if state == "FAILED" and execution.error:
            status["error"] = execution.error
        if state == "SUCCEEDED":
            shown |= {"manifest": self._manifest(execution), "result": self._result(execution, 0)}
        return shown

    def _manifest(self, execution: Execution) -> dict[str, Any]:
        columns = [
            {"name": name, "type_name": kind, "type_text": text, "position": position}
            for position, (name, kind, text) in enumerate(execution.result.columns)
        ]
        return {
            "format": "JSON_ARRAY",
            "schema": {"column_count": len(columns), "columns": columns},
            "total_row_count": len(execution.result.rows),
            "total_chunk_count": -(-len(execution.result.rows) // self.rows_per_chunk),
            "truncated": False,
        }

    def _result(self, execution: Execution, index: int) -> dict[str, Any]:
        rows = execution.result.rows
        if not rows and index == 0:
            return {}
        first = index * self.rows_per_chunk
        if first >= len(rows):
            raise invalid(f"There is no chunk {index}")
        chunk = rows[first : first + self.rows_per_chunk]
        following = {"next_chunk_index": index + 1} if first + len(chunk) < len(rows) else {}
        return {
            "chunk_index": index,
            "row_offset": first,
            "row_count": len(chunk),
            "data_array": chunk,
            **following,
        }


def _validate(body: dict[str, Any]) -> None:
    for name in ("statement", "warehouse_id"):
        if not body.get(name):
            raise invalid(f"{name} is required")
    if len(body["statement"]) > _LONGEST_STATEMENT:
        raise invalid("statement is longer than 16 MiB")
    wait = re.fullmatch(r"(\d+)s", body.get("wait_timeout", "10s"))
    if not wait or not (int(wait[1]) == 0 or 5 <= int(wait[1]) <= 50):
        raise invalid("wait_timeout must be 0s or between 5s and 50s")
    for name, choices in _CHOICES.items():
        if name in body and body[name] not in choices:
            raise invalid(f"{name} must be one of {sorted(choices)} here")


def _parameters(body: dict[str, Any]) -> dict[str, Any]:
    parameters = {}
    for one in body.get("parameters", []):
        kind = _TYPES.get(str(one.get("type", "STRING")).upper())
        if "name" not in one or kind is None or one.keys() - {"name", "value", "type"}:
            raise SqlError(f"[INVALID_PARAMETER] {one}")
        value = one.get("value")
        parameters[one["name"]] = None if value is None else kind(value)
    return parameters
