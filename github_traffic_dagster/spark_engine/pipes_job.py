"""The golden step as a Databricks job: one run of `golden_job`, through Dagster Pipes.

Serverless, or on a cluster that is there; either way script, plan and messages go through a volume
of Unity Catalog, so that nothing needs DBFS, which new workspaces no longer have.
https://docs.dagster.io/integrations/libraries/databricks,
https://docs.databricks.com/api/workspace/jobs/submit
"""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import dagster as dg
from dagster._core.errors import DagsterPipesExecutionError

from github_traffic_dagster.errors import SettingError, StoreError
from github_traffic_dagster.spark_engine import golden_job
from github_traffic_dagster.spark_engine.carriers import Carried
from github_traffic_dagster.spark_engine.golden_job import PLAN, Outcome, Plan

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.service.jobs import SubmitTask

_TASK: Final = "golden"
_ENVIRONMENT: Final = "golden"
_ENVIRONMENT_VERSION: Final = "2"
"""Python 3.11 (https://docs.databricks.com/release-notes/serverless/environment-version/two)."""
_LOOKED_THROUGH: Final = 20
_SURE: Final = "What was stored is whole, and running again is safe."
_LONGEST_TEXT: Final = 400


@dataclass(frozen=True, slots=True)
class JobCarrier:
    """Submits a run and waits for its end.

    Attributes:
        open_client: the workspace, signed in to.
        volume: path of a volume, as /Volumes/CATALOG/SCHEMA/VOLUME.
        cluster: id of a cluster that is there; empty for serverless.
        poll_seconds: how often to look how the run fares, and at its messages.
    """

    open_client: Callable[[], "WorkspaceClient"]
    volume: str
    cluster: str = ""
    poll_seconds: float = 5

    def carry(self, plan: Plan, context: dg.AssetExecutionContext) -> Carried:
        """As of every carrier.

        Raises:
            SettingError: the extra is not installed.
            StoreError: the workspace can't be reached or refuses, or the run did not succeed.
        """
        _require_the_extra()
        client = self.open_client()
        name = f"{context.asset_key.to_user_string()} {context.run.run_id}"
        with _workspace_faults(client, name):
            script = self._upload(client)
            invocation = self._pipes(client).run(
                context=context,
                extras={PLAN: plan},
                task=self._task(script),
                submit_args=self._submission(name),
            )
        # Pipes' own client returns as if all were well when somebody ends the Dagster run.
        told = [found for found in invocation.get_custom_messages() if "attempts" in found]
        if not told:
            raise StoreError(f"The Databricks job of {name} told no outcome. {_SURE}")
        outcome = Outcome(attempts=told[-1]["attempts"], names_differed=told[-1]["names_differed"])
        return Carried(outcome, invocation.metadata)

    def _upload(self, client: "WorkspaceClient") -> str:
        """Put the script into the volume, named after its content: releases don't mix."""
        text = Path(golden_job.__file__).read_bytes()
        path = f"{self.volume}/github_traffic/golden_{sha256(text).hexdigest()[:12]}.py"
        client.files.create_directory(path.rpartition("/")[0])
        client.files.upload(path, io.BytesIO(text), overwrite=True)
        return path

    def _pipes(self, client: "WorkspaceClient") -> Any:
        from dagster_databricks.pipes import (  # noqa: PLC0415 - an extra
            PipesDatabricksClient,
            PipesDatabricksServerlessClient,
            PipesUnityCatalogVolumesContextInjector,
            PipesUnityCatalogVolumesMessageReader,
        )

        options: dict[str, Any] = {
            "client": client,
            "context_injector": PipesUnityCatalogVolumesContextInjector(
                client=client, volume_path=self.volume
            ),
            "message_reader": PipesUnityCatalogVolumesMessageReader(
                client=client, volume_path=self.volume, interval=self.poll_seconds
            ),
            "poll_interval_seconds": self.poll_seconds,
        }
        if self.cluster:
            return PipesDatabricksClient(**options)
        return PipesDatabricksServerlessClient(volume_path=self.volume, **options)

    def _task(self, script: str) -> "SubmitTask":
        from databricks.sdk.service import compute, jobs  # noqa: PLC0415 - an extra

        where: dict[str, Any] = {"environment_key": _ENVIRONMENT}
        if self.cluster:
            library = compute.PythonPyPiLibrary(package=_pipes_package())
            where = {
                "existing_cluster_id": self.cluster,
                "libraries": [compute.Library(pypi=library)],
            }
        return jobs.SubmitTask(
            task_key=_TASK, spark_python_task=jobs.SparkPythonTask(python_file=script), **where
        )

    def _submission(self, name: str) -> dict[str, Any]:
        from databricks.sdk.service import compute, jobs  # noqa: PLC0415 - an extra

        submission: dict[str, Any] = {
            "run_name": name,
            # A submission whose reply was lost is repeated by the SDK, and must not run twice.
            "idempotency_token": sha256(name.encode()).hexdigest(),
        }
        if not self.cluster:
            environment = compute.Environment(
                environment_version=_ENVIRONMENT_VERSION, dependencies=[_pipes_package()]
            )
            submission["environments"] = [
                jobs.JobEnvironment(environment_key=_ENVIRONMENT, spec=environment)
            ]
        return submission


def _pipes_package() -> str:
    return f"dagster-pipes=={version('dagster-pipes')}"


def _require_the_extra() -> None:
    try:
        import dagster_databricks  # noqa: F401, PLC0415 - an extra
    except ImportError as error:
        raise SettingError(
            f"GITHUB_TRAFFIC_ENGINE is job, but an extra is not installed ({error}): "
            "pip install '.[databricks]'"
        ) from error


@contextmanager
def _workspace_faults(client: "WorkspaceClient", name: str) -> Iterator[None]:
    from databricks.sdk.errors.base import DatabricksError  # noqa: PLC0415 - an extra

    host = client.config.host
    try:
        yield
    except DagsterPipesExecutionError as error:
        said = _output(client, name) or str(error)
        raise StoreError(
            f"The Databricks job of {name} did not succeed: {_one_line(said)} {_SURE}"
        ) from error
    # What the SDK's requests raise, and its own timeout, are OSErrors.
    except (DatabricksError, OSError) as error:
        raise StoreError(
            f"The workspace {host} could not run the job of {name}: {_one_line(str(error))} "
            f"{_SURE} Check DATABRICKS_HOST, the token and its rights on the volume."
        ) from error


def _output(client: "WorkspaceClient", name: str) -> str:
    """What the task itself said: a run's state only tells that it failed."""
    from databricks.sdk.errors.base import DatabricksError  # noqa: PLC0415 - an extra
    from databricks.sdk.service.jobs import RunType  # noqa: PLC0415 - an extra

    with suppress(DatabricksError, OSError):
        runs = client.jobs.list_runs(
            run_type=RunType.SUBMIT_RUN, expand_tasks=True, limit=_LOOKED_THROUGH
        )
        for run, _ in zip(runs, range(_LOOKED_THROUGH), strict=False):
            if run.run_name == name and run.tasks and run.tasks[0].run_id:
                return client.jobs.get_run_output(run.tasks[0].run_id).error or ""
    return ""


def _one_line(text: str) -> str:
    return f"{' '.join(text.split())[:_LONGEST_TEXT].rstrip('. ')}."
