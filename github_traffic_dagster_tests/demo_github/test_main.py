import re
import signal
import subprocess
import sys

import requests

COMMAND = [sys.executable, "-m", "github_traffic_dagster.demo_github"]


def test_it_prints_where_it_is_and_with_which_token_and_stops_on_ctrl_c() -> None:
    with subprocess.Popen(COMMAND, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = process.stdout.readline() + process.stdout.readline()
        settings = dict(re.findall(r"^(\w+)=(\S+)$", said, re.MULTILINE))
        answer = requests.get(
            f"{settings['GITHUB_API_URL']}/user",
            headers={"Authorization": f"Bearer {settings['GITHUB_TOKEN']}"},
            timeout=30,
        )
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
    assert answer.json()["login"] == "octo-demo"
    assert "Stopped." in rest
    assert process.returncode == 0


def test_a_taken_port_is_said_in_one_line() -> None:
    with subprocess.Popen(COMMAND, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        port = first.stdout.readline().strip().rpartition(":")[2]
        second = subprocess.run(
            [*COMMAND, "--port", port], capture_output=True, text=True, timeout=60, check=False
        )
        first.send_signal(signal.SIGINT)
    assert second.returncode == 1
    assert second.stderr.startswith(f"Error: port {port} cannot be used")
