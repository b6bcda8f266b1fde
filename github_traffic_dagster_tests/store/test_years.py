"""A season of daily runs with a moved clock: the small version of `benchmarks/ten_years.py`."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "ten_years.py"
DAYS = 64


@pytest.mark.skipif(sys.platform != "linux", reason="libfaketime is built for Linux")
def test_files_and_log_stay_few_and_the_past_readable_over_a_season(tmp_path: Path) -> None:
    told = tmp_path / "figures.json"
    small = ["--years", str(DAYS / 365), "--repositories", "1", "--views-only"]
    command = [sys.executable, str(BENCHMARK), *small, "--json", str(told)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    last = json.loads(told.read_text())["years"][-1]
    assert last["runs"] == DAYS
    # Three tables of one or two years; in the raw one, those at hand may have a handful of files.
    assert last["live_files"] <= 3 * 2 + 2 * 8
    # A month of versions and no more: without cleaning, there would be one entry a commit.
    assert last["log_files"] <= 3 * 60
    assert last["past_is_readable"]
    assert last["left_by_kills"] == 0
