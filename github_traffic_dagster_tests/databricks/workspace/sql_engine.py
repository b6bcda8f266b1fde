"""Runs statements in Databricks' dialect: on Sail, and on the model of Unity Catalog.

What sqlglot can't read as Databricks SQL fails as it would there.
"""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import sqlglot
from sqlglot import exp

from github_traffic_dagster.sql_quoting import literal
from github_traffic_dagster_tests.databricks.workspace.unity_catalog import (
    Column,
    Relation,
    SqlError,
    UnityCatalog,
)

_REPAIR = re.compile(r"TABLE (?P<name>\S+) SYNC METADATA")


@dataclass(frozen=True)
class Result:
    """Rows as the API gives them out: text or None. Columns are names with type and its text."""

    columns: list[tuple[str, str, str]] = field(default_factory=list)
    rows: list[list[str | None]] = field(default_factory=list)


class SqlEngine:
    """One warehouse's SQL.

    Attributes:
        log_writes: statements that a real Databricks would have written into a table's Delta log.
    """

    def __init__(self, catalog: UnityCatalog, new_session: Callable[[], Any]) -> None:
        self.catalog = catalog
        self.log_writes: list[str] = []
        self._new_session = new_session
        self._spark: Any = None

    def run(
        self, statement: str, catalog: str | None, schema: str | None, parameters: dict[str, Any]
    ) -> Result:
        """Run a statement.

        Raises:
            SqlError: it fails, with what Databricks would say.
        """
        parsed = _parsed(statement)
        place = (catalog or "main", schema or "default")
        self._refuse_registered_places(parsed)
        if isinstance(parsed, exp.Create) and parsed.kind == "SCHEMA":
            self._create_schema(parsed)
        elif isinstance(parsed, exp.Create) and parsed.find(exp.LocationProperty):
            self._create_table(parsed, place)
        elif isinstance(parsed, exp.Create) and parsed.kind == "VIEW":
            self._create_view(parsed, statement, place)
        elif isinstance(parsed, exp.Alter):
            self._alter(parsed, statement, place)
        elif isinstance(parsed, exp.Comment):
            self.log_writes.append(statement)
            self._relation(parsed.this, place).comment = parsed.expression.this
        elif isinstance(parsed, exp.Command):
            self._repair(parsed, place)
        else:
            return self._on_sail(statement, place, parameters)
        return Result()

    def _refuse_registered_places(self, parsed: exp.Expr) -> None:
        """A place that is registered as a table is governed by it: it is reached by its name."""
        for table in parsed.find_all(exp.Table):
            if table.db == "delta":
                self.catalog.require_unregistered(table.name)

    def _create_schema(self, parsed: exp.Create) -> None:
        table = parsed.this
        self.catalog.create_schema(
            table.catalog, table.db, if_not_exists=bool(parsed.args.get("exists"))
        )
        self.spark.sql(f"CREATE SCHEMA IF NOT EXISTS `{table.catalog}`.`{table.db}`").collect()

    def _create_table(self, parsed: exp.Create, place: tuple[str, str]) -> None:
        catalog, schema, name = _names(parsed.find(exp.Table), place)
        if name in self.catalog.schema(catalog, schema):
            if parsed.args.get("exists"):
                return
            raise SqlError(f"[TABLE_OR_VIEW_ALREADY_EXISTS] `{name}` already exists.")
        location = str(parsed.find(exp.LocationProperty).this.this)  # type: ignore[union-attr]
        comment = parsed.find(exp.SchemaCommentProperty)
        self.catalog.create_external(
            catalog, schema, name, location, comment.this.this if comment else None
        )
        self.spark.sql(
            f"CREATE TABLE `{catalog}`.`{schema}`.`{name}` USING DELTA LOCATION {literal(location)}"
        ).collect()

    def _create_view(self, parsed: exp.Create, statement: str, place: tuple[str, str]) -> None:
        catalog, schema, name = _names(parsed.find(exp.Table), place)
        relations = self.catalog.schema(catalog, schema)
        if name in relations and relations[name].kind != "VIEW":
            raise SqlError(f"[EXPECT_VIEW_NOT_TABLE] `{name}` is a table, not a view.")
        self._on_sail(statement, place, {})
        described = self.spark.sql(f"SELECT * FROM `{catalog}`.`{schema}`.`{name}` LIMIT 0").schema
        told = {
            one.name: one.find(exp.CommentColumnConstraint)
            for one in (parsed.this.expressions if isinstance(parsed.this, exp.Schema) else [])
        }
        comment = parsed.find(exp.SchemaCommentProperty)
        columns = []
        for one in described.fields:
            said = told.get(one.name)
            text = str(said.this.this) if said else None
            columns.append(Column(one.name, one.dataType.simpleString(), True, text))
        relations[name] = Relation(name, "VIEW", columns, comment.this.this if comment else None)

    def _alter(self, parsed: exp.Alter, statement: str, place: tuple[str, str]) -> None:
        relation = self._relation(parsed.this, place)
        for action in parsed.args["actions"]:
            if isinstance(action, exp.AddConstraint):
                constraint = action.expressions[0]
                key = constraint.find(exp.PrimaryKey)
                if key is None:
                    raise SqlError("[UNSUPPORTED] Only primary keys here.")
                relation.add_key(constraint.name, tuple(one.name for one in key.expressions))
                continue
            if relation.kind != "VIEW":
                self.log_writes.append(statement)
            _alter_part(relation, action)

    def _repair(self, parsed: exp.Command, place: tuple[str, str]) -> None:
        text = str(parsed.expression.this if parsed.expression else "")
        found = _REPAIR.fullmatch(text)
        if parsed.this != "MSCK REPAIR" or not found:
            raise SqlError(f"[PARSE_SYNTAX_ERROR] Syntax error at or near '{parsed.this}'.")
        table = sqlglot.to_table(found["name"], dialect="databricks")
        self.catalog.synchronize(self._relation(table, place))

    def _relation(self, table: exp.Table, place: tuple[str, str]) -> Relation:
        return self.catalog.relation(*_names(table, place))

    def _on_sail(
        self, statement: str, place: tuple[str, str], parameters: dict[str, Any]
    ) -> Result:
        from pyspark.errors import PySparkException  # noqa: PLC0415 - slow

        try:
            if place in self.catalog.schemas:
                self.spark.sql(f"USE SCHEMA `{place[0]}`.`{place[1]}`").collect()
            frame = self.spark.sql(statement, args=parameters or None)
            rows, fields = frame.collect(), frame.schema.fields
        except PySparkException as error:
            raise SqlError(str(error)) from None
        columns = [(one.name, *_type(one.dataType.simpleString())) for one in fields]
        return Result(columns, [[_text(value) for value in row] for row in rows])

    @property
    def spark(self) -> Any:
        """The session, begun when it is first needed."""
        if self._spark is None:
            self._spark = self._new_session()
        return self._spark

    def close(self) -> None:
        """End the session: at exit, its client would look for its server for ten minutes."""
        if self._spark is not None:
            self._spark.stop()


def _alter_part(relation: Relation, action: exp.Expr) -> None:
    """Change a column's comment or nullability, or properties."""
    if isinstance(action, exp.AlterColumn):
        column = relation.column(action.name)
        if action.args.get("comment"):
            column.comment = action.args["comment"].this
        elif action.args.get("allow_null") is False:
            column.nullable = False
    elif isinstance(action, exp.AlterSet):
        for one in action.find_all(exp.Property):
            relation.properties[one.this.this] = one.args["value"].this
    else:
        raise SqlError(f"[PARSE_SYNTAX_ERROR] Syntax error at or near '{action.sql()}'.")


def _parsed(statement: str) -> exp.Expr:
    try:
        return sqlglot.parse_one(statement, dialect="databricks")
    except sqlglot.ParseError as error:
        said = str(error).split("\n", maxsplit=1)[0]
        raise SqlError(f"[PARSE_SYNTAX_ERROR] {said} SQLSTATE: 42601") from None


def _names(table: exp.Table | None, place: tuple[str, str]) -> tuple[str, str, str]:
    assert table is not None
    return table.catalog or place[0], table.db or place[1], table.name


def _type(spark_name: str) -> tuple[str, str]:
    names = {"bigint": "LONG", "smallint": "SHORT", "tinyint": "BYTE"}
    plain = spark_name.partition("(")[0].partition("<")[0]
    return names.get(plain, plain.upper()), spark_name.upper()


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%dT%H:%M:%S}.{value.microsecond // 1000:03d}Z"
    return str(value)
