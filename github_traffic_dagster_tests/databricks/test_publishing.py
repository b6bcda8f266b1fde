"""Publishing into a workspace over HTTP: what appears there, and that a second time changes nothing."""

from collections.abc import Callable, Mapping

from github_traffic_dagster.databricks.publishing import Publication
from github_traffic_dagster.databricks.statements import Warehouse
from github_traffic_dagster.store.opening import open_table
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.traffic.tables import GOLDEN, REPOS
from github_traffic_dagster_tests.databricks.workspace.server import SimulatedWorkspace

Publish = Callable[[], Publication]


def test_a_first_publish_creates_all(
    simulated: SimulatedWorkspace, published: Publish, warehouse: Warehouse
):
    done = published()
    print(done)
    print(simulated.requests)
    print(simulated.sql.statements)
    print(warehouse.execute("SELECT * FROM daily_traffic ORDER BY 1, 2"))
    done = published()
    print(done)
    assert 0
