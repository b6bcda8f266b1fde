"""One Sail server for all of the SQL, and tables with years of traffic."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from github_traffic_dagster_tests.databricks.sql.warehouse import Warehouse
from github_traffic_dagster_tests.databricks.sql.world import World, empty_world, full_world
from github_traffic_dagster_tests.sail import running_sail, session

Opened = Callable[[Path], Warehouse]


@pytest.fixture(scope="session")
def open_warehouse() -> Iterator[Opened]:
    """A way to a warehouse over the tables in a folder; each has a catalog of its own."""
    with running_sail() as sail, ExitStack() as sessions:

        def opened(store: Path) -> Warehouse:
            spark = session(sail.address)
            sessions.callback(spark.stop)
            warehouse = Warehouse(spark, store)
            warehouse.register()
            return warehouse

        yield opened


@pytest.fixture(scope="session")
def world() -> World:
    """What the tables hold."""
    return full_world()


@pytest.fixture(scope="session")
def warehouse(
    world: World, open_warehouse: Opened, tmp_path_factory: pytest.TempPathFactory
) -> Warehouse:
    """The tables of `world` with the views over them."""
    store = tmp_path_factory.mktemp("store")
    world.store(store)
    return open_warehouse(store)


@pytest.fixture(scope="session")
def new_warehouse(open_warehouse: Opened, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Tables without a row with the views over them."""
    store = tmp_path_factory.mktemp("new_store")
    empty_world().store(store)
    return open_warehouse(store)
