"""The folders of the command line, and the instance files that come with the package."""

import sys
from pathlib import Path

import dagster as dg
import pytest

from github_traffic_dagster.cli.home import (
    DAGSTER_YAML,
    WORKSPACE_YAML,
    command,
    packaged,
    prepare_instance,
)
from github_traffic_dagster.settings import load_settings


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that `prepare_instance` may point the environment to."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DAGSTER_HOME", "restored after the test")
    monkeypatch.delenv("DAGSTER_HOME")
    monkeypatch.setenv("GITHUB_TRAFFIC_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_the_packaged_dagster_yaml_makes_an_instance_that_ends_dead_runs_and_calls_nobody(
    home: Path,
) -> None:
    folder = prepare_instance(load_settings())

    assert folder == home / "dagster_home"
    with dg.DagsterInstance.get() as instance:
        assert Path(instance.root_directory) == folder
        assert not instance.telemetry_enabled
        assert not instance.nux_enabled
        assert instance.run_monitoring_enabled
        assert instance.run_monitoring_max_runtime_seconds == 7200
        assert instance.run_retries_enabled
        assert instance.run_retries_max_retries == 1
        assert not instance.run_retries_retry_on_asset_or_op_failure
        concurrency = instance.get_concurrency_config()
        assert concurrency.run_queue_config is not None
        assert concurrency.run_queue_config.max_concurrent_runs == 1


def test_preparing_again_changes_nothing_that_is_there(home: Path) -> None:
    folder = prepare_instance(load_settings())
    (folder / DAGSTER_YAML).write_text("# mine\n")
    (folder / WORKSPACE_YAML).write_text("# mine too\n")

    prepare_instance(load_settings())

    assert (folder / DAGSTER_YAML).read_text() == "# mine\n"
    assert (folder / WORKSPACE_YAML).read_text() == "# mine too\n"
    assert {path.name for path in folder.iterdir()} == {DAGSTER_YAML, WORKSPACE_YAML}


def test_a_set_dagster_home_is_the_instances_folder(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "own"))

    assert prepare_instance(load_settings()) == tmp_path / "own"
    assert not home.exists()


def test_the_packaged_workspace_loads_what_the_repositorys_own_does() -> None:
    repository = Path(__file__).parents[2] / WORKSPACE_YAML
    if not repository.exists():
        pytest.skip("not a checkout")

    uncommented = [line for line in packaged(WORKSPACE_YAML).splitlines() if line[:1] != "#"]
    assert uncommented == repository.read_text().splitlines()


@pytest.mark.parametrize("on_the_path", [True, False])
def test_the_command_shown_is_the_one_that_was_typed(
    on_the_path: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "github-traffic"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    monkeypatch.setattr(sys, "argv", [str(script), "collect"])
    monkeypatch.setenv("PATH", str(tmp_path) if on_the_path else str(tmp_path / "elsewhere"))

    assert command("ui") == ("github-traffic ui" if on_the_path else f"{script} ui")
