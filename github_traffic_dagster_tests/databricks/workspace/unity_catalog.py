"""What Unity Catalog knows of tables and views, and its REST API (schemas and tables).

https://docs.databricks.com/api/workspace/tables, https://docs.databricks.com/api/workspace/schemas
"""

import re
from dataclasses import dataclass, field
from typing import Any

from deltalake import DeltaTable
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from github_traffic_dagster_tests.databricks.workspace.answers import RefusalError


class SqlError(Exception):
    """A statement fails with an error class and a message, as Databricks shows them."""


@dataclass
class Column:
    name: str
    type_text: str
    nullable: bool = True
    comment: str | None = None


@dataclass
class Relation:
    """A table or a view."""

    name: str
    kind: str
    columns: list[Column]
    comment: str | None = None
    location: str | None = None
    properties: dict[str, str] = field(default_factory=dict)
    key_name: str | None = None
    key: tuple[str, ...] = ()

    def column(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise SqlError(f"[UNRESOLVED_COLUMN] A column with name `{name}` cannot be resolved.")

    def add_key(self, name: str, columns: tuple[str, ...]) -> None:
        if self.key:
            raise SqlError(f"[CONSTRAINT_ALREADY_EXISTS] `{self.name}` has a primary key.")
        nullable = [column for column in columns if self.column(column).nullable]
        if nullable:
            raise SqlError(
                f"Cannot create the primary key `{name}` because its child column(s) "
                f"`{'`, `'.join(nullable)}` is nullable. Please change the column nullability "
                "and retry."
            )
        self.key_name, self.key = name, columns


class UnityCatalog:
    """Catalogs, their schemas and what is in these.

    Attributes:
        catalogs: there by an administrator's hand.
        external_locations: prefixes below which external tables may be created.
        schemas: what is in each, by (catalog, schema).
        storage_options: with which locations are read.
    """

    def __init__(self, storage_options: dict[str, str] | None = None) -> None:
        self.catalogs = {"main"}
        self.external_locations = ["s3://", "abfss://", "gs://"]
        self.schemas: dict[tuple[str, str], dict[str, Relation]] = {}
        self.storage_options = storage_options or {}

    def create_schema(self, catalog: str, schema: str, *, if_not_exists: bool) -> None:
        if catalog not in self.catalogs:
            raise SqlError(f"[NO_SUCH_CATALOG_EXCEPTION] Catalog '{catalog}' was not found.")
        if (catalog, schema) in self.schemas and not if_not_exists:
            raise SqlError(f"[SCHEMA_ALREADY_EXISTS] Schema '{catalog}.{schema}' exists.")
        self.schemas.setdefault((catalog, schema), {})

    def schema(self, catalog: str, schema: str) -> dict[str, Relation]:
        if (catalog, schema) not in self.schemas:
            raise SqlError(f"[SCHEMA_NOT_FOUND] The schema `{catalog}`.`{schema}` was not found.")
        return self.schemas[catalog, schema]

    def relation(self, catalog: str, schema: str, name: str) -> Relation:
        found = self.schema(catalog, schema).get(name)
        if found is None:
            raise SqlError(f"[TABLE_OR_VIEW_NOT_FOUND] `{name}` cannot be found.")
        return found

    def create_external(
        self, catalog: str, schema: str, name: str, location: str, comment: str | None
    ) -> None:
        """Register a Delta table where it lies; what its log says is taken over."""
        if not location.startswith(tuple(self.external_locations)):
            raise SqlError(
                f"[EXTERNAL_LOCATION_DOES_NOT_EXIST] No parent external location found for path "
                f"'{location}'. Please create an external location."
            )
        self.require_unregistered(location)
        self.schema(catalog, schema)[name] = Relation(
            name, "EXTERNAL", self.columns_at(location), comment, location
        )

    def require_unregistered(self, location: str) -> None:
        for (catalog, schema), relations in self.schemas.items():
            for relation in relations.values():
                if (relation.location or "").rstrip("/") == location.rstrip("/"):
                    raise SqlError(
                        f"[LOCATION_OVERLAP] Input path url '{location}' overlaps with other "
                        f"external tables: {catalog}.{schema}.{relation.name}."
                    )

    def columns_at(self, location: str) -> list[Column]:
        """The columns as the Delta log at a place has them."""
        log = DeltaTable(location, storage_options=self.storage_options)
        return [
            Column(
                one.name,
                str(one.type.type),
                one.nullable,
                one.metadata.get("comment"),
            )
            for one in log.schema().fields
        ]

    def synchronize(self, relation: Relation) -> None:
        """REPAIR TABLE ... SYNC METADATA."""
        assert relation.location
        relation.columns = self.columns_at(relation.location)

    def routes(self) -> list[Route]:
        return [
            Route("/api/2.1/unity-catalog/schemas/{name}", self._get_schema),
            Route("/api/2.1/unity-catalog/tables", self._list_tables),
            Route("/api/2.1/unity-catalog/tables/{name}", self._get_table),
        ]

    async def _get_schema(self, request: Request) -> Response:
        name = request.path_params["name"]
        catalog, schema = _parts(name, 2)
        self._require_schema(catalog, schema)
        content = {"name": schema, "catalog_name": catalog, "full_name": name}
        return JSONResponse(content)

    async def _list_tables(self, request: Request) -> Response:
        """Without columns and constraints, which the documentation leaves out of lists."""
        query = request.query_params
        if "catalog_name" not in query or "schema_name" not in query:
            raise RefusalError(
                400, "INVALID_PARAMETER_VALUE", "catalog_name and schema_name required"
            )
        place = query["catalog_name"], query["schema_name"]
        self._require_schema(*place)
        shown = [self._shown(*place, one) for one in self.schemas[place].values()]
        for one in shown:
            del one["columns"], one["table_constraints"]
        return JSONResponse({"tables": shown})

    async def _get_table(self, request: Request) -> Response:
        catalog, schema, name = _parts(request.path_params["name"], 3)
        self._require_schema(catalog, schema)
        found = self.schemas[catalog, schema].get(name)
        if found is None:
            raise RefusalError(
                404, "TABLE_DOES_NOT_EXIST", f"Table '{catalog}.{schema}.{name}' does not exist."
            )
        return JSONResponse(self._shown(catalog, schema, found))

    def _require_schema(self, catalog: str, schema: str) -> None:
        if catalog not in self.catalogs:
            raise RefusalError(
                404, "CATALOG_DOES_NOT_EXIST", f"Catalog '{catalog}' does not exist."
            )
        if (catalog, schema) not in self.schemas:
            raise RefusalError(
                404, "SCHEMA_DOES_NOT_EXIST", f"Schema '{catalog}.{schema}' does not exist."
            )

    @staticmethod
    def _shown(catalog: str, schema: str, relation: Relation) -> dict[str, Any]:
        columns = [
            {
                "name": column.name,
                "type_text": column.type_text,
                "nullable": column.nullable,
                "position": position,
                **({"comment": column.comment} if column.comment else {}),
            }
            for position, column in enumerate(relation.columns)
        ]
        key = {"name": relation.key_name, "child_columns": list(relation.key)}
        return {
            "name": relation.name,
            "catalog_name": catalog,
            "schema_name": schema,
            "full_name": f"{catalog}.{schema}.{relation.name}",
            "table_type": relation.kind,
            "columns": columns,
            "properties": dict(relation.properties),
            "table_constraints": [{"primary_key_constraint": key}] if relation.key else [],
            **({"comment": relation.comment} if relation.comment else {}),
            **({"storage_location": relation.location} if relation.location else {}),
            **({"data_source_format": "DELTA"} if relation.kind == "EXTERNAL" else {}),
        }


def _parts(name: str, count: int) -> list[str]:
    parts = name.split(".")
    if len(parts) != count or not all(re.fullmatch(r"[^\s/.]+", part) for part in parts):
        raise RefusalError(400, "INVALID_PARAMETER_VALUE", f"'{name}' is not a valid name")
    return parts
