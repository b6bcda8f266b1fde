"""Statements on a warehouse over HTTP: rows, waiting, and every way to fail."""

import datetime as dt

import pytest

from github_traffic_dagster.databricks.statements import Warehouse
from github_traffic_dagster.databricks.workspace import Workspace
from github_traffic_dagster.errors import WorkspaceError
from github_traffic_dagster_tests.databricks.conftest import NAMESPACE, signed_in
from github_traffic_dagster_tests.databricks.workspace import faults
from github_traffic_dagster_tests.databricks.workspace.answers import RefusalError
from github_traffic_dagster_tests.databricks.workspace.faults import StatementFate
from github_traffic_dagster_tests.databricks.workspace.server import (
    TOKEN,
    WAREHOUSE,
    SimulatedWorkspace,
)

STATEMENTS = "/api/2.0/sql/statements"


def every(_number: int, _statement: str) -> bool:
    return True


def refusal(warehouse: Warehouse, statement: str = "SELECT 1 AS a") -> str:
    with pytest.raises(WorkspaceError) as raised:
        warehouse.execute(statement)
    assert raised.value.__cause__ is None
    text = str(raised.value)
    assert TOKEN not in text
    assert "127.0.0.1" in text
    return text


def test_values_come_back_as_python_has_them(warehouse: Warehouse):
    rows = warehouse.execute(
        "SELECT 1L AS n, true AS b, DATE'2026-03-10' AS d, 1.5D AS f, 'x' AS s, CAST(null AS INT) "
        "AS nothing, TIMESTAMP'2026-03-10 05:00:00Z' AS t"
    )
    assert rows == [
        {
            "n": 1,
            "b": True,
            "d": dt.date(2026, 3, 10),
            "f": 1.5,
            "s": "x",
            "nothing": None,
            "t": dt.datetime(2026, 3, 10, 5, tzinfo=dt.UTC),
        }
    ]


def test_a_result_in_several_chunks_is_read_to_its_end(
    warehouse: Warehouse, simulated: SimulatedWorkspace
):
    simulated.sql.rows_per_chunk = 2
    rows = warehouse.execute("SELECT id FROM range(5) ORDER BY id")
    assert [row["id"] for row in rows] == [0, 1, 2, 3, 4]


def test_a_statement_without_rows_gives_none(warehouse: Warehouse):
    assert warehouse.execute("SELECT 1 AS a WHERE false") == []


def test_a_statement_that_waits_for_its_warehouse_is_waited_for(
    warehouse: Warehouse, simulated: SimulatedWorkspace
):
    states = ("PENDING", "PENDING", "RUNNING", "SUCCEEDED")
    simulated.sql.decide(every, StatementFate(states, runs=True))
    assert warehouse.execute("SELECT 7 AS a") == [{"a": 7}]
    assert [method for method, path in simulated.requests if path.startswith(STATEMENTS)] == [
        "POST",
        *["GET"] * 3,
    ]


def test_what_spark_fails_on_is_an_error_with_the_statement_and_the_message(
    warehouse: Warehouse,
):
    said = refusal(warehouse, "SELECT nothing\n  FROM   nowhere")
    assert "FAILED (BAD_REQUEST) `SELECT nothing FROM nowhere`:" in said
    assert "TABLE_OR_VIEW_NOT_FOUND" in said
    assert said.endswith("The tables in the store are unchanged.")


def test_a_long_statement_is_shortened_in_the_error(warehouse: Warehouse):
    said = refusal(warehouse, f"SELECT {', '.join(f'c{n}' for n in range(500))} FROM nowhere")
    assert "..." in said
    assert len(said) < 900


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (("PENDING", "FAILED"), "FAILED (BAD_REQUEST) `SELECT 1 AS a`: it broke"),
        (("PENDING", "RUNNING", "CANCELED"), "CANCELED `SELECT 1 AS a`. Somebody"),
        (("CLOSED",), "CLOSED `SELECT 1 AS a`. Somebody"),
    ],
)
def test_a_statement_that_ends_otherwise_is_an_error(
    warehouse: Warehouse,
    simulated: SimulatedWorkspace,
    states: tuple[str, ...],
    expected: str,
):
    simulated.sql.decide(every, StatementFate(states, message="it broke."))
    assert expected in refusal(warehouse)


@pytest.mark.parametrize(
    ("message", "advice"),
    [
        ("[NO_SUCH_CATALOG_EXCEPTION] Catalog 'x' was not found", "GITHUB_TRAFFIC_CATALOG"),
        ("[EXTERNAL_LOCATION_DOES_NOT_EXIST] No parent external location", "CREATE EXTERNAL TABLE"),
        ("[INSUFFICIENT_PERMISSIONS] Insufficient privileges", "lists the rights it takes"),
        ("[LOCATION_OVERLAP] Input path overlaps with other", "drop it"),
    ],
)
def test_known_messages_come_with_what_to_do(
    warehouse: Warehouse, simulated: SimulatedWorkspace, message: str, advice: str
):
    simulated.sql.decide(every, StatementFate(("FAILED",), message=message))
    assert advice in refusal(warehouse)


def test_a_statement_that_takes_too_long_is_cancelled(
    workspace: Workspace, simulated: SimulatedWorkspace
):
    simulated.sql.decide(every, StatementFate(("PENDING", "RUNNING")))
    hasty = Warehouse(workspace, WAREHOUSE, longest=dt.timedelta(seconds=0.1), pauses=(0.02,))
    said = refusal(hasty)
    assert "was still RUNNING with `SELECT 1 AS a`" in said
    assert "it was cancelled" in said
    assert simulated.sql.executions[0].states == ["CANCELED"]


def test_a_statement_nobody_waits_for_any_more_is_cancelled(
    workspace: Workspace, simulated: SimulatedWorkspace, monkeypatch: pytest.MonkeyPatch
):
    simulated.sql.decide(every, StatementFate(("RUNNING",)))

    def interrupt(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("github_traffic_dagster.databricks.statements.time.sleep", interrupt)
    with pytest.raises(KeyboardInterrupt):
        Warehouse(workspace, WAREHOUSE).execute("SELECT 1")
    assert simulated.sql.executions[0].states == ["CANCELED"]


def test_an_unknown_warehouse_is_named(workspace: Workspace):
    said = refusal(Warehouse(workspace, "nosuch"))
    assert "SQL warehouse nosuch (DATABRICKS_WAREHOUSE_ID)" in said
    assert "does not exist" in said


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (faults.UNAUTHENTICATED, "Renew DATABRICKS_TOKEN"),
        (faults.FORBIDDEN, "docs/databricks.md lists the rights"),
        (faults.UNAVAILABLE, "no success within 1 s, at last: The service is in maintenance"),
        (faults.throttled(1), "no success within 1 s, at last: Current request has to be retried"),
        (faults.throttled(3600), "it says to come back in 3600 s. Run again later"),
        (faults.Dropped(), "no success within 1 s"),
        (faults.Page(), "Check DATABRICKS_HOST"),
    ],
    ids=["401", "403", "503", "429", "429 for an hour", "dropped", "a page"],
)
def test_a_workspace_that_does_not_answer_says_why_and_what_to_do(
    simulated: SimulatedWorkspace, fault: faults.RequestFault, expected: str
):
    simulated.fail(fault, STATEMENTS)
    assert expected in refusal(Warehouse(signed_in(simulated, seconds=1), WAREHOUSE))


@pytest.mark.parametrize(
    "fault",
    [faults.throttled(0), faults.UNAVAILABLE, faults.Dropped(), faults.Slow(0.3)],
    ids=["429", "503", "dropped", "slow"],
)
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_passing_trouble_is_waited_out(
    warehouse: Warehouse, simulated: SimulatedWorkspace, fault: faults.RequestFault, method: str
):
    simulated.sql.decide(every, StatementFate(("PENDING", "SUCCEEDED"), runs=True))
    simulated.fail(fault, STATEMENTS, method=method, times=1)
    assert warehouse.execute("SELECT 7 AS a") == [{"a": 7}]


def test_a_token_that_is_no_good_is_refused_by_name(simulated: SimulatedWorkspace):
    other = "dapi" + "f" * 32
    workspace = signed_in(simulated, other)
    with pytest.raises(WorkspaceError, match="Renew DATABRICKS_TOKEN") as raised:
        Warehouse(workspace, WAREHOUSE).execute("SELECT 1")
    assert other not in str(raised.value)


def test_a_workspace_that_repeats_the_token_does_not_get_it_into_our_texts(
    warehouse: Warehouse, simulated: SimulatedWorkspace
):
    simulated.sql.decide(every, StatementFate(("FAILED",), message=f"what is {TOKEN}?"))
    assert "[token removed]" in refusal(warehouse)
    simulated.fail(faults.Answered(RefusalError(400, "BAD_REQUEST", f"{TOKEN} is no good")))
    assert "[token removed] is no good" in refusal(warehouse)


def test_names_are_those_of_the_schema(warehouse: Warehouse):
    warehouse.execute(f"CREATE SCHEMA {NAMESPACE.sql}")
    warehouse.execute("CREATE VIEW seven AS SELECT 7 AS a")
    assert warehouse.execute(f"SELECT * FROM {NAMESPACE.object('seven')}") == [{"a": 7}]


def test_nobody_listens_there(simulated: SimulatedWorkspace):
    simulated.stop()
    with pytest.raises(WorkspaceError, match="no success within 1 s"):
        Warehouse(signed_in(simulated, seconds=1), WAREHOUSE).execute("SELECT 1")
