"""Statements on a SQL warehouse, by the statement execution API.

A statement that went wrong is no error of HTTP: the answer is 200 and its state is FAILED.
https://docs.databricks.com/api/workspace/statementexecution
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from github_traffic_dagster.databricks.target import Namespace
from github_traffic_dagster.databricks.workspace import Workspace
from github_traffic_dagster.errors import StatementError, WorkspaceError

if TYPE_CHECKING:
    from databricks.sdk.service.sql import ResultData, StatementResponse

LONGEST: Final = timedelta(minutes=15)
"""A classic warehouse takes minutes to start; nothing of ours takes minutes to run."""

_WAIT: Final = "30s"
PAUSES: Final = (0.5, 1.0, 2.0, 5.0)
_SHOWN: Final = 200
_UNDER_WAY: Final = {"PENDING", "RUNNING"}

_HINTS: Final = {
    r"NO_SUCH_CATALOG|CATALOG_NOT_FOUND|Catalog '[^']*' does not exist": "Check "
    "GITHUB_TRAFFIC_CATALOG; the catalog must be there",
    r"external location|EXTERNAL_LOCATION": "An administrator must make an external location "
    "over GITHUB_TRAFFIC_STORE and grant CREATE EXTERNAL TABLE on it",
    r"INSUFFICIENT_PERMISSIONS|PERMISSION_DENIED|does not have": "docs/databricks.md lists the "
    "rights it takes",
    r"LOCATION_OVERLAP|overlaps": "Another table or schema is registered over that location: "
    "drop it, or set GITHUB_TRAFFIC_CATALOG and GITHUB_TRAFFIC_SCHEMA to where it is",
}

_READ: Final[Mapping[str, Callable[[str], object]]] = {
    **dict.fromkeys(("BYTE", "SHORT", "INT", "LONG"), int),
    **dict.fromkeys(("FLOAT", "DOUBLE"), float),
    "BOOLEAN": lambda text: text == "true",
    "DATE": date.fromisoformat,
    "TIMESTAMP": datetime.fromisoformat,
}


class Warehouse:
    """A SQL warehouse that statements run on, one after the other.

    Attributes:
        statements: how many it has run.
    """

    def __init__(
        self,
        workspace: Workspace,
        warehouse_id: str,
        namespace: Namespace | None = None,
        *,
        longest: timedelta = LONGEST,
        pauses: tuple[float, ...] | None = None,
    ) -> None:
        """Choose a warehouse; nothing is asked yet.

        Args:
            workspace: where it is.
            warehouse_id: which one.
            namespace: where names without catalog and schema are looked for; None for the
                workspace's own.
            longest: a statement that takes longer is cancelled, its warehouse's start included.
            pauses: seconds between two looks at a statement; the last one for ever.
        """
        self.workspace = workspace
        self.warehouse_id = warehouse_id
        self.statements = 0
        self._namespace = namespace
        self._longest = longest
        self._pauses = pauses or PAUSES

    def execute(self, statement: str) -> list[dict[str, object]]:
        """Run a statement to its end.

        Returns:
            Its rows by column, whole numbers, floats, booleans, dates and timestamps as Python
            has them, the rest as text.

        Raises:
            StatementError: it failed, was cancelled by somebody, or took too long.
            WorkspaceError: the workspace refused the request or could not be reached.
        """
        self.statements += 1
        answer = self._begin(statement)
        try:
            answer = self._finish(statement, answer)
        except BaseException:
            # Also where a person ends the run: nobody waits for it any more.
            self._cancel(answer)
            raise
        if _state(answer) != "SUCCEEDED":
            raise self._failure(statement, answer)
        return list(self._rows(answer))

    def _begin(self, statement: str) -> "StatementResponse":
        from databricks.sdk.service import sql  # noqa: PLC0415 - an extra

        namespace = self._namespace
        with self.workspace.faults(
            f"run a statement on the SQL warehouse {self.warehouse_id} (DATABRICKS_WAREHOUSE_ID)"
        ):
            return self.workspace.client.statement_execution.execute_statement(
                statement,
                self.warehouse_id,
                catalog=namespace.catalog if namespace else None,
                schema=namespace.schema if namespace else None,
                wait_timeout=_WAIT,
                on_wait_timeout=sql.ExecuteStatementRequestOnWaitTimeout.CONTINUE,
            )

    def _finish(self, statement: str, answer: "StatementResponse") -> "StatementResponse":
        """Look until it has ended."""
        deadline = time.monotonic() + self._longest.total_seconds()
        looks = 0
        while _state(answer) in _UNDER_WAY:
            if time.monotonic() > deadline:
                raise StatementError(
                    f"{self.workspace.name} was still {_state(answer)} with `{shortened(statement)}"
                    f"` after {self._longest.total_seconds():.0f} s; it was cancelled. Look at the "
                    f"SQL warehouse {self.warehouse_id}, and run again. {self.workspace.assurance}"
                )
            time.sleep(self._pauses[min(looks, len(self._pauses) - 1)])
            looks += 1
            with self.workspace.faults("tell how a statement fares"):
                answer = self.workspace.client.statement_execution.get_statement(
                    str(answer.statement_id)
                )
        return answer

    def _cancel(self, answer: "StatementResponse") -> None:
        # What is told is why it was cancelled, not that this failed too.
        with suppress(WorkspaceError), self.workspace.faults("cancel a statement"):
            self.workspace.client.statement_execution.cancel_execution(str(answer.statement_id))

    def _failure(self, statement: str, answer: "StatementResponse") -> StatementError:
        error = answer.status.error if answer.status else None
        code = f" ({error.error_code.value})" if error and error.error_code else ""
        said = self.workspace.redact.brief((error and error.message) or "").rstrip(".")
        hint = next((hint for mark, hint in _HINTS.items() if re.search(mark, said)), "")
        if not hint and _state(answer) != "FAILED":
            hint = "Somebody or the warehouse ended it: run again"
        ended = f"{self.workspace.name}: {_state(answer)}{code} `{shortened(statement)}`"
        what = f"{ended}: {said}" if said else ended
        advice = f"{hint}. " if hint else ""
        return StatementError(f"{what}. {advice}{self.workspace.assurance}")

    def _rows(self, answer: "StatementResponse") -> Iterator[dict[str, object]]:
        schema = answer.manifest.schema if answer.manifest else None
        columns = [
            (str(column.name), column.type_name.value if column.type_name else "")
            for column in (schema.columns if schema else None) or []
        ]
        for chunk in self._chunks(answer):
            for row in chunk.data_array or []:
                yield {
                    name: _value(kind, text)
                    for (name, kind), text in zip(columns, row, strict=True)
                }

    def _chunks(self, answer: "StatementResponse") -> Iterator["ResultData"]:
        chunk = answer.result
        while chunk is not None:
            yield chunk
            following = chunk.next_chunk_index
            if following is None:
                return
            with self.workspace.faults("hand out a result"):
                api = self.workspace.client.statement_execution
                chunk = api.get_statement_result_chunk_n(str(answer.statement_id), following)


def shortened(statement: str) -> str:
    """A statement in one line that fits into a message."""
    line = " ".join(statement.split())
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}..."


def _state(answer: "StatementResponse") -> str:
    state: Any = answer.status.state if answer.status else None
    return str(state.value) if state else "without a state"


def _value(kind: str, text: str | None) -> object:
    return None if text is None else _READ.get(kind, str)(text)
