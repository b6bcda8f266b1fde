"""docs/databricks.md's table of messages: each is what the program says in that trouble."""

import datetime as dt
import re
import sys
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest
from click.testing import CliRunner
from deltalake import DeltaTable

from github_traffic_dagster.cli import databricks_job
from github_traffic_dagster.databricks import publishing
from github_traffic_dagster.databricks.publishing import Publication
from github_traffic_dagster.databricks.statements import Warehouse
from github_traffic_dagster.databricks.target import Namespace, Target
from github_traffic_dagster.databricks.workspace import Workspace
from github_traffic_dagster.errors import GitHubTrafficError
from github_traffic_dagster.golden_engine import golden_carrier
from github_traffic_dagster.io_manager import table_places, write
from github_traffic_dagster.settings import load_settings
from github_traffic_dagster.spark_engine.carriers import StatementCarrier
from github_traffic_dagster.spark_engine.golden_job import Plan
from github_traffic_dagster.spark_engine.golden_step import Ends, advance_golden
from github_traffic_dagster.store.appending import append
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.tables import GOLDEN, RAW
from github_traffic_dagster_tests.databricks.conftest import NAMESPACE, TARGET, signed_in
from github_traffic_dagster_tests.databricks.test_publishing import table_of_an_older_release
from github_traffic_dagster_tests.databricks.workspace import faults
from github_traffic_dagster_tests.databricks.workspace.faults import StatementFate
from github_traffic_dagster_tests.databricks.workspace.server import (
    TOKEN,
    WAREHOUSE,
    SimulatedWorkspace,
)
from github_traffic_dagster_tests.spark_engine.test_golden_sql import Idle
from github_traffic_dagster_tests.traffic.rows import DAY, golden_frame, golden_row, noon
from github_traffic_dagster_tests.traffic.strategies import raw_frame

PAGE = Path(__file__).parents[2] / "docs" / "databricks.md"
VIEWS, RAW_VIEWS = GOLDEN[Metric.VIEWS], RAW[Metric.VIEWS]
PLAN = Plan(question="SELECT 1 WHERE 1 = 2", names_differ=[], names_agree=["SELECT * FROM nowhere"])

pytestmark = pytest.mark.skipif(not PAGE.exists(), reason="not a checkout")


@dataclass
class Trouble:
    """A store and a workspace, all set up, in which something is to go wrong."""

    simulated: SimulatedWorkspace
    places: Mapping[str, Place]
    patch: pytest.MonkeyPatch
    folder: Path

    @property
    def workspace(self) -> Workspace:
        return signed_in(self.simulated, seconds=1)

    def warehouse(self, longest: float = 60) -> Warehouse:
        limit = dt.timedelta(seconds=longest)
        return Warehouse(self.workspace, WAREHOUSE, NAMESPACE, longest=limit, pauses=(0.01,))

    def publish(
        self, target: Target = TARGET, places: Mapping[str, Place] | None = None
    ) -> Publication:
        return publishing.publish(self.workspace, target, places or self.places, self.warehouse())

    def register(self, schema: str, name: str, uri: str) -> None:
        self.simulated.unity_catalog.create_schema("main", schema, if_not_exists=True)
        self.simulated.unity_catalog.create_external("main", schema, name, uri, None)

    def carry_out(self, **variables: str) -> None:
        """What an engine of the settings does with a plan."""
        self.set(**variables)
        carrier = golden_carrier(load_settings())
        assert carrier
        carrier.carry(PLAN, dg.build_asset_context())

    def set(self, **variables: str) -> None:
        for name, value in variables.items():
            self.patch.setenv(name, value)

    def ends(self) -> Ends:
        """One look in a raw table, on this machine."""
        ends = Ends(Place(f"{self.folder}/raw"), RAW_VIEWS, Place(f"{self.folder}/golden"), VIEWS)
        look = (7, "octo/a", DAY, 5, 2, noon(DAY), "run", "github")
        append(ends.raw, RAW_VIEWS, raw_frame([look]), run_id="run")
        return ends


@pytest.fixture
def trouble(
    simulated: SimulatedWorkspace,
    places: Mapping[str, Place],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Trouble:
    monkeypatch.chdir(tmp_path)
    found = Trouble(simulated, places, monkeypatch, tmp_path)
    found.set(DATABRICKS_HOST=simulated.url, DATABRICKS_TOKEN=TOKEN)
    found.set(DATABRICKS_WAREHOUSE_ID=WAREHOUSE, GITHUB_TRAFFIC_CATALOG="main")
    return found


def half_set(trouble: Trouble) -> None:
    trouble.set(DATABRICKS_HOST="")
    load_settings().publication()


def without_the_extra(trouble: Trouble) -> None:
    trouble.patch.setitem(sys.modules, "dagster_databricks", None)
    load_settings().publication()


def two_ways_to_sign_in(trouble: Trouble) -> None:
    trouble.set(DATABRICKS_CLIENT_ID="1111", DATABRICKS_CLIENT_SECRET="dose0123456789")
    load_settings().publication()


def a_local_store(trouble: Trouble) -> None:
    trouble.publish(places=table_places(str(trouble.folder)))


def a_bad_token(trouble: Trouble) -> None:
    trouble.simulated.tokens.clear()
    trouble.publish()


def no_right(trouble: Trouble) -> None:
    trouble.simulated.fail(faults.FORBIDDEN, "/api/2.1/unity-catalog")
    trouble.publish()


def no_warehouse(trouble: Trouble) -> None:
    del trouble.simulated.warehouses.states[WAREHOUSE]
    trouble.publish()


def no_catalog(trouble: Trouble) -> None:
    trouble.simulated.unity_catalog.catalogs.clear()
    trouble.publish()


def no_external_location(trouble: Trouble) -> None:
    trouble.simulated.unity_catalog.external_locations.clear()
    trouble.publish()


def another_table_of_the_name(trouble: Trouble) -> None:
    trouble.register(NAMESPACE.schema, "repos", trouble.places["golden_views"].uri)
    trouble.publish()


def another_name_of_the_table(trouble: Trouble) -> None:
    trouble.register("others", "theirs", trouble.places["repos"].uri)
    trouble.publish()


def a_file_at_the_dashboards_path(trouble: Trouble) -> None:
    trouble.patch.setattr(publishing, "views", tuple)
    trouble.simulated.lakeview.others["/Shared/traffic/GitHub traffic.lvdash.json"] = "FILE"
    trouble.publish()


def a_slow_warehouse(trouble: Trouble) -> None:
    trouble.simulated.sql.decide(lambda _number, _text: True, StatementFate(("RUNNING",)))
    trouble.warehouse(longest=0.05).execute("SELECT 1")


def a_workspace_in_maintenance(trouble: Trouble) -> None:
    trouble.simulated.fail(faults.UNAVAILABLE, "/api")
    trouble.publish()


def credentials_of_something_else(trouble: Trouble) -> None:
    trouble.set(ARM_CLIENT_ID="x")
    trouble.publish()


def a_table_of_an_older_release(trouble: Trouble) -> str:
    trouble.patch.setattr(publishing, "views", tuple)
    old = table_of_an_older_release(f"{trouble.places['repos'].uri}_{trouble.folder.name}")
    done = trouble.publish(
        Target(WAREHOUSE, Namespace("main", "old"), None), {**trouble.places, VIEWS.name: old}
    )
    return done.notes[0]


def no_secret_scope(trouble: Trouble) -> None:
    databricks_job._secrets(trouble.workspace, "github_traffic")


def a_job_with_a_local_store(trouble: Trouble) -> str:
    given = {"catalog": "main", "schema": "s", "secret-scope": "s", "warehouse-id": WAREHOUSE}
    arguments = [f"--{name}={value}" for name, value in given.items()]
    return CliRunner().invoke(databricks_job.databricks_job, [*arguments, "--store=store"]).output


def a_raised_protocol(trouble: Trouble) -> None:
    ends = trouble.ends()
    write(ends.golden, VIEWS, golden_frame(golden_row()), run_id="run")
    raised = DeltaTable(ends.golden.uri)
    raised.alter.set_table_properties({"delta.enableDeletionVectors": "true"})
    advance_golden(
        ends, DAY, DAY, StatementCarrier(lambda: nullcontext(Idle())), dg.build_asset_context()
    )


def an_engine_that_writes_elsewhere(trouble: Trouble) -> None:
    carrier = StatementCarrier(lambda: nullcontext(Idle()))
    advance_golden(trouble.ends(), DAY, DAY, carrier, dg.build_asset_context())


def no_spark_server(trouble: Trouble) -> None:
    trouble.carry_out(GITHUB_TRAFFIC_ENGINE="spark", SPARK_REMOTE="sc://127.0.0.1:9")


SAID: Mapping[str, Callable[[Trouble], str | None]] = {
    "GITHUB_TRAFFIC_CATALOG is set ... but DATABRICKS_HOST is not set": half_set,
    "needs the extra databricks": without_the_extra,
    "are two ways to sign in to Databricks": two_ways_to_sign_in,
    "Databricks can't see ...: it lies on this machine": a_local_store,
    "Renew DATABRICKS_TOKEN or DATABRICKS_CLIENT_SECRET": a_bad_token,
    "docs/databricks.md lists the rights it takes": no_right,
    "find the SQL warehouse ... (DATABRICKS_WAREHOUSE_ID)": no_warehouse,
    "the catalog must be there": no_catalog,
    "An administrator must make an external location": no_external_location,
    "is an external table at ..., not the table at ...": another_table_of_the_name,
    "Another table or schema is registered over that location": another_name_of_the_table,
    "is a ..., not our dashboard": a_file_at_the_dashboards_path,
    "was still RUNNING ... it was cancelled": a_slow_warehouse,
    "no success within ... s": a_workspace_in_maintenance,
    "The Databricks SDK finds more than one authorization method": credentials_of_something_else,
    "has no primary key: an older release made its table": a_table_of_an_older_release,
    "could not read the secret scope": no_secret_scope,
    "lies on the job's own machine and would be lost with it": a_job_with_a_local_store,
    "Another engine has raised the Delta protocol": a_raised_protocol,
    "repository-days of ... are not in ...": an_engine_that_writes_elsewhere,
    "No Spark Connect server answers at ...": no_spark_server,
}


def messages_of_the_page() -> list[str]:
    table = PAGE.read_text(encoding="utf-8").split("| It says | Do |\n", 1)[1].split("\n\n", 1)[0]
    return re.findall(r"^\| `([^|]+)` \|", table, re.MULTILINE)


def test_every_message_of_the_page_is_driven_here() -> None:
    assert messages_of_the_page() == list(SAID)


@pytest.mark.parametrize("message", SAID)
def test_the_message_is_what_is_said(message: str, trouble: Trouble) -> None:
    said = ""
    try:
        said = SAID[message](trouble) or ""
    except GitHubTrafficError as error:
        said = str(error)
    pattern = ".*".join(re.escape(part) for part in re.split(r"\s*\.\.\.\s*", message))
    assert re.search(pattern, said.replace("`", "")), said
    assert TOKEN not in said
