"""The shape of the code, checked: layers, sizes, names, and one name for the code location."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "github_traffic_dagster"
SOURCES = sorted(PACKAGE.rglob("*.py"))
LONGEST_MODULE, LONGEST_FUNCTION = 300, 50
TEXT_FILES = [
    path
    for pattern in ("*.py", "*.toml", "*.md", "*.yaml", "*.yml", "*.txt", "*.json", "*.sql")
    for path in ROOT.rglob(pattern)
    if not any(part.startswith(".venv") or part == "node_modules" for part in path.parts)
]


def test_layers_import_only_inwards():
    linted = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert linted.returncode == 0, linted.stdout


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_and_functions_are_small_enough_to_read(path: Path):
    text = path.read_text()
    assert len(text.splitlines()) <= LONGEST_MODULE
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            docstring = ast.get_docstring(node, clean=False)
            length -= len(docstring.splitlines()) if docstring else 0
            assert length <= LONGEST_FUNCTION, f"{node.name} has {length} lines"


def test_no_module_is_named_after_nothing():
    vague = {"utils", "util", "helpers", "helper", "common", "misc", "constants", "base"}
    assert not [path for path in SOURCES if path.stem in vague]


def test_databricks_and_spark_are_imported_only_when_used():
    """A laptop user has no dagster-databricks: importing everything must not need it."""
    script = (
        "import importlib, pkgutil, sys, github_traffic_dagster as package\n"
        "for module in pkgutil.walk_packages(package.__path__, package.__name__ + '.'):\n"
        "    if not module.name.endswith('__main__'): importlib.import_module(module.name)\n"
        "print(sorted(m for m in sys.modules if m.split('.')[0] in"
        " {'pyspark', 'databricks', 'dagster_databricks'}))"
    )
    found = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd="/"
    )
    assert found.stdout.strip() == "[]"


def test_the_code_location_has_one_name_everywhere():
    workspace = yaml.safe_load((ROOT / "workspace.yaml").read_text())
    packaged = yaml.safe_load((PACKAGE / "instance" / "workspace.yaml").read_text())
    module = workspace["load_from"][0]["python_module"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["dg"]["project"]
    assert workspace == packaged
    assert module["location_name"] == project["code_location_name"] == "github_traffic_dagster"
    assert module["module_name"] == project["code_location_target_module"]


def test_constraints_are_plain_pins_of_every_dependency():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert all(pin.count("==") == 1 and " " not in pin and "/" not in pin for pin in pins)
    pinned = {pin.partition("==")[0].lower().replace("_", "-") for pin in pins}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"]]
    for extra in project["optional-dependencies"].values():
        wanted += extra
    names = {line.split(">")[0].split("[")[0].strip().lower() for line in wanted}
    assert names <= pinned


def test_no_file_names_a_package_registry_or_a_path_of_a_developers_machine():
    forbidden = ["pypi" + ".org", "registry.npmjs" + ".org", "/work" + "/main", "/ro" + "ot/"]
    found = [
        (str(path.relative_to(ROOT)), text)
        for path in TEXT_FILES
        for text in forbidden
        if text in path.read_text()
    ]
    assert not found
