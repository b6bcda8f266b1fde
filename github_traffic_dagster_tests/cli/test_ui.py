"""`ui` serves the pages and the daily schedule, and leaves no process behind."""

import json
import urllib.request
from pathlib import Path

import pytest

from github_traffic_dagster_tests.cli.pages import serving
from github_traffic_dagster_tests.cli.program import Program

QUERY = """{
  repositoriesOrError {
    ... on RepositoryConnection {
      nodes { location { name } schedules { name scheduleState { status } } }
    }
  }
}"""


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
    with serving(program, "--demo") as pages:
        found = ask(pages.url, QUERY)
        pages.end()
        said = pages.said

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
    assert pages.process.returncode == 0, said
    assert pages.url in said
    assert "Traceback" not in said
    assert processes_of(program.home) == []
