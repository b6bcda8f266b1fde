"""The store's tables in Unity Catalog: external tables over the Delta tables where they lie.

Databricks is never asked to write into them. What it knows of a table's columns, their comments
and which of them hold no null, it reads from our Delta log when the table is registered, and again
by `REPAIR TABLE ... SYNC METADATA`; the primary key is known to Unity Catalog alone. So one that
may only read the store's location is enough, and no second engine's commits meet ours.
https://docs.databricks.com/sql/language-manual/sql-ref-syntax-ddl-create-table-using.html
https://docs.databricks.com/sql/language-manual/sql-ref-syntax-ddl-repair-table.html
https://docs.databricks.com/sql/language-manual/sql-ref-syntax-ddl-alter-table-add-constraint.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from deltalake import Field

from github_traffic_dagster.databricks.catalog_tables import is_over, kind, look_up
from github_traffic_dagster.databricks.statements import Warehouse
from github_traffic_dagster.databricks.target import Namespace
from github_traffic_dagster.databricks.workspace import Workspace
from github_traffic_dagster.errors import SettingError, StatementError, WorkspaceError
from github_traffic_dagster.sql_quoting import literal, quoted
from github_traffic_dagster.store.opening import open_table
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.traffic.tables import Table

if TYPE_CHECKING:
    from databricks.sdk.service.catalog import TableInfo

_SEEN: Final = ("s3://", "abfss://", "gs://")


@dataclass(slots=True)
class Registration:
    """What was done.

    Attributes:
        changes: what is new, in words, in the order it was done; empty where all was there.
        notes: what a table lacks.
    """

    changes: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Registrar:
    """Registers tables of the store in a namespace, through a warehouse.

    Attributes:
        workspace: where they are registered.
        warehouse: what runs the statements.
        namespace: the schema they appear in.
        places: where each table of the store lies, by name.
    """

    workspace: Workspace
    warehouse: Warehouse
    namespace: Namespace
    places: Mapping[str, Place]

    def register(self, tables: Sequence[Table]) -> Registration:
        """Register what is not there yet, and bring up to date what is.

        Raises:
            SettingError: Databricks can't see the store's location.
            StoreError: a table of the store could not be read.
            StatementError: a statement failed.
            WorkspaceError: something else goes by the name of a table, or a request failed.
        """
        for table in tables:
            _refuse_local(self.places[table.name])
        wanted = {table.name: self._fields(table) for table in tables}
        known = {table.name: self._known(table) for table in tables}
        done = Registration()
        if not any(known.values()):
            self._create_schema(done)
        for table in tables:
            found = known[table.name] or self._create(table, done)
            found = self._synchronize(table, found, wanted[table.name], done)
            self._add_key(table, found, wanted[table.name], done)
        return done

    def _fields(self, table: Table) -> dict[str, Field]:
        """The columns as the Delta log has them."""
        opened = open_table(self.places[table.name], table)
        return {column.name: column for column in opened.schema().fields}

    def _known(self, table: Table) -> "TableInfo | None":
        """What Unity Catalog says of a table, or None where it has none of that name."""
        found = look_up(self.workspace, self.namespace, table.name)
        place = self.places[table.name]
        if found is not None and not is_over(found, place):
            what = f"a {kind(found)} object"
            if kind(found) == "EXTERNAL":
                what = f"an external table at {found.storage_location}"
            raise WorkspaceError(
                f"{self.namespace}.{table.name} in {self.workspace.name} is {what}, not the table "
                f"at {place.uri}. It was left as it is: drop or rename it, or choose another "
                "GITHUB_TRAFFIC_SCHEMA."
            )
        return found

    def _create_schema(self, done: Registration) -> None:
        """Create the schema where there is none: creating takes a right that using does not."""
        from databricks.sdk.errors import NotFound  # noqa: PLC0415 - an extra

        with self.workspace.faults(f"look up the schema {self.namespace}"):
            try:
                self.workspace.client.schemas.get(str(self.namespace))
            except NotFound:
                pass
            else:
                return
        self.warehouse.execute(
            f"CREATE SCHEMA IF NOT EXISTS {self.namespace.sql} COMMENT "
            + literal("GitHub traffic: views and clones of repositories, kept for ever")
        )
        done.changes.append(f"schema {self.namespace} created")

    def _create(self, table: Table, done: Registration) -> "TableInfo":
        self.warehouse.execute(
            f"CREATE TABLE IF NOT EXISTS {self.namespace.object(table.name)} USING DELTA "
            f"LOCATION {literal(self.places[table.name].uri)} COMMENT {literal(table.grain)}"
        )
        done.changes.append(f"{table.name} registered")
        found = self._known(table)
        if found is None:
            raise WorkspaceError(
                f"{self.workspace.name} created {self.namespace}.{table.name} but does not show "
                "it: grant SELECT on it to whom publishes."
            )
        return found

    def _synchronize(
        self, table: Table, found: "TableInfo", wanted: Mapping[str, Field], done: Registration
    ) -> "TableInfo":
        """Let Unity Catalog read our Delta log again where it knows other columns or comments."""
        if _described(found) == _wanted(wanted):
            return found
        self.warehouse.execute(
            f"MSCK REPAIR TABLE {self.namespace.object(table.name)} SYNC METADATA"
        )
        done.changes.append(f"{table.name}: columns and comments brought up to date")
        return self._known(table) or found

    def _add_key(
        self, table: Table, found: "TableInfo", wanted: Mapping[str, Field], done: Registration
    ) -> None:
        if _has_key(found):
            return
        if any(wanted[name].nullable for name in table.key):
            done.notes.append(
                f"{table.name} has no primary key: an older release made its table. `github-traffic"
                " export` and `import` into an empty store make it anew."
            )
            return
        try:
            self.warehouse.execute(
                f"ALTER TABLE {self.namespace.object(table.name)} ADD CONSTRAINT "
                f"{quoted(f'{table.name}_key')} PRIMARY KEY "
                f"({', '.join(map(quoted, table.key))})"
            )
        except StatementError:
            # A request that was repeated, or another run, may have been first.
            found_now = self._known(table)
            if found_now is None or not _has_key(found_now):
                raise
        done.changes.append(f"{table.name}: primary key added")


def _refuse_local(place: Place) -> None:
    if not place.uri.startswith(_SEEN):
        raise SettingError(
            f"Databricks can't see {place.uri}: it lies on this machine. Set GITHUB_TRAFFIC_STORE "
            "to s3://BUCKET/PATH, abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/PATH or "
            "gs://BUCKET/PATH (`github-traffic export` and `import` move what there is), or unset "
            "GITHUB_TRAFFIC_CATALOG."
        )


def _described(found: "TableInfo") -> dict[str, tuple[str, bool]]:
    return {
        str(column.name): (column.comment or "", column.nullable is not False)
        for column in found.columns or []
    }


def _wanted(columns: Mapping[str, Field]) -> dict[str, tuple[str, bool]]:
    return {
        name: (str(column.metadata.get("comment", "")), column.nullable)
        for name, column in columns.items()
    }


def _has_key(found: "TableInfo") -> bool:
    return any(one.primary_key_constraint for one in found.table_constraints or [])
