"""databricks.yml, held against the typed models of Databricks' own package for bundles."""

import re
import subprocess
import sys
import zipfile
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from databricks.bundles.dashboards import Dashboard
from databricks.bundles.jobs import Job

from github_traffic_dagster.cli.databricks_job import databricks_job

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "databricks.yml").read_text(encoding="utf-8")
BUNDLE: dict[str, Any] = yaml.safe_load(TEXT)
JOB = BUNDLE["resources"]["jobs"]["collect_traffic"]
DASHBOARD = BUNDLE["resources"]["dashboards"]["traffic"]
TASK = JOB["tasks"][0]


def test_the_job_and_the_dashboard_are_what_the_models_know() -> None:
    assert Job.from_dict(JOB).tasks
    assert Dashboard.from_dict(DASHBOARD).file_path


@pytest.mark.parametrize("wrong", [{"schedul": {}}, {"max_concurrent_runs": "many"}])
def test_the_models_refuse_what_they_do_not_know(wrong: dict[str, Any]) -> None:
    with pytest.raises((TypeError, ValueError)):
        Job.from_dict(JOB | wrong)


def test_every_variable_is_declared_explained_and_used() -> None:
    used = set(re.findall(r"\$\{var\.(\w+)\}", TEXT))
    assert used == set(BUNDLE["variables"])
    assert all(variable["description"] for variable in BUNDLE["variables"].values())
    others = set(re.findall(r"\$\{(?!var\.)(.*?)\}", TEXT))
    assert others == {"workspace.current_user.userName", "bundle.name", "bundle.target"}


def test_a_production_target_says_where_its_one_copy_lies() -> None:
    """As `databricks bundle validate` asks it to.

    https://github.com/databricks/cli/pull/1712, `validateProductionMode`.
    """
    modes = {name: target["mode"] for name, target in BUNDLE["targets"].items()}
    assert modes == {"dev": "development", "prod": "production"}
    root = BUNDLE["targets"]["prod"]["workspace"]["root_path"]
    assert root.startswith("/Workspace/")
    assert "${bundle.target}" in root


def test_the_task_calls_a_command_that_takes_just_these_parameters() -> None:
    task = TASK["python_wheel_task"]
    (entry,) = entry_points(group="console_scripts", name=task["entry_point"])
    assert entry.module == databricks_job.callback.__module__
    assert task["package_name"] == entry.dist.name.replace("-", "_")  # type: ignore[union-attr]
    given = [parameter.partition("=")[0] for parameter in task["parameters"]]
    options = [one for one in databricks_job.params if isinstance(one, click.Option)]
    assert sorted(given) == sorted(option.opts[0] for option in options)
    assert all(option.required for option in options)


def test_the_files_it_names_are_there() -> None:
    assert (ROOT / DASHBOARD["file_path"]).is_file()
    assert [(ROOT / folder).is_dir() for folder in BUNDLE["sync"]["paths"]] == [True]
    keys = [one["environment_key"] for one in JOB["environments"]]
    assert [TASK["environment_key"]] == keys


def test_one_collection_at_a_time_once_a_day() -> None:
    assert JOB["max_concurrent_runs"] == 1
    assert JOB["schedule"] == {"quartz_cron_expression": "0 0 2 * * ?", "timezone_id": "UTC"}


def test_the_wheel_it_builds_holds_the_dashboard_and_the_sql(tmp_path: Path) -> None:
    built = BUNDLE["artifacts"]["wheel"]["build"]
    (command,) = re.findall(r"^python3 -m (pip wheel .*) --wheel-dir dist \.$", built)
    subprocess.run(
        [sys.executable, "-m", *command.split(), "--wheel-dir", tmp_path, "."], cwd=ROOT, check=True
    )
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "github_traffic_dagster/databricks/traffic.lvdash.json" in names
    assert sum(name.endswith(".sql") for name in names) > 5
