"""The part of a workspace that a job through Pipes speaks to: files of a volume, and runs.

A run is a real process: the uploaded script, with Sail for its Spark.
https://docs.databricks.com/api/workspace/jobs, https://docs.databricks.com/api/workspace/files
"""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

TOKEN = "dapi00000000000000000000000000000000"
_JOBS, _FILES, _FOLDERS = "/api/2.2/jobs/runs", "/api/2.0/fs/files", "/api/2.0/fs/directories"


@dataclass
class Run:
    """One submitted run with its one task, whose id is a thousand more."""

    number: int
    request: dict[str, Any]
    process: subprocess.Popen[str]
    errors: Path
    cancelled: bool = field(default=False)

    def described(self) -> dict[str, Any]:
        """As the Jobs API tells of it."""
        state: dict[str, Any] = {"life_cycle_state": "RUNNING"}
        code = self.process.poll()
        if code is not None:
            result = "CANCELED" if self.cancelled else "FAILED" if code else "SUCCESS"
            message = {
                "CANCELED": "Run cancelled.",
                "FAILED": "Task golden failed with message: Workload failed, see run output.",
            }
            state = {
                "life_cycle_state": "TERMINATED",
                "result_state": result,
                "state_message": message.get(result, ""),
            }
        return {
            "run_id": self.number,
            "run_name": self.request["run_name"],
            "run_page_url": f"https://workspace.test/jobs/runs/{self.number}",
            "state": state,
            "tasks": [{"task_key": "golden", "run_id": self.number + 1000, "state": state}],
        }


@dataclass
class JobsApi:
    """Runs, and a volume that is a folder.

    Attributes:
        volume: where it is.
        variables: what a run's environment holds besides.
        runs: the submitted ones, by number.
        refuse: an answer to every request, as (status, error_code, message).
        delay: seconds that a run sleeps in place of its script, so that a test can end it.
    """

    volume: Path
    variables: dict[str, str]
    runs: dict[int, Run] = field(default_factory=dict)
    refuse: tuple[int, str, str] | None = None
    delay: int = 0

    def routes(self) -> list[BaseRoute]:
        """What the workspace serves of it."""
        return [
            Route(f"{_JOBS}/submit", self._submit, methods=["POST"]),
            Route(f"{_JOBS}/get", self._get, methods=["GET"]),
            Route(f"{_JOBS}/get-output", self._output, methods=["GET"]),
            Route(f"{_JOBS}/list", self._list, methods=["GET"]),
            Route(f"{_JOBS}/cancel", self._cancel, methods=["POST"]),
            Route(f"{_FILES}{{path:path}}", self._file, methods=["GET", "HEAD", "PUT", "DELETE"]),
            Route(
                f"{_FOLDERS}{{path:path}}", self._folder, methods=["GET", "HEAD", "PUT", "DELETE"]
            ),
        ]

    async def _submit(self, request: Request) -> Response:
        body = await request.json()
        repeated = [
            run
            for run in self.runs.values()
            if run.request["idempotency_token"] == body["idempotency_token"]
        ]
        if repeated:
            return JSONResponse({"run_id": repeated[0].number})
        (task,) = body["tasks"]
        if problem := _problem(body, task):
            return _refused(400, "INVALID_PARAMETER_VALUE", problem)
        number = len(self.runs) + 1
        self.runs[number] = self._begin(number, body, task["spark_python_task"])
        return JSONResponse({"run_id": number})

    def _begin(self, number: int, body: dict[str, Any], python: dict[str, Any]) -> Run:
        errors = self.volume / f"stderr-{number}"
        script = [sys.executable, "-W", "ignore", python["python_file"], *python["parameters"]]
        sleep = [sys.executable, "-c", f"import time; time.sleep({self.delay})"]
        with errors.open("w") as log:
            process = subprocess.Popen(
                sleep if self.delay else script,
                env={**os.environ, **self.variables},
                cwd=self.volume,
                stdout=subprocess.DEVNULL,
                stderr=log,
                text=True,
            )
        return Run(number, body, process, errors)

    async def _get(self, request: Request) -> Response:
        return JSONResponse(self.runs[int(request.query_params["run_id"])].described())

    async def _list(self, _request: Request) -> Response:
        return JSONResponse({"runs": [run.described() for run in self.runs.values()]})

    async def _output(self, request: Request) -> Response:
        run = self.runs[int(request.query_params["run_id"]) - 1000]
        lines = run.errors.read_text().strip().splitlines()
        return JSONResponse({"metadata": run.described(), "error": lines[-1] if lines else ""})

    async def _cancel(self, request: Request) -> Response:
        run = self.runs[(await request.json())["run_id"]]
        run.cancelled = True
        run.process.terminate()
        return JSONResponse({})

    async def _file(self, request: Request) -> Response:
        path = self._within(request)
        if request.method == "PUT":
            if not path.parent.is_dir():
                return _refused(404, "NOT_FOUND", "The parent directory does not exist.")
            path.write_bytes(await request.body())
            return Response(status_code=204)
        if not path.is_file():
            return _refused(404, "NOT_FOUND", "The file being accessed is not found.")
        if request.method == "DELETE":
            path.unlink()
            return Response(status_code=204)
        return Response(path.read_bytes(), media_type="application/octet-stream")

    async def _folder(self, request: Request) -> Response:
        path = self._within(request)
        if request.method == "PUT":
            path.mkdir(parents=True, exist_ok=True)
            return Response(status_code=204)
        if not path.is_dir():
            return _refused(404, "NOT_FOUND", "The directory being accessed is not found.")
        if request.method == "DELETE":
            path.rmdir()
            return Response(status_code=204)
        contents = [
            {"path": str(found), "name": found.name, "is_directory": found.is_dir()}
            for found in path.iterdir()
        ]
        return JSONResponse({"contents": contents})

    def _within(self, request: Request) -> Path:
        path = Path(request.path_params["path"])
        assert path.is_relative_to(self.volume)
        return path


def _problem(body: dict[str, Any], task: dict[str, Any]) -> str:
    """What the API would refuse of a submission."""
    keys = {found["environment_key"] for found in body.get("environments", ())}
    if "existing_cluster_id" in task:
        return "A task runs on a cluster or in an environment" if keys else ""
    if task.get("environment_key") not in keys:
        return "The task's environment_key names none of the environments"
    file = task["spark_python_task"]["python_file"]
    return "" if Path(file).is_file() else f"Cannot read the python file {file}"


def _refused(status: int, code: str, message: str) -> Response:
    return JSONResponse({"error_code": code, "message": message}, status)


@contextmanager
def serving(api: JobsApi) -> Iterator[str]:
    """A workspace with nothing else; yields its address."""

    async def guard(request: Request, call_next: RequestResponseEndpoint) -> Response:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return _refused(403, "403", "Invalid access token.")
        return _refused(*api.refuse) if api.refuse else await call_next(request)

    application = Starlette(
        routes=api.routes(), middleware=[Middleware(BaseHTTPMiddleware, dispatch=guard)]
    )
    config = uvicorn.Config(application, port=0, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    listener = config.bind_socket()
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = server.force_exit = True
        thread.join()
        for run in api.runs.values():
            run.process.kill()
            run.process.wait()
