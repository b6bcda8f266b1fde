"""The dashboard's file: every field it names is really there, and it is shaped as exports are."""

import json
import re
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest
import sqlglot
from sqlglot import exp

from github_traffic_dagster.databricks.dashboard import definition, serialized
from github_traffic_dagster.databricks.sql_library import VIEW_NAMES, queries
from github_traffic_dagster_tests.databricks.sql.test_dialect import added_up
from github_traffic_dagster_tests.databricks.sql.warehouse import Warehouse

COLUMNS = 6
VERSIONS = {
    "bar": 3,
    "counter": 2,
    "filter-date-range-picker": 2,
    "filter-multi-select": 2,
    "line": 3,
    "table": 2,
}
"""Of each kind of widget's specification, as exports have them."""

Json = dict[str, Any]
DASHBOARD = definition()
DATASETS = {one["name"]: "".join(one["queryLines"]) for one in DASHBOARD["datasets"]}
WIDGETS = [placed["widget"] for page in DASHBOARD["pages"] for placed in page["layout"]]
CHARTS = [widget for widget in WIDGETS if "spec" in widget]
FILTERS = [chart for chart in CHARTS if chart["spec"]["widgetType"].startswith("filter-")]
each_chart = pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart["name"])


def encoded(part: Any) -> Iterator[Json]:
    """Every encoding of a field below a part of a widget's specification."""
    if isinstance(part, dict):
        if "fieldName" in part:
            yield part
        for inner in part.values():
            yield from encoded(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from encoded(inner)


def sql_of(query: Json) -> str:
    """A widget's query as the dashboard runs it over its dataset."""
    shown = [f"{field['expression']} AS `{field['name']}`" for field in query["fields"]]
    sql = f"SELECT {', '.join(shown)} FROM (\n{DATASETS[query['datasetName']]}\n) AS dataset"
    plain = [f["expression"] for f in query["fields"] if f["expression"].startswith("`")]
    if plain and not query["disaggregated"]:
        sql += f" GROUP BY {', '.join(plain)}"
    if query.get("orders"):
        order = [f"{one['expression']} {one['direction']}" for one in query["orders"]]
        sql += f" ORDER BY {', '.join(order)}"
    return sql


@each_chart
def test_every_field_of_a_widget_is_in_the_real_result_of_its_query(
    chart: Json, warehouse: Warehouse
) -> None:
    results = {}
    for named in chart["queries"]:
        found = warehouse.frame(sql_of(named["query"]))
        assert found.height, named
        results[named["name"]] = found
    fields = list(encoded(chart["spec"]["encodings"]))
    assert fields
    for field in fields:
        assert field["fieldName"] in results[field.get("queryName", "main_query")].columns
    shown = {field["fieldName"] for field in fields}
    asked = {name for found in results.values() for name in found.columns}
    assert shown == asked, "a widget asks for what it does not show"


@each_chart
def test_scales_fit_the_types_of_their_fields(chart: Json, warehouse: Warehouse) -> None:
    found = warehouse.frame(sql_of(chart["queries"][0]["query"]))
    for axis in chart["spec"]["encodings"].values():
        if not (isinstance(axis, dict) and "scale" in axis):
            continue
        for field in encoded(axis):
            dtype = found.schema[field["fieldName"]]
            kind = (
                "temporal"
                if dtype.is_temporal()
                else "quantitative"
                if dtype.is_numeric()
                else "categorical"
            )
            assert axis["scale"]["type"] == kind


def test_a_dataset_is_a_view_or_a_query_of_the_library() -> None:
    library = {name: f"SELECT * FROM {name}" for name in VIEW_NAMES}
    library |= {query.name: query.text for query in queries()}
    for name, sql in DATASETS.items():
        assert sql == library[name]


def test_lines_of_a_dataset_end_as_lines_do() -> None:
    """They are joined as they are: a comment would swallow the next line."""
    for dataset in DASHBOARD["datasets"]:
        *lines, last = dataset["queryLines"]
        assert all(line.endswith("\n") for line in lines)
        assert not last.startswith("--")


def test_every_dataset_is_used() -> None:
    used = {named["query"]["datasetName"] for chart in CHARTS for named in chart["queries"]}
    on_pages = {
        named["query"]["datasetName"]
        for chart in CHARTS
        if chart not in FILTERS
        for named in chart["queries"]
    }
    assert used == on_pages == set(DATASETS)


def test_names_are_unique_and_plain() -> None:
    for names in (
        [dataset["name"] for dataset in DASHBOARD["datasets"]],
        [page["name"] for page in DASHBOARD["pages"]],
        [widget["name"] for widget in WIDGETS],
        *[[named["name"] for named in chart["queries"]] for chart in CHARTS],
    ):
        assert len(set(names)) == len(names)
        assert all(re.fullmatch(r"[a-z0-9_]{1,60}", name) for name in names)


@pytest.mark.parametrize("page", DASHBOARD["pages"], ids=lambda page: page["name"])
def test_widgets_fit_the_page_and_do_not_overlap(page: Json) -> None:
    cells = []
    for placed in page["layout"]:
        at = placed["position"]
        assert set(at) == {"x", "y", "width", "height"}
        assert at["x"] >= 0
        assert at["x"] + at["width"] <= COLUMNS
        cells.append(
            {
                (x, y)
                for x in range(at["x"], at["x"] + at["width"])
                for y in range(at["y"], at["y"] + at["height"])
            }
        )
    assert all(cells)
    assert not any(one & other for one, other in combinations(cells, 2))


def test_pages_are_canvases_and_one_page_of_global_filters() -> None:
    kinds = [page["pageType"] for page in DASHBOARD["pages"]]
    assert kinds == ["PAGE_TYPE_CANVAS", "PAGE_TYPE_CANVAS", "PAGE_TYPE_GLOBAL_FILTERS"]
    assert [placed["widget"] for placed in DASHBOARD["pages"][-1]["layout"]] == FILTERS
    # With a layoutVersion a page would be twelve columns wide.
    assert all("layoutVersion" not in page for page in DASHBOARD["pages"])


@each_chart
def test_a_widget_is_shaped_as_exports_are(chart: Json) -> None:
    spec = chart["spec"]
    kind = spec["widgetType"]
    assert spec["version"] == VERSIONS[kind]
    assert spec["frame"]["showTitle"]
    assert spec["frame"]["title"]
    assert set(spec) <= {"version", "widgetType", "encodings", "frame", "mark"}
    expected = {"counter": {"value"}, "table": {"columns"}, "bar": {"x", "y"}, "line": {"x", "y"}}
    assert set(spec["encodings"]) == expected.get(kind, {"fields"})
    for named in chart["queries"]:
        assert set(named["query"]) <= {"datasetName", "fields", "disaggregated", "orders"}
        assert named["query"]["disaggregated"] is (kind == "table")
    assert all(field["displayName"] for field in encoded(spec["encodings"]))


def test_a_text_is_a_widget_without_specification() -> None:
    texts = [widget for widget in WIDGETS if "spec" not in widget]
    assert texts
    assert all(set(text) == {"name", "multilineTextboxSpec"} for text in texts)


@pytest.mark.parametrize(
    ("name", "columns"),
    [("repository_filter", {"full_name"}), ("date_filter", {"day", "week_start"})],
)
def test_a_filter_works_on_every_dataset_that_has_its_field(
    name: str, columns: set[str], warehouse: Warehouse
) -> None:
    (chosen,) = (chart for chart in FILTERS if chart["name"] == name)
    bound = {
        (named["query"]["datasetName"], field["name"])
        for named in chosen["queries"]
        for field in named["query"]["fields"]
    }
    there = {
        (dataset, column)
        for dataset, sql in DATASETS.items()
        for column in warehouse.frame(sql).columns
        if column in columns
    }
    assert bound == there


@each_chart
def test_unique_visitors_are_shown_by_day_and_repository_or_not_at_all(chart: Json) -> None:
    for named in chart["queries"]:
        tree = sqlglot.parse_one(sql_of(named["query"]), dialect="databricks")
        assert added_up(tree) == []
        unique = [column for column in tree.find_all(exp.Column) if "unique" in column.name]
        assert not unique or named["query"]["disaggregated"]


@pytest.mark.parametrize(
    ("catalog", "schema"), [("main", "github_traffic"), ("we`ird", r"a-b \1 'c' ${x}")]
)
def test_the_published_text_reads_every_view_from_the_given_schema(
    catalog: str, schema: str
) -> None:
    published = json.loads(serialized(catalog, schema))
    for dataset in published["datasets"]:
        tree = sqlglot.parse_one("".join(dataset["queryLines"]), dialect="databricks")
        inner = {cte.alias for cte in tree.find_all(exp.CTE)}
        read = [table for table in tree.find_all(exp.Table) if table.name not in inner]
        assert read
        assert {(table.catalog, table.db) for table in read} == {(catalog, schema)}
        assert {table.name for table in read} <= set(VIEW_NAMES)
        dataset["queryLines"] = None
    plain = definition()
    for dataset in plain["datasets"]:
        dataset["queryLines"] = None
    assert published == plain


def test_the_published_text_gives_the_same_rows(warehouse: Warehouse) -> None:
    spark = warehouse.spark
    published = serialized(spark.catalog.currentCatalog(), spark.catalog.currentDatabase())
    for dataset in json.loads(published)["datasets"]:
        found = warehouse.frame("".join(dataset["queryLines"]))
        assert found.height == warehouse.frame(DATASETS[dataset["name"]]).height > 0
