"""`ui` serves the pages and the daily schedule, and leaves no process behind."""

import json
import os
import signal
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from github_traffic_dagster_tests.cli.program import Program, free_port, wait_until

QUERY = """{
  repositoriesOrError {
    ... on RepositoryConnection {
      nodes { location { name } schedules { name scheduleState { status } } }
    }
  }
}"""


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/server_info", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def ask(url: str, query: str) -> dict[str, object]:
    request = urllib.request.Request(
        f"{url}/graphql",
        data=json.dumps({"query": query}).encode(),
        headers={"content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return dict(json.load(answer)["data"])


def processes_of(home: Path) -> list[str]:
    """Command lines of all processes whose environment names this home."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"HOME={home}\0".encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for processes in /proc")
def test_the_pages_show_the_running_schedule_and_end_without_leaving_a_process(
    program: Program,
) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"

    process = program.start("ui", "--demo", "--port", str(port))
    try:
        wait_until(lambda: answers(url) or process.poll() is not None, 120)
        found = ask(url, QUERY)
        os.kill(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)

    assert found == {
        "repositoriesOrError": {
            "nodes": [
                {
                    "location": {"name": "github_traffic_dagster"},
                    "schedules": [
                        {"name": "daily_collection", "scheduleState": {"status": "RUNNING"}}
                    ],
                }
            ]
        },
    }
    assert process.returncode == 0, err
    assert f"http://127.0.0.1:{port}" in out
    assert "Traceback" not in err
    assert processes_of(program.home) == []
