"""The daily run with everything configured: GitHub, a store in S3, a workspace, all over HTTP."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
import time_machine
from deltalake import DeltaTable

from github_traffic_dagster.databricks.publishing import PUBLISHED
from github_traffic_dagster.databricks.statements import Warehouse
from github_traffic_dagster.databricks.target import Namespace
from github_traffic_dagster.errors import SettingError
from github_traffic_dagster.traffic.tables import TRAFFIC_TABLES, WINDOW_TOTALS
from github_traffic_dagster_tests.databricks.conftest import signed_in
from github_traffic_dagster_tests.databricks.workspace import faults
from github_traffic_dagster_tests.databricks.workspace.answers import RefusalError
from github_traffic_dagster_tests.databricks.workspace.faults import (
    Answered,
    RequestFault,
    StatementFate,
)
from github_traffic_dagster_tests.databricks.workspace.server import (
    TOKEN,
    WAREHOUSE,
    SimulatedWorkspace,
)
from github_traffic_dagster_tests.pipeline import Pipeline, failure_texts

# Not moved back: Spark's client takes its deadlines from the clock.
NOW = datetime.now(UTC)
DAYS = {NOW.date() - timedelta(days=age): (20 + age, 3) for age in range(14)}
SECRET = "dose0123456789abcdef0123456789abcdef"
DAILY = {table.name for table in (*TRAFFIC_TABLES, WINDOW_TOTALS)}
GOLDEN_AND_REPOS = {table.name for table in PUBLISHED}


@pytest.fixture
def configured(
    pipeline: Pipeline, simulated: SimulatedWorkspace, s3: str, monkeypatch: pytest.MonkeyPatch
) -> Pipeline:
    """A pipeline with its store in S3 that publishes to the simulated workspace."""
    pipeline.add_repository("me/one", DAYS, DAYS)
    monkeypatch.setenv("GITHUB_TRAFFIC_STORE", s3)
    monkeypatch.setenv("DATABRICKS_HOST", simulated.url)
    monkeypatch.setenv("DATABRICKS_TOKEN", TOKEN)
    monkeypatch.setenv("DATABRICKS_WAREHOUSE_ID", WAREHOUSE)
    monkeypatch.setenv("GITHUB_TRAFFIC_CATALOG", "main")
    monkeypatch.setenv("GITHUB_TRAFFIC_SCHEMA", "stats")
    monkeypatch.setattr("github_traffic_dagster.databricks.workspace.RETRY_SECONDS", 1.0)
    monkeypatch.setattr("github_traffic_dagster.databricks.statements.PAUSES", (0.01,))
    return pipeline


def metadata(result: dg.ExecuteInProcessResult) -> dict[str, object]:
    (event,) = result.asset_materializations_for_node("databricks_tables")
    return {name: value.value for name, value in event.metadata.items()}


def materialized(result: dg.ExecuteInProcessResult) -> set[str]:
    return {
        event.asset_key.to_user_string()  # type: ignore[union-attr]
        for event in result.all_events
        if event.is_step_materialization
    }


def versions(root: str) -> dict[str, int]:
    return {
        name: DeltaTable(f"{root}/github_traffic/{name}").version() for name in GOLDEN_AND_REPOS
    }


def collect(pipeline: Pipeline) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("github-traffic")
    return subprocess.run(
        [program, "collect"], capture_output=True, text=True, check=False, cwd=pipeline.home
    )


def test_a_daily_run_ends_green_and_the_views_answer_through_the_warehouse(
    configured: Pipeline, simulated: SimulatedWorkspace
):
    result = configured.scheduled_run(NOW)
    assert result.success, failure_texts(result)
    told = metadata(result)
    assert told["catalog_page"] == f"{simulated.url}/explore/data/main/stats"
    assert str(told["dashboard"]).startswith(f"{simulated.url}/dashboardsv3/")
    assert told["workspace"] == simulated.url.removeprefix("http://")
    assert (told["tables"], told["statements"]) == (3, len(simulated.sql.statements))
    assert "golden_views registered" in str(told["changes"])

    warehouse = Warehouse(signed_in(simulated), WAREHOUSE, Namespace("main", "stats"))
    rows = warehouse.execute("SELECT day, views FROM daily_traffic ORDER BY day")
    settled = {row["day"]: row["views"] for row in rows if row["day"] != NOW.date()}
    assert len(settled) > 10
    assert settled.items() <= {day: count for day, (count, _) in DAYS.items()}.items()


def test_the_next_days_run_is_seen_there_although_it_asks_nothing_of_the_warehouse(
    configured: Pipeline, simulated: SimulatedWorkspace
):
    assert configured.run().success
    tomorrow = NOW + timedelta(days=1)
    configured.add_repository("me/two", DAYS, DAYS)
    simulated.requests.clear()
    with time_machine.travel(tomorrow, tick=True):
        result = configured.run()
    assert result.success, failure_texts(result)
    assert (metadata(result)["statements"], metadata(result)["changes"]) == (0, "none")
    assert {method for method, _ in simulated.requests} == {"GET"}

    warehouse = Warehouse(signed_in(simulated), WAREHOUSE, Namespace("main", "stats"))
    rows = warehouse.execute("SELECT DISTINCT full_name FROM daily_traffic ORDER BY 1")
    assert [row["full_name"] for row in rows] == ["me/one", "me/two"]


FAILURES: dict[str, tuple[RequestFault | StatementFate, str]] = {
    "401": (faults.UNAUTHENTICATED, "Renew DATABRICKS_TOKEN"),
    "403": (faults.FORBIDDEN, "docs/databricks.md lists the rights"),
    "404": (
        Answered(RefusalError(404, "RESOURCE_DOES_NOT_EXIST", "No warehouse.")),
        "DATABRICKS_WAREHOUSE_ID",
    ),
    "429": (faults.throttled(1), "no success within 1 s"),
    "503": (faults.UNAVAILABLE, "no success within 1 s"),
    "dropped": (faults.Dropped(), "no success within 1 s"),
    "pending, then failed": (
        StatementFate(("PENDING", "FAILED"), message=f"broke, says {TOKEN}"),
        "FAILED (BAD_REQUEST) `CREATE TABLE IF NOT EXISTS",
    ),
    "cancelled": (StatementFate(("RUNNING", "CANCELED")), "CANCELED `CREATE TABLE"),
}


def break_with(simulated: SimulatedWorkspace, fault: RequestFault | StatementFate) -> None:
    simulated.heal()
    if isinstance(fault, StatementFate):
        simulated.sql.decide(lambda _number, text: text.startswith("CREATE TABLE"), fault)
    else:
        simulated.fail(fault, "/api/2.0/sql")


def test_a_failing_workspace_fails_the_publication_alone_and_says_why(
    configured: Pipeline,
    simulated: SimulatedWorkspace,
    s3: str,
    capfd: pytest.CaptureFixture[str],
):
    told: list[str] = []
    for name, (fault, expected) in FAILURES.items():
        break_with(simulated, fault)
        # The first one meets the whole daily run, the others a store that is there.
        result = configured.run(assets=["databricks_tables"] if told else None)
        assert not result.success
        if not told:
            assert materialized(result) == DAILY
            before = versions(s3)
        texts = failure_texts(result)
        assert texts.keys() == {"databricks_tables"}, name
        assert expected in texts["databricks_tables"], name
        told.append(texts["databricks_tables"])
    assert len(told) == len(FAILURES)
    simulated.heal()
    result = configured.run(assets=["databricks_tables"])
    assert result.success, failure_texts(result)
    assert versions(s3) == before
    assert_no_secret(configured, capfd, "\n".join(told), TOKEN)


def assert_no_secret(
    pipeline: Pipeline, capfd: pytest.CaptureFixture[str], text: str, secret: str
) -> None:
    """The secret is in no file of the instance, no event, no output and no text."""
    captured = capfd.readouterr()
    assert "databricks_tables" in captured.err
    contents = [captured.out.encode(), captured.err.encode(), text.encode()]
    contents += [path.read_bytes() for path in pipeline.home.rglob("*") if path.is_file()]
    for run in pipeline.instance.get_runs():
        contents += [
            dg.serialize_value(entry).encode() for entry in pipeline.instance.all_logs(run.run_id)
        ]
    assert len(contents) > 50
    assert not [content for content in contents if secret.encode() in content]


def test_a_service_principal_signs_in_and_leaves_no_trace_of_its_secret(
    configured: Pipeline,
    simulated: SimulatedWorkspace,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
):
    simulated.oauth.secrets["11111111-2222-3333-4444-555555555555"] = SECRET
    monkeypatch.setenv("DATABRICKS_TOKEN", "")
    monkeypatch.setenv("DATABRICKS_CLIENT_ID", "11111111-2222-3333-4444-555555555555")
    monkeypatch.setenv("DATABRICKS_CLIENT_SECRET", SECRET)
    result = configured.run()
    assert result.success, failure_texts(result)
    simulated.oauth.secrets.clear()
    refused = failure_texts(configured.run(assets=["databricks_tables"]))["databricks_tables"]
    assert "DATABRICKS_CLIENT_SECRET" in refused
    assert_no_secret(configured, capfd, refused, SECRET)


def test_a_store_on_this_machine_is_collected_all_the_same_and_the_run_is_red(
    configured: Pipeline, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("GITHUB_TRAFFIC_STORE", "")
    result = configured.run()
    assert materialized(result) == DAILY
    assert "it lies on this machine" in failure_texts(result)["databricks_tables"]


def test_the_asset_explains_itself(configured: Pipeline):
    node = configured.definitions().resolve_asset_graph().get(dg.AssetKey("databricks_tables"))
    assert (node.group_name, node.kinds) == ("databricks", {"databricks", "sql"})
    assert {key.to_user_string() for key in node.parent_keys} == GOLDEN_AND_REPOS
    assert node.partitions_def is None
    assert node.description
    assert node.owners == ["team:github-traffic"]


def test_no_secret_is_in_a_resource(configured: Pipeline):
    for resource in (configured.definitions().resources or {}).values():
        assert TOKEN not in repr(resource)


def test_without_a_catalog_there_is_no_asset_and_nothing_of_databricks_is_imported(
    configured: Pipeline, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("GITHUB_TRAFFIC_CATALOG", "")
    keys = configured.definitions().resolve_asset_graph().get_all_asset_keys()
    assert {key.to_user_string() for key in keys} == DAILY
    script = (
        "import sys\n"
        "from github_traffic_dagster.definitions import build_definitions\n"
        "from github_traffic_dagster.settings import load_settings\n"
        "build_definitions(load_settings()).resolve_job_def('collect_traffic')\n"
        "print(sorted({m.split('.')[0] for m in sys.modules}"
        " & {'pyspark', 'databricks', 'dagster_databricks'}))"
    )
    found = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"


def test_what_is_missing_is_named_when_the_code_is_loaded_and_nothing_is_done(
    configured: Pipeline, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("DATABRICKS_TOKEN", "")
    monkeypatch.delenv("DATABRICKS_WAREHOUSE_ID")
    with pytest.raises(SettingError, match=r"DATABRICKS_WAREHOUSE_ID and DATABRICKS_TOKEN \(or"):
        configured.definitions()
    done = collect(configured)
    assert done.returncode == 2
    assert "DATABRICKS_WAREHOUSE_ID" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_command_line_publishes_and_names_the_dashboard(
    configured: Pipeline, simulated: SimulatedWorkspace
):
    simulated.fail(faults.FORBIDDEN, "/api/2.0/sql")
    failed = collect(configured)
    assert failed.returncode == 1, failed.stderr
    assert "databricks_tables: 127.0.0.1" in failed.stderr
    assert "golden_views" in failed.stderr.partition("Stored all the same")[2]
    simulated.heal()
    done = collect(configured)
    assert done.returncode == 0, done.stderr
    assert f"shared  {simulated.url}/dashboardsv3/" in done.stdout
