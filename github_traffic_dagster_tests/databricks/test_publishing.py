"""Publishing into a workspace: what appears, what a second time does, what stays untouched."""

import json
from collections.abc import Callable, Mapping
from datetime import date

import pytest
from deltalake import DeltaTable, Field, Schema
from deltalake.schema import PrimitiveType

from github_traffic_dagster.databricks import publishing
from github_traffic_dagster.databricks.publishing import PUBLISHED, Publication
from github_traffic_dagster.databricks.sql_library import View, views
from github_traffic_dagster.databricks.statements import Warehouse
from github_traffic_dagster.databricks.target import Target
from github_traffic_dagster.databricks.workspace import Workspace
from github_traffic_dagster.errors import SettingError, StatementError, WorkspaceError
from github_traffic_dagster.io_manager import table_places
from github_traffic_dagster.store.layout import configuration, delta_field, stored_columns
from github_traffic_dagster.store.opening import create_table
from github_traffic_dagster.store.periods import Period
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.tables import CLONES_LESS_AUTOMATION, GOLDEN, REPOS, TABLES
from github_traffic_dagster_tests.databricks.conftest import NAMESPACE, TARGET, signed_in
from github_traffic_dagster_tests.databricks.workspace import faults
from github_traffic_dagster_tests.databricks.workspace.faults import StatementFate
from github_traffic_dagster_tests.databricks.workspace.lakeview import Draft
from github_traffic_dagster_tests.databricks.workspace.server import WAREHOUSE, SimulatedWorkspace
from github_traffic_dagster_tests.databricks.workspace.unity_catalog import Relation

Publish = Callable[[], Publication]
Places = Mapping[str, Place]
SCHEMA = (NAMESPACE.catalog, NAMESPACE.schema)


def relations(simulated: SimulatedWorkspace) -> dict[str, Relation]:
    return simulated.unity_catalog.schemas.get(SCHEMA, {})


def draft(simulated: SimulatedWorkspace) -> Draft:
    (found,) = simulated.lakeview.drafts.values()
    return found


def versions(places: Places) -> dict[str, int]:
    return {table.name: DeltaTable(places[table.name].uri).version() for table in PUBLISHED}


def writes(simulated: SimulatedWorkspace) -> list[tuple[str, str]]:
    return [(method, path) for method, path in simulated.requests if method != "GET"]


def test_a_first_publish_shows_the_tables_with_comments_and_keys(
    published: Publish, simulated: SimulatedWorkspace, places: Places
):
    before = versions(places)
    done = published()
    for table in PUBLISHED:
        shown = relations(simulated)[table.name]
        assert shown.kind == "EXTERNAL"
        assert shown.location == places[table.name].uri
        assert shown.comment == table.grain
        comments = {column.name: column.comment for column in shown.columns}
        assert comments == {column.name: column.comment for column in stored_columns(table)}
        assert shown.key == table.key
    assert done.tables == ("repos", "golden_views", "golden_clones")
    assert not done.notes
    assert "golden_views registered" in done.changes
    assert versions(places) == before


def test_the_estimate_of_clones_is_shown_where_a_setting_has_asked_for_it(
    published: Publish, simulated: SimulatedWorkspace, places: Places
):
    name = CLONES_LESS_AUTOMATION.name
    published()
    assert name not in relations(simulated)
    create_table(places[name], CLONES_LESS_AUTOMATION, Period.YEAR)
    done = published()
    assert done.tables[-1] == name
    assert relations(simulated)[name].key == ("repo_id", "day")
    assert "raw_workflow_checkouts" not in relations(simulated)
    assert published().changes == ()


def test_the_views_answer_through_the_warehouse(published: Publish, warehouse: Warehouse):
    done = published()
    assert done.views == tuple(view.name for view in views())
    rows = warehouse.execute("SELECT * FROM daily_traffic ORDER BY full_name, day")
    known = [(row["full_name"], row["day"], row["views"], row["clones"]) for row in rows]
    assert known == [
        (f"me/repo{number}", date(2026, 3, day), 10 * number + day, 10 * number + day)
        for number in (1, 2)
        for day in (9, 10)
    ]


def test_the_dashboard_is_published_with_its_readers_own_rights(
    published: Publish, simulated: SimulatedWorkspace
):
    done = published()
    found = draft(simulated)
    assert found.path == "/Shared/traffic/GitHub traffic.lvdash.json"
    assert found.published
    assert found.published["warehouse_id"] == WAREHOUSE
    assert found.published["embed_credentials"] is False
    assert "`main`.`github_traffic`" in found.serialized_dashboard
    assert done.dashboard_url == f"{simulated.url}/dashboardsv3/{found.dashboard_id}/published"
    assert done.catalog_url == f"{simulated.url}/explore/data/main/github_traffic"


def test_a_second_publish_changes_nothing_and_starts_no_warehouse(
    published: Publish, simulated: SimulatedWorkspace
):
    published()
    shown, told = repr(relations(simulated)), repr(draft(simulated))
    simulated.requests.clear()
    done = published()
    assert (done.statements, done.changes) == (0, ())
    assert not writes(simulated)
    assert (repr(relations(simulated)), repr(draft(simulated))) == (shown, told)


def test_nothing_that_is_published_writes_into_the_store(
    published: Publish, simulated: SimulatedWorkspace, places: Places
):
    before = versions(places)
    published()
    relations(simulated)["golden_views"].columns[0].comment = "something else"
    published()
    assert not simulated.engine.log_writes
    assert versions(places) == before


def test_other_comments_and_new_columns_are_brought_up_to_date_from_our_log(
    published: Publish, simulated: SimulatedWorkspace
):
    published()
    shown = relations(simulated)["golden_views"]
    shown.columns[0].comment = "something else"
    del shown.columns[-1]
    done = published()
    assert done.changes == ("golden_views: columns and comments brought up to date",)
    assert simulated.sql.statements[-1] == (
        "MSCK REPAIR TABLE `main`.`github_traffic`.`golden_views` SYNC METADATA"
    )
    assert published().changes == ()


def test_a_view_is_written_again_where_its_text_is_new_and_so_is_what_builds_on_it(
    published: Publish, simulated: SimulatedWorkspace, monkeypatch: pytest.MonkeyPatch
):
    names = ("one", "two", "three")
    texts = {name: f"CREATE OR REPLACE VIEW {name} AS SELECT 1 AS a" for name in names}
    monkeypatch.setattr(
        publishing, "views", lambda: tuple(View(name, text, "") for name, text in texts.items())
    )
    published()
    texts["two"] = "CREATE OR REPLACE VIEW two AS SELECT 2 AS a"
    assert published().changes == ("view two written", "view three written")
    relations(simulated)["one"].properties.clear()  # as somebody's CREATE OR REPLACE does
    assert published().changes[0] == "view one written"


def test_the_dashboard_is_updated_where_it_lies(
    published: Publish, simulated: SimulatedWorkspace, monkeypatch: pytest.MonkeyPatch
):
    before = published().dashboard_url
    monkeypatch.setattr(publishing, "serialized", lambda *_names: '{"pages": [1]}')
    done = published()
    assert done.changes == ("dashboard updated", "dashboard published")
    assert done.dashboard_url == before
    assert json.loads(draft(simulated).serialized_dashboard) == {"pages": [1]}
    assert published().changes == ()


def test_a_publish_that_died_before_its_last_step_is_completed(
    published: Publish, simulated: SimulatedWorkspace, monkeypatch: pytest.MonkeyPatch
):
    published()
    monkeypatch.setattr(publishing, "serialized", lambda *_names: '{"pages": [1]}')
    simulated.fail(faults.FORBIDDEN, "/api/2.0/lakeview", method="POST")
    with pytest.raises(WorkspaceError, match="could not publish the dashboard"):
        published()
    simulated.heal()
    assert published().changes == ("dashboard published",)


def test_another_warehouse_is_taken_over(
    published: Publish, simulated: SimulatedWorkspace, workspace: Workspace, places: Places
):
    published()
    simulated.warehouses.states["other"] = "STOPPED"
    target = Target("other", NAMESPACE, TARGET.dashboard_folder)
    done = publishing.publish(workspace, target, places, Warehouse(workspace, "other", NAMESPACE))
    assert done.changes == ("dashboard updated", "dashboard published")
    assert (draft(simulated).published or {})["warehouse_id"] == "other"


def test_a_table_elsewhere_under_our_name_is_left_alone(
    published: Publish, simulated: SimulatedWorkspace, places: Places
):
    elsewhere = places["golden_clones"].uri
    simulated.unity_catalog.create_schema(*SCHEMA, if_not_exists=True)
    simulated.unity_catalog.create_external(*SCHEMA, "golden_views", elsewhere, "somebody's")
    shown = repr(relations(simulated))
    with pytest.raises(WorkspaceError, match=r"is an external table at s3://.*golden_clones, not"):
        published()
    assert repr(relations(simulated)) == shown
    assert not writes(simulated)


def test_a_view_under_a_tables_name_is_left_alone(
    published: Publish, simulated: SimulatedWorkspace
):
    simulated.unity_catalog.create_schema(*SCHEMA, if_not_exists=True)
    relations(simulated)["repos"] = Relation("repos", "VIEW", [])
    with pytest.raises(WorkspaceError, match="is a VIEW object, not the table at s3"):
        published()
    assert not writes(simulated)


def test_something_else_at_the_dashboards_path_is_left_alone(
    published: Publish, simulated: SimulatedWorkspace
):
    simulated.lakeview.others["/Shared/traffic/GitHub traffic.lvdash.json"] = "FILE"
    with pytest.raises(WorkspaceError, match="is a FILE, not our dashboard"):
        published()
    assert not simulated.lakeview.drafts


def test_an_existing_schema_takes_no_right_to_create_one(
    published: Publish, simulated: SimulatedWorkspace, warehouse: Warehouse
):
    warehouse.execute(f"CREATE SCHEMA {NAMESPACE.sql}")
    published()
    created = [text for text in simulated.sql.statements if text.startswith("CREATE SCHEMA")]
    assert len(created) == 1


def test_a_store_on_this_machines_disk_is_refused_before_anything_is_done(
    workspace: Workspace, warehouse: Warehouse, simulated: SimulatedWorkspace, tmp_path: object
):
    with pytest.raises(SettingError, match=r"can't see .*it lies on this machine.*s3://BUCKET"):
        publishing.publish(workspace, TARGET, table_places(str(tmp_path)), warehouse)
    assert not writes(simulated)


def table_of_an_older_release(uri: str) -> Place:
    """An empty golden_views whose key may hold null."""
    table = GOLDEN[Metric.VIEWS]
    DeltaTable.create(
        uri,
        Schema([delta_field(column) for column in stored_columns(table)]),
        partition_by=["period"],
        configuration=configuration(table, Period.YEAR),
        raise_if_key_not_exists=False,
    )
    return Place(uri)


def test_a_table_of_an_older_release_has_no_key_and_the_result_says_so(
    workspace: Workspace, warehouse: Warehouse, simulated: SimulatedWorkspace, places: Places
):
    table = GOLDEN[Metric.VIEWS]
    old = table_of_an_older_release(f"{places[REPOS.name].uri}_old")
    done = publishing.publish(workspace, TARGET, {**places, table.name: old}, warehouse)
    assert [table.name in note for note in done.notes] == [True]
    assert "export" in done.notes[0]
    assert not relations(simulated)[table.name].key
    assert not simulated.engine.log_writes


@pytest.mark.parametrize("number", range(1, 10))
def test_each_statement_that_fails_is_named_and_the_next_publish_completes(
    published: Publish, simulated: SimulatedWorkspace, places: Places, number: int
):
    before = versions(places)
    fate = StatementFate(("PENDING", "FAILED"), message=f"number {number} broke")
    simulated.sql.decide(lambda n, _text: n == number, fate)
    with pytest.raises(StatementError, match=f"number {number} broke"):
        published()
    assert len(simulated.sql.statements) == number
    simulated.heal()
    published()
    assert all(relations(simulated)[table.name].key == table.key for table in PUBLISHED)
    assert published().changes == ()
    assert versions(places) == before


@pytest.mark.parametrize(
    ("path", "doing"),
    [
        ("/api/2.0/sql/warehouses", "find the SQL warehouse abc123"),
        ("/api/2.1/unity-catalog/tables/", "look up the table main.github_traffic.repos"),
        ("/api/2.1/unity-catalog/schemas/", "look up the schema main.github_traffic"),
        ("/api/2.0/sql/statements", "run a statement on the SQL warehouse abc123"),
        ("/api/2.0/workspace/get-status", "look up the dashboard /Shared/traffic/GitHub traffic"),
        ("/api/2.0/workspace/mkdirs", "create the dashboard /Shared/traffic/GitHub traffic"),
        ("/api/2.0/lakeview", "create the dashboard /Shared/traffic/GitHub traffic"),
    ],
)
def test_a_missing_right_names_what_could_not_be_done(
    published: Publish, simulated: SimulatedWorkspace, places: Places, path: str, doing: str
):
    before = versions(places)
    simulated.fail(faults.FORBIDDEN, path)
    with pytest.raises(WorkspaceError) as raised:
        published()
    assert f"could not {doing}" in str(raised.value)
    assert "docs/databricks.md" in str(raised.value)
    assert versions(places) == before
    simulated.heal()
    published()
    assert published().changes == ()


@pytest.mark.parametrize(
    ("path", "skip"),
    [
        ("/api/2.0/sql/statements", 1),
        ("/api/2.0/sql/statements", 2),
        ("/api/2.0/lakeview/dashboards", 0),
    ],
    ids=["table", "key", "dashboard"],
)
def test_an_answer_that_got_lost_is_asked_for_again_and_nothing_is_there_twice(
    places: Places, simulated: SimulatedWorkspace, path: str, skip: int
):
    """The request was served, its answer was not: the SDK sends it again."""
    simulated.fail(faults.Dropped(after=True), path, method="POST", times=1, skip=skip)
    workspace = signed_in(simulated, seconds=20)
    warehouse = Warehouse(workspace, WAREHOUSE, NAMESPACE, pauses=(0.01,))
    publishing.publish(workspace, TARGET, places, warehouse)
    assert len(simulated.lakeview.drafts) == 1
    done = publishing.publish(workspace, TARGET, places, warehouse)
    assert done.changes == ()
    assert all(relations(simulated)[table.name].key for table in PUBLISHED)


def test_a_deleted_warehouse_is_told_before_anything_is_done(
    published: Publish, simulated: SimulatedWorkspace
):
    simulated.warehouses.states[WAREHOUSE] = "DELETED"
    with pytest.raises(WorkspaceError, match=r"abc123 in 127.* was deleted"):
        published()
    del simulated.warehouses.states[WAREHOUSE]
    with pytest.raises(WorkspaceError, match=r"DATABRICKS_WAREHOUSE_ID.*does not exist"):
        published()
    assert not writes(simulated)


def test_a_catalog_that_is_not_there_is_named(published: Publish, simulated: SimulatedWorkspace):
    simulated.unity_catalog.catalogs.clear()
    with pytest.raises(
        StatementError, match=r"Catalog 'main' was not found.*GITHUB_TRAFFIC_CATALOG"
    ):
        published()


def test_a_location_without_an_external_location_says_what_an_administrator_does(
    published: Publish, simulated: SimulatedWorkspace
):
    simulated.unity_catalog.external_locations.clear()
    with pytest.raises(StatementError, match="administrator must make an external location"):
        published()


def test_the_raw_tables_are_not_shown(published: Publish, simulated: SimulatedWorkspace):
    published()
    raw = {name for name in TABLES if name.startswith("raw_")}
    assert raw
    assert not raw & relations(simulated).keys()


def test_unity_catalog_takes_no_key_over_columns_that_may_hold_null(
    published: Publish, simulated: SimulatedWorkspace, warehouse: Warehouse
):
    """Of the simulated workspace: it must refuse what the real one does."""
    published()
    shown = relations(simulated)["repos"]
    shown.key, shown.column("day").nullable = (), True
    with pytest.raises(StatementError, match="`day` is nullable"):
        warehouse.execute("ALTER TABLE repos ADD CONSTRAINT k PRIMARY KEY (day, repo_id)")


def test_columns_of_the_key_hold_no_null_in_new_tables(places: Places):
    for table in PUBLISHED:
        opened = DeltaTable(places[table.name].uri)
        fields: dict[str, Field] = {field.name: field for field in opened.schema().fields}
        assert {name for name, field in fields.items() if not field.nullable} == set(table.key)
        assert all(isinstance(field.type, PrimitiveType) for field in fields.values())
        protocol = opened.protocol()
        assert (protocol.min_reader_version, protocol.min_writer_version) == (1, 2)
