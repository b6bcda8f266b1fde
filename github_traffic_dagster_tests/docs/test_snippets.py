"""Commands and queries on any page are such as the program and the tables know."""

import re
import shlex
from pathlib import Path

import click
import polars as pl
import pytest

from github_traffic_dagster.cli.app import github_traffic
from github_traffic_dagster.traffic.tables import TABLES
from github_traffic_dagster_tests.docs.pages import PAGES, README, code, fences, title

WRITTEN_BY_HAND = [page for page in PAGES if page.parent.name != "reference"]
QUERIES = [query for page in PAGES for query in fences(page, "sql")]


def commands(page: Path) -> list[list[str]]:
    """The words after `github-traffic`, wherever code stands, up to a comment or a next command."""
    found = re.findall(r"github-traffic +([^\n#;|>()`]+)", "\n".join(code(page)))
    return [shlex.split(words.partition("&&")[0]) for words in found]


@pytest.mark.parametrize("page", WRITTEN_BY_HAND, ids=title)
def test_commands_and_options_on_it_exist(page: Path) -> None:
    for name, *words in commands(page):
        if name.startswith("-"):
            continue
        command = github_traffic.commands.get(name)
        assert command, f"github-traffic {name}"
        known = {option for each in command.params for option in each.opts}
        named = {word.partition("=")[0] for word in words if word.startswith("--")}
        assert named <= known | {"--help"}, f"github-traffic {name}"
        arguments = [each for each in command.params if isinstance(each, click.Argument)]
        assert len(words) == 0 or named or arguments, f"github-traffic {name} takes no argument"


def test_the_readme_names_every_command() -> None:
    assert {name for name, *_ in commands(README)} == set(github_traffic.commands)


@pytest.mark.parametrize("query", QUERIES)
def test_queries_run(query: str) -> None:
    frames = {
        name: pl.LazyFrame(schema={**table.schema, "period": pl.Date})
        for name, table in TABLES.items()
    }

    assert pl.SQLContext(frames).execute(query, eager=True).height == 0
