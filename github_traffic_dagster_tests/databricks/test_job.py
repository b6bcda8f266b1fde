"""The bundle's job, as Databricks starts it: an entry point with parameters, and an identity."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from github_traffic_dagster.databricks.publishing import PUBLISHED
from github_traffic_dagster.io_manager import TrafficStore
from github_traffic_dagster_tests.databricks.test_daily_run import DAYS
from github_traffic_dagster_tests.databricks.workspace import faults
from github_traffic_dagster_tests.databricks.workspace.server import (
    TOKEN,
    WAREHOUSE,
    SimulatedWorkspace,
)
from github_traffic_dagster_tests.pipeline import Pipeline

SCOPE = "github_traffic"
PROGRAM = "from github_traffic_dagster.cli.databricks_job import main; main()"


class Job:
    """The task's machine: the job's identity in the environment, secrets in the scope alone."""

    def __init__(self, store: str, simulated: SimulatedWorkspace, github: Pipeline) -> None:
        self.store = store
        self.simulated = simulated
        kept = {"PATH", "HOME", "PYTHONPATH", "GITHUB_API_URL"}
        aws = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
        self.environment = {name: os.environ[name] for name in kept if name in os.environ}
        self.environment |= {"DATABRICKS_HOST": simulated.url, "DATABRICKS_TOKEN": TOKEN}
        simulated.secrets.scopes[SCOPE] = {
            "GITHUB_TOKEN": os.environ["GITHUB_TOKEN"],
            **aws,
            "smtp-password": "not-for-us",
        }
        self.folder = github.home

    def run(self, **parameters: str) -> subprocess.CompletedProcess[str]:
        given = {
            "store": self.store,
            "catalog": "main",
            "schema": "stats",
            "secret-scope": SCOPE,
            "warehouse-id": WAREHOUSE,
            **parameters,
        }
        return subprocess.run(
            # Databricks has a PySpark of its own: what brings another one must not be needed.
            [
                sys.executable,
                "-c",
                f"import sys; sys.modules['dagster_databricks'] = None; {PROGRAM}",
                *(f"--{name}={value}" for name, value in given.items()),
            ],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
            env=self.environment,
        )

    def no_secret_in(self, said: subprocess.CompletedProcess[str]) -> bool:
        secrets = {*self.simulated.secrets.scopes[SCOPE].values(), TOKEN}
        # Of the emulator's credentials, some are words that stand in any text.
        telling = {secret for secret in secrets if len(secret) > 10 and "://" not in secret}
        assert len(telling) >= 2
        return not any(secret in said.stdout + said.stderr for secret in telling)


@pytest.fixture
def job(pipeline: Pipeline, s3: str, simulated: SimulatedWorkspace) -> Job:
    pipeline.add_repository("me/one", DAYS, DAYS)
    return Job(s3, simulated, pipeline)


def test_it_collects_with_the_scopes_secrets_and_shows_the_tables_in_the_catalog(job: Job) -> None:
    said = job.run()
    assert said.returncode == 0, said.stderr
    golden = TrafficStore(root_uri=job.store).scan(PUBLISHED[1]).collect()
    assert golden.height > 10
    assert {table.name for table in PUBLISHED} <= job.simulated.unity_catalog.schemas[
        ("main", "stats")
    ].keys()
    assert "golden_views registered" in said.stdout
    assert "Secret smtp-password is none of a variable" in said.stdout
    assert not job.simulated.lakeview.drafts, "the bundle deploys it"
    assert job.no_secret_in(said)
    again = job.run()
    assert again.returncode == 0, again.stderr
    assert "registered" not in again.stdout


def test_a_store_on_the_jobs_own_machine_is_refused_before_anything_is_asked(
    job: Job, tmp_path: Path
) -> None:
    said = job.run(store=str(tmp_path / "store"))
    assert said.returncode == 2
    assert "would be lost with it" in said.stderr
    assert not job.simulated.requests


def test_a_scope_that_is_not_there_is_named(job: Job) -> None:
    said = job.run(**{"secret-scope": "other"})
    assert said.returncode == 1
    assert "could not read the secret scope other" in said.stderr
    assert "Traceback" not in said.stderr


def test_a_failed_collection_fails_the_task_and_publishes_nothing(job: Job) -> None:
    job.simulated.secrets.scopes[SCOPE]["GITHUB_TOKEN"] = "ghp_revoked0123456789"
    said = job.run()
    assert said.returncode == 1
    assert "GITHUB_TOKEN" in said.stderr
    assert not job.simulated.sql.statements
    assert job.no_secret_in(said)


def test_what_was_collected_stays_when_the_publication_fails(job: Job) -> None:
    job.simulated.fail(faults.FORBIDDEN, "/api/2.0/sql")
    said = job.run()
    assert said.returncode == 1
    assert "docs/databricks.md lists the rights" in said.stderr
    assert TrafficStore(root_uri=job.store).scan(PUBLISHED[1]).collect().height > 10
