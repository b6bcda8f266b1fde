"""What can be known of Dockerfile and compose.yaml without Docker: the services run without it."""

import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from dagster import DagsterRunStatus
from dagster_graphql import DagsterGraphQLClient

from github_traffic_dagster.assets.days import DayRange
from github_traffic_dagster.demo_github.server import GitHubServer
from github_traffic_dagster.jobs import COLLECT_TRAFFIC
from github_traffic_dagster_tests.cli.program import Program, free_port, today, wait_until
from github_traffic_dagster_tests.docs.linting import findings
from github_traffic_dagster_tests.docs.pages import ROOT

DOCKERFILE = ROOT / "Dockerfile"
COMPOSE_FILE = ROOT / "compose.yaml"
COMPOSE: dict[str, Any] = yaml.safe_load(COMPOSE_FILE.read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
LOCATION = "github_traffic_dagster"


def instructions(name: str) -> list[str]:
    """The arguments of all instructions of this name."""
    joined = DOCKERFILE.read_text().replace("\\\n", " ")
    return [line[len(name) + 1 :] for line in joined.splitlines() if line.startswith(f"{name} ")]


def test_the_dockerfile_has_no_findings() -> None:
    assert findings("hadolint", "--no-color", str(DOCKERFILE)) == ""


def test_the_compose_file_is_one_by_its_published_schema() -> None:
    assert (
        findings("check-jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE_FILE))
        == ""
    )


def test_all_that_the_image_takes_is_there_and_nothing_else_is_sent_to_docker() -> None:
    copied = [name for line in instructions("COPY") for name in shlex.split(line)[:-1]]
    ignored = (ROOT / ".dockerignore").read_text().splitlines()

    assert all((ROOT / name).exists() for name in copied)
    assert "*" in ignored
    assert {line[1:] for line in ignored if line.startswith("!")} == set(copied)


def test_the_image_is_not_roots_and_keeps_its_data_in_the_volume() -> None:
    environment = dict(each.split("=") for each in shlex.split(instructions("ENV")[0]))

    assert instructions("USER")[-1].split(":")[0] not in {"", "0", "root"}
    assert instructions("VOLUME") == [environment["GITHUB_TRAFFIC_HOME"]]
    for service in SERVICES.values():
        assert service["environment"] == environment
        assert service["volumes"] == [f"data:{environment['GITHUB_TRAFFIC_HOME']}"]


def test_the_pages_without_a_password_are_published_to_this_host_only() -> None:
    published = {name: each["ports"] for name, each in SERVICES.items() if "ports" in each}

    assert published == {"webserver": ["127.0.0.1:3000:3000"]}


@dataclass
class Host:
    """The services of compose.yaml as processes of this machine, each in a group of its own."""

    folder: Path
    settings: dict[str, str]
    ports: dict[str, str] = field(
        default_factory=lambda: {port: str(free_port()) for port in ("3000", "4000")}
    )
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def prepare(self) -> None:
        """What image and compose file put in place."""
        instance = self.folder / "data" / "dagster_home"
        instance.mkdir(parents=True)
        (copied,) = (word for word in instructions("RUN")[1].split() if word.endswith(".yaml"))
        shutil.copy(ROOT / copied.removeprefix("/src/"), instance)
        workspace = COMPOSE["configs"]["workspace"]["content"]
        (self.folder / "workspace.yaml").write_text(
            self.here(workspace).replace("host: code", "host: 127.0.0.1")
        )

    def here(self, text: str) -> str:
        """A text of compose.yaml with this test's folder and ports."""
        if text.startswith("/"):
            return f"{self.folder}{text}"
        for port, free in self.ports.items():
            text = text.replace(port, free)
        return text

    @property
    def environment(self) -> dict[str, str]:
        of_image = {k: self.here(v) for k, v in SERVICES["code"]["environment"].items()}
        return {**self.settings, **of_image}

    def start(self, name: str) -> None:
        with (self.folder / f"{name}.log").open("w") as log:
            self.running.append(
                subprocess.Popen(
                    [self.here(word) for word in SERVICES[name]["command"]],
                    env=self.environment,
                    cwd=self.folder,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            )

    def healthy(self, name: str) -> bool:
        how, *command = SERVICES[name]["healthcheck"]["test"]
        assert how == "CMD"
        asked = subprocess.run(
            [self.here(word) for word in command],
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            check=False,
        )
        return asked.returncode == 0

    def log(self) -> str:
        return "\n".join(path.read_text() for path in self.folder.glob("*.log"))

    def stop(self) -> None:
        started = [process for process in reversed(self.running) if process.poll() is None]
        for process in started:
            os.killpg(process.pid, signal.SIGTERM)
        for process in started:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture
def host(program: Program, server: GitHubServer) -> Iterator[Host]:
    host = Host(program.working_folder, program.environment)
    host.prepare()
    assert not host.healthy("code")
    try:
        for name in ("code", "daemon", "webserver"):
            host.start(name)
        yield host
    finally:
        host.stop()


@pytest.mark.filterwarnings("ignore:Using variable_values:DeprecationWarning")
@pytest.mark.timeout(400)
def test_the_services_become_healthy_cancel_a_run_and_stop_only_after_another(
    host: Host, server: GitHubServer
) -> None:
    wait_until(lambda: all(map(host.healthy, SERVICES)), 200, pause=1)
    client = DagsterGraphQLClient("127.0.0.1", port_number=int(host.ports["3000"]))

    def run() -> str:
        return client.submit_job_execution(
            COLLECT_TRAFFIC.name,
            repository_location_name=LOCATION,
            repository_name="__repository__",
            tags=DayRange(today(), today()).run_tags,
        )

    def ends(run_id: str, *statuses: DagsterRunStatus) -> None:
        wait_until(lambda: client.get_run_status(run_id) in statuses, 100, pause=1)

    server.latency = 2
    cancelled = run()
    ends(cancelled, DagsterRunStatus.STARTED)
    client.terminate_run(cancelled)
    ends(cancelled, DagsterRunStatus.CANCELED)

    finished = run()
    ends(finished, DagsterRunStatus.STARTED)
    code = host.running[0]
    code.send_signal(signal.SIGTERM)
    code.wait(150)
    assert client.get_run_status(finished) == DagsterRunStatus.SUCCESS
    tables = host.folder / "data" / "store" / "github_traffic"
    assert (tables / "golden_views" / "_delta_log").is_dir()
