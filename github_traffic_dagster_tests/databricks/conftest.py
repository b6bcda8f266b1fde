"""A workspace over HTTP, with a Sail server for the whole session and a store in S3."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime

import polars as pl
import pytest

from github_traffic_dagster.databricks.publishing import Publication, publish
from github_traffic_dagster.databricks.statements import Warehouse
from github_traffic_dagster.databricks.target import Credentials, Namespace, Target
from github_traffic_dagster.databricks.workspace import Workspace
from github_traffic_dagster.io_manager import table_places, write
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.tables import GOLDEN, REPOS
from github_traffic_dagster_tests.databricks.workspace.server import (
    TOKEN,
    WAREHOUSE,
    SimulatedWorkspace,
)
from github_traffic_dagster_tests.object_stores import s3_folder, s3_variables
from github_traffic_dagster_tests.sail import running_sail, session
from reliability.emulators import ObjectStore

NAMESPACE = Namespace("main", "github_traffic")
TARGET = Target(WAREHOUSE, NAMESPACE, "/Workspace/Shared/traffic")
SEEN = datetime(2026, 3, 10, 5, tzinfo=UTC)


@pytest.fixture(scope="session")
def sail_address(s3_server: ObjectStore) -> Iterator[str]:
    """A Spark Connect server that can read the S3 server."""
    with running_sail(s3_variables(s3_server.url)) as sail:
        yield sail.address


@pytest.fixture
def simulated(sail_address: str) -> Iterator[SimulatedWorkspace]:
    """An empty workspace."""
    with SimulatedWorkspace(lambda: session(sail_address)) as workspace:
        yield workspace


@pytest.fixture
def workspace(simulated: SimulatedWorkspace) -> Workspace:
    """The workspace, signed in to with its token."""
    return signed_in(simulated)


@pytest.fixture
def warehouse(workspace: Workspace) -> Warehouse:
    """Its warehouse, with names of the target's schema."""
    return Warehouse(workspace, WAREHOUSE, NAMESPACE, pauses=(0.01,))


@pytest.fixture(scope="session")
def store_uri(s3_server: ObjectStore) -> Iterator[str]:
    """A store in S3 with two repositories and two days; nobody writes to it any more."""
    with pytest.MonkeyPatch.context() as patch, s3_folder(s3_server, patch) as folder:
        _fill(table_places(f"{folder}/it's-here"))
        yield f"{folder}/it's-here"


@pytest.fixture
def places(store_uri: str, s3: str) -> Mapping[str, Place]:
    """Where its tables lie; the environment holds the credentials."""
    return table_places(store_uri)


def _fill(places: Mapping[str, Place]) -> None:
    repos = pl.DataFrame(
        [repo_row(number, day) for number in (1, 2) for day in (9, 10)],
        schema=REPOS.schema,
        orient="row",
    )
    write(places[REPOS.name], REPOS, repos, run_id="run")
    for metric in Metric:
        golden = pl.DataFrame(
            [golden_row(number, day) for number in (1, 2) for day in (9, 10)],
            schema=GOLDEN[metric].schema,
            orient="row",
        )
        write(places[GOLDEN[metric].name], GOLDEN[metric], golden, run_id="run")


@pytest.fixture
def published(
    workspace: Workspace, places: Mapping[str, Place], warehouse: Warehouse
) -> Callable[[], Publication]:
    """Publishes the store to the target."""

    def publish_now() -> Publication:
        warehouse.statements = 0
        return publish(workspace, TARGET, places, warehouse)

    return publish_now


def signed_in(simulated: SimulatedWorkspace, token: str = TOKEN, seconds: float = 3) -> Workspace:
    """A workspace's API with a token, and little patience."""
    from pydantic import SecretStr  # noqa: PLC0415 - one use

    return Workspace(simulated.url, Credentials(token=SecretStr(token)), retry_seconds=seconds)


def repo_row(number: int, day: int) -> tuple[object, ...]:
    """A repository as seen on a day of March 2026."""
    name = f"repo{number}"
    known = (date(2026, 3, day), number, "me", name, f"me/{name}", False, False, False, SEEN)
    return (*known, 5, 1, 0, True, SEEN)


def golden_row(number: int, day: int) -> tuple[object, ...]:
    """What is known of a repository's day: 10 times its number and the day."""
    counts = (10 * number + day, number)
    key = (number, f"me/repo{number}", date(2026, 3, day))
    return (*key, *counts, "complete", SEEN, SEEN, 1)
