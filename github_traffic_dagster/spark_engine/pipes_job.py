"""The golden step as a Databricks job: one run of `golden_job`, through Dagster Pipes.

Serverless, or on a cluster that is there; either way script, plan and messages go through a volume
of Unity Catalog, so that nothing needs DBFS, which new workspaces no longer have.
https://docs.dagster.io/integrations/libraries/databricks,
https://docs.databricks.com/api/workspace/jobs/submit
"""

import io
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import dagster as dg
from dagster._core.errors import DagsterPipesExecutionError

from github_traffic_dagster.errors import StoreError
from github_traffic_dagster.github_api.redaction import Redaction
from github_traffic_dagster.spark_engine import golden_job
from github_traffic_dagster.spark_engine.carriers import SURE, Carried, Naming, by_place
from github_traffic_dagster.spark_engine.golden_job import PLAN, Outcome, Plan

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.service.jobs import SubmitTask

_TASK: Final = "golden"
_ENVIRONMENT: Final = "golden"
_ENVIRONMENT_VERSION: Final = "2"
"""Python 3.11 (https://docs.databricks.com/release-notes/serverless/environment-version/two)."""
_LOOKED_THROUGH: Final = 20
LONGEST_SECONDS: Final = 10_800
"""Then the workspace ends the run, which nobody else would: Pipes waits for ever."""


class SignedIn(Protocol):
    """A workspace, signed in to; `databricks.workspace` has it."""

    @property
    def client(self) -> "WorkspaceClient":
        """The SDK's client."""

    @property
    def redact(self) -> Redaction:
        """Removes the credentials from a text."""

    def faults(self, doing: str) -> AbstractContextManager[None]:
        """Turns what the SDK raises inside the block into an error of ours."""


@dataclass(frozen=True, slots=True)
class JobCarrier:
    """Submits a run and waits for its end.

    Attributes:
        open_workspace: signs in.
        volume: path of a volume, as /Volumes/CATALOG/SCHEMA/VOLUME.
        cluster: id of a cluster that is there; empty for serverless.
        poll_seconds: how often to look how the run fares, and at its messages.
        naming: what the tables are called there.
    """

    open_workspace: Callable[[], SignedIn]
    volume: str
    cluster: str = ""
    poll_seconds: float = 5
    naming: Naming = by_place

    def carry(self, plan: Plan, context: dg.AssetExecutionContext) -> Carried:
        """As of every carrier.

        Raises:
            WorkspaceError: the workspace can't be reached or refuses.
            StoreError: the run did not succeed.
        """
        workspace = self.open_workspace()
        client = workspace.client
        name = f"{context.asset_key.to_user_string()} {context.run.run_id}"
        with workspace.faults(f"run the job of {name}"), _failed_run(workspace, name):
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
            raise StoreError(f"The Databricks job of {name} told no outcome. {SURE}")
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
            "timeout_seconds": LONGEST_SECONDS,
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


@contextmanager
def _failed_run(workspace: SignedIn, name: str) -> Iterator[None]:
    try:
        yield
    except DagsterPipesExecutionError as error:
        said = workspace.redact.brief(_output(workspace.client, name) or str(error)).rstrip(". ")
        raise StoreError(f"The Databricks job of {name} did not succeed: {said}. {SURE}") from None


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
