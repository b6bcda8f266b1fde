"""The README says what is so."""

import re

import click
import pytest

from github_traffic_dagster.cli.collect import collect
from github_traffic_dagster.traffic.tables import TABLES
from github_traffic_dagster_tests.docs.pages import DOCS, README, fences, rows

TEXT = README.read_text(encoding="utf-8")


def test_its_settings_are_a_few_of_the_references() -> None:
    rows_here = rows(README, "## Settings")
    lines = (DOCS / "reference" / "settings.md").read_text(encoding="utf-8").splitlines()
    known = [line for line in lines if line.startswith("| `")]

    assert 10 <= len(rows_here) <= 14
    assert all(f"| {' | '.join(row)} |" in known for row in rows_here)


def test_its_tables_are_those_of_the_code() -> None:
    named = [name for names, _ in rows(README, "## The tables") for name in names.split(", ")]

    assert named == [f"`{name}`" for name in TABLES]


@pytest.mark.parametrize("name", ["demo", "collect", "test"])
def test_each_command_that_ci_runs_is_one_line_in_one_block(name: str) -> None:
    found = re.findall(rf"<!-- command: {name} -->\n```shell\n(.*?)\n```", TEXT, re.DOTALL)

    assert len(found) == 1
    assert "\n" not in found[0]
    assert "-c constraints.txt" in found[0]
    assert f"{found[0]}\n" in fences(README, "shell")


def test_every_option_of_collect_is_mentioned() -> None:
    for option in collect.params:
        assert isinstance(option, click.Option)
        assert option.opts[0] in TEXT


def test_it_stays_short() -> None:
    assert len(TEXT.splitlines()) <= 200
