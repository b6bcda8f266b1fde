"""What can be said of the files without running them: Databricks' dialect, comments, rules."""

import re
import shutil
from importlib.resources import files
from pathlib import Path

import pytest
import sqlglot
from polars.testing import assert_frame_equal
from sqlglot import exp

from github_traffic_dagster.databricks.sql_library import VIEW_NAMES, Query, View, queries, views
from github_traffic_dagster_tests.databricks.sql.spark_itself import ELSEWHERE, rows_of_spark
from github_traffic_dagster_tests.databricks.sql.warehouse import TABLES, Warehouse

STATEMENTS = [*views(), *queries()]
ADDING_UP = (exp.Sum, exp.Avg, exp.ApproxDistinct, exp.Median)
each_statement = pytest.mark.parametrize("statement", STATEMENTS, ids=lambda one: one.name)
each_view = pytest.mark.parametrize("view", views(), ids=lambda view: view.name)


def parsed(text: str) -> exp.Expr:
    return sqlglot.parse_one(text, dialect="databricks")


def added_up(statement: exp.Expr) -> list[str]:
    """Sums and means over anything unique, be it named so or made of something named so."""
    unique = {"uniques", "unique_visitors", "unique_cloners"}
    for alias in statement.find_all(exp.Alias):
        if any(column.name in unique for column in alias.find_all(exp.Column)):
            unique.add(alias.alias)
    return [
        aggregate.sql("databricks")
        for aggregate in statement.find_all(*ADDING_UP)
        if any(column.name in unique for column in aggregate.find_all(exp.Column))
    ]


def test_the_library_holds_every_file() -> None:
    folder = files("github_traffic_dagster.databricks") / "sql"
    stored = {file.name for kind in ("views", "queries") for file in (folder / kind).iterdir()}
    known = {view.name for view in views()} | {query.name for query in queries()}
    assert stored == {f"{name}.sql" for name in known}


@each_statement
def test_a_statement_is_one_statement_in_databricks_dialect(statement: View | Query) -> None:
    assert len(sqlglot.parse(statement.text, dialect="databricks")) == 1
    assert not statement.text.endswith(";")


@each_statement
def test_a_statement_names_only_tables_and_views_that_are_there_by_then(
    statement: View | Query,
) -> None:
    known = {*TABLES, *VIEW_NAMES}
    if isinstance(statement, View):
        known = {*TABLES, *VIEW_NAMES[: VIEW_NAMES.index(statement.name)], statement.name}
    tree = parsed(statement.text)
    subqueries = {cte.alias for cte in tree.find_all(exp.CTE)}
    used = list(tree.find_all(exp.Table))
    assert {table.name for table in used} - subqueries <= known
    assert not [table for table in used if table.db or table.catalog]


@each_statement
def test_unique_visitors_are_never_added_up(statement: View | Query) -> None:
    assert added_up(parsed(statement.text)) == []


@pytest.mark.parametrize(
    "wrong",
    [
        "SELECT sum(uniques) FROM golden_views",
        "SELECT avg(unique_visitors) OVER (ORDER BY day) FROM daily_traffic",
        "WITH a AS (SELECT uniques AS n FROM golden_views) SELECT sum(n) FROM a",
        "SELECT sum(coalesce(unique_cloners, 0)) FROM daily_traffic",
    ],
)
def test_a_sum_of_unique_visitors_would_be_found(wrong: str) -> None:
    assert added_up(parsed(wrong))


@each_view
def test_a_view_and_each_of_its_columns_say_what_they_are(view: View) -> None:
    head = view.text[: view.text.index("\n)\n")]
    first, *columns = head.splitlines()
    assert first == f"CREATE OR REPLACE VIEW {view.name} ("
    for column in columns:
        assert re.fullmatch(r"  [a-z0-9_]+ COMMENT '[^'\\]{3,}',?", column), column
    assert view.comment.startswith("One row per ")
    create = parsed(view.text)
    selected = create.expression.find(exp.Select).selects
    assert len(columns) == len(selected) or any(one.is_star for one in selected)


@pytest.mark.parametrize("query", queries(), ids=lambda query: query.name)
def test_a_query_starts_with_the_question_it_answers(query: Query) -> None:
    assert re.match(r"[A-Z][^?]+\? ?", query.comment)


def test_the_weekly_view_says_why_it_has_no_unique_visitors() -> None:
    (weekly,) = (view for view in views() if view.name == "weekly_traffic")
    assert "no unique visitors" in weekly.comment
    assert "uniques" not in weekly.text


@pytest.mark.timeout(600)
@pytest.mark.skipif(shutil.which("java") is None, reason="Spark itself needs Java")
def test_spark_itself_gives_the_rows_that_sail_gives(warehouse: Warehouse, tmp_path: Path) -> None:
    rows, columns = rows_of_spark(warehouse.store, tmp_path)
    for name, found in rows.items():
        sail = warehouse.view("coverage" if name in ELSEWHERE else name)
        # Sail counts some days in 64 bits that Spark counts in 32.
        assert_frame_equal(found, sail, check_row_order=False, check_dtypes=False)
    for query in queries():
        assert columns[query.name] == warehouse.frame(query.text).columns
