"""docs/databricks.md names what is there, and its commands are those of the bundle and of CI."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from github_traffic_dagster.cli.databricks_job import VARIABLE
from github_traffic_dagster.databricks.sql_library import views

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "databricks.md"

pytestmark = pytest.mark.skipif(not PAGE.exists(), reason="not a checkout")


def text() -> str:
    return PAGE.read_text(encoding="utf-8")


def bundle() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "databricks.yml").read_text(encoding="utf-8"))
    return loaded


def commands(beginning: str) -> list[list[str]]:
    """Each command of the page that begins so, as words without that beginning."""
    found = re.findall(rf"^ *{beginning} (.*)$", text(), re.MULTILINE)
    return [shlex.split(line) for line in found]


def test_each_view_is_described_as_in_the_catalog() -> None:
    table = text().split("| View | What |\n|---|---|\n", 1)[1].split("\n\n", 1)[0]
    assert table.splitlines() == [f"| `{view.name}` | {view.comment} |" for view in views()]


@pytest.mark.parametrize("name", ["databricks-install", "databricks-collect"])
def test_a_command_of_the_page_is_one_line_that_ci_runs(name: str) -> None:
    found = re.findall(rf"<!-- command: {name} -->\n *```shell\n(.*?)\n *```", text(), re.DOTALL)
    assert len(found) == 1
    assert "\n" not in found[0]
    gate = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert f"$(page_command {name} docs/databricks.md)" in gate


def test_secrets_are_put_where_the_job_looks_and_under_names_that_it_takes() -> None:
    scope = bundle()["variables"]["secret_scope"]["default"]
    assert commands("databricks secrets create-scope") == [[scope]]
    put = commands("databricks secrets put-secret")
    assert {words[0] for words in put} == {scope}
    assert all(VARIABLE.fullmatch(name) for _, name in put)
    assert "GITHUB_TOKEN" in {name for _, name in put}


@pytest.mark.parametrize("verb", ["validate", "deploy", "run"])
def test_the_bundles_commands_give_each_variable_that_has_no_default(verb: str) -> None:
    ((flag, target, *words),) = commands(f"databricks bundle {verb}")
    assert flag == "-t"
    assert target in bundle()["targets"]
    if verb == "run":
        assert words.pop(0) in bundle()["resources"]["jobs"]
    assert words[::2] == ["--var"] * (len(words) // 2)
    given = {assignment.partition("=")[0] for assignment in words[1::2]}
    variables = bundle()["variables"]
    assert given == {name for name in variables if not {"default", "lookup"} & set(variables[name])}


def test_the_variables_that_may_be_given_are_those_of_the_bundle() -> None:
    named = {"warehouse_id", "schema", "secret_scope"}
    assert all(re.search(rf"\b{name}\b", text()) for name in named)
    assert named | {"store", "catalog"} == set(bundle()["variables"])
    lookup = bundle()["variables"]["warehouse_id"]["lookup"]["warehouse"]
    assert f"`{lookup}`" in text()
