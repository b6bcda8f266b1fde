"""The README says what is so."""

import re
from pathlib import Path

import click
import polars as pl
import pytest

from github_traffic_dagster.cli.app import github_traffic
from github_traffic_dagster.cli.collect import collect
from github_traffic_dagster.databricks.settings import DatabricksSettings
from github_traffic_dagster.settings import Settings
from github_traffic_dagster.spark_engine.settings import EngineSettings
from github_traffic_dagster.traffic.tables import TABLES

README = Path(__file__).parents[2] / "README.md"

pytestmark = pytest.mark.skipif(not README.exists(), reason="not a checkout")


def text() -> str:
    return README.read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table below a heading, without its head."""
    below = text().split(f"{heading}\n", 1)[1]
    lines = [line for line in below.splitlines() if line.startswith("|") or not line]
    table = "\n".join(lines).strip().split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


def queries() -> list[str]:
    return re.findall(r"```sql\n(.*?)```", text(), re.DOTALL) if README.exists() else []


def shown(default: object) -> str:
    if default is None or default in ("", ()):
        return "-"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def test_the_settings_tables_are_those_of_the_code() -> None:
    expected = {
        name: [f"`{Settings.variable(name)}`", Settings.expected(name), shown(field.default)]
        for name, field in Settings.model_fields.items()
    }
    engine = [expected.pop(name) for name in EngineSettings.model_fields]
    databricks = [expected.pop(name) for name in DatabricksSettings.model_fields]

    assert rows("## Settings") == list(expected.values())
    assert rows("### Publishing to Databricks") == databricks
    assert rows("### Another engine") == engine


def test_the_tables_and_their_columns_are_those_of_the_code() -> None:
    documented = {
        name: columns.strip("`").split(", ")
        for names, _, columns in rows("## The tables")
        for name in re.findall(r"`(\w+)`", names)
    }

    assert documented == {name: table.schema.names() for name, table in TABLES.items()}


@pytest.mark.parametrize("name", ["demo", "collect", "test"])
def test_each_command_that_ci_runs_is_one_line_in_one_block(name: str) -> None:
    found = re.findall(rf"<!-- command: {name} -->\n```shell\n(.*?)\n```", text(), re.DOTALL)

    assert len(found) == 1
    assert "\n" not in found[0]
    assert "-c constraints.txt" in found[0]


def test_every_command_and_option_of_collect_is_mentioned() -> None:
    for name in github_traffic.commands:
        assert f"github-traffic {name}" in text()
    for option in collect.params:
        assert isinstance(option, click.Option)
        assert option.opts[0] in text()


@pytest.mark.parametrize("query", queries())
def test_the_queries_run(query: str) -> None:
    frames = {
        name: pl.LazyFrame(schema={**table.schema, "period": pl.Date})
        for name, table in TABLES.items()
    }

    assert pl.SQLContext(frames).execute(query, eager=True).height == 0
