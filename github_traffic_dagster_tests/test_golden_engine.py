"""Which engine the settings choose, and what they say when something lacks."""

import subprocess
import sys
from pathlib import Path

import pytest

from github_traffic_dagster.errors import SettingError
from github_traffic_dagster.golden_engine import golden_carrier
from github_traffic_dagster.settings import load_settings
from github_traffic_dagster.spark_engine.carriers import StatementCarrier
from github_traffic_dagster.spark_engine.pipes_job import JobCarrier

SECRET = "dapi0123456789abcdef"


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_TRAFFIC_ENGINE", "SPARK_REMOTE", "GITHUB_TRAFFIC_JOB_VOLUME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATABRICKS_HOST", "https://dbc-a1.cloud.databricks.com")
    monkeypatch.setenv("DATABRICKS_TOKEN", SECRET)
    monkeypatch.chdir(tmp_path)


def chosen(monkeypatch: pytest.MonkeyPatch, **variables: str) -> object:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return golden_carrier(load_settings())


def test_polars_is_the_default_and_carries_nothing_anywhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert chosen(monkeypatch) is None
    assert chosen(monkeypatch, GITHUB_TRAFFIC_ENGINE="") is None
    assert chosen(monkeypatch, GITHUB_TRAFFIC_ENGINE="polars") is None


def test_spark_and_a_job_are_chosen_without_connecting_to_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    remote = f"sc://127.0.0.1:9/;token={SECRET}"
    spark = chosen(monkeypatch, GITHUB_TRAFFIC_ENGINE="spark", SPARK_REMOTE=remote)
    assert isinstance(spark, StatementCarrier)
    assert SECRET not in repr(spark)
    volume = "/Volumes/main/traffic/jobs"
    job = chosen(monkeypatch, GITHUB_TRAFFIC_ENGINE="job", GITHUB_TRAFFIC_JOB_VOLUME=volume)
    assert isinstance(job, JobCarrier)
    assert job.volume == volume
    assert SECRET not in repr(job)


@pytest.mark.parametrize(
    ("engine", "lacks"), [("spark", "SPARK_REMOTE"), ("job", "GITHUB_TRAFFIC_JOB_VOLUME")]
)
def test_what_an_engine_lacks_is_named(
    monkeypatch: pytest.MonkeyPatch, engine: str, lacks: str
) -> None:
    with pytest.raises(SettingError, match=f"{lacks} is not set, and .* is {engine}"):
        chosen(monkeypatch, GITHUB_TRAFFIC_ENGINE=engine)


@pytest.mark.parametrize("lacks", ["DATABRICKS_HOST", "DATABRICKS_TOKEN"])
def test_a_job_needs_a_workspace_but_no_warehouse(
    monkeypatch: pytest.MonkeyPatch, lacks: str
) -> None:
    monkeypatch.setenv(lacks, "")
    monkeypatch.setenv("GITHUB_TRAFFIC_JOB_VOLUME", "/Volumes/main/traffic/jobs")
    with pytest.raises(SettingError, match=f"ENGINE is job, but {lacks} .*is not set"):
        chosen(monkeypatch, GITHUB_TRAFFIC_ENGINE="job")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("GITHUB_TRAFFIC_ENGINE", "hadoop"),
        ("GITHUB_TRAFFIC_JOB_VOLUME", "main.traffic.jobs"),
        ("GITHUB_TRAFFIC_JOB_CLUSTER", "my cluster"),
    ],
)
def test_values_that_are_none_are_refused(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    with pytest.raises(SettingError, match=f"{variable} can't be used"):
        chosen(monkeypatch, **{variable: value})


@pytest.mark.parametrize(
    ("package", "enter"),
    [
        (
            "pyspark",
            (
                "from github_traffic_dagster.spark_engine.spark_session import spark_engine\n"
                "spark_engine(f'sc://127.0.0.1:{port}').__enter__()"
            ),
        ),
        (
            "dagster_databricks",
            (
                "from github_traffic_dagster.golden_engine import golden_carrier\n"
                "from github_traffic_dagster.settings import Settings\n"
                "golden_carrier(Settings(GITHUB_TRAFFIC_ENGINE='job', "
                "GITHUB_TRAFFIC_JOB_VOLUME='/Volumes/a/b/c'))"
            ),
        ),
    ],
)
def test_an_extra_that_is_not_installed_is_named(package: str, enter: str) -> None:
    script = (
        f"import socket, sys\nsys.modules[{package!r}] = None\n"
        "listener = socket.create_server(('127.0.0.1', 0))\nport = listener.getsockname()[1]\n"
        "from github_traffic_dagster.errors import SettingError\n"
        f"try:\n    {enter.replace(chr(10), chr(10) + '    ')}\n"
        "except SettingError as error:\n    print(error)\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout
    assert "GITHUB_TRAFFIC_ENGINE is" in said
    assert "pip install '.[" in said
