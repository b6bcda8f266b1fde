"""docs/reference/commands.md: what `--help` says of every command."""

from typing import Final

import click

from github_traffic_dagster.cli.app import DONE, FAILED, INTERRUPTED, MISUSED, github_traffic
from github_traffic_dagster.cli.home import PROGRAM
from reference_pages.markdown import page, table

_WIDTH: Final = 100

_EXIT_CODES: Final = {
    DONE: "done; of `collect`: everything that could be collected was, repositories without access "
    "are listed",
    FAILED: "it failed; the lines on stderr say why, and what was stored all the same",
    MISUSED: "a setting or an argument can't be used; nothing was done",
    INTERRUPTED: "interrupted; what had been stored stays",
}


def commands_page() -> str:
    """The page."""
    codes = table(
        ["Exit code", "Meaning"], ([str(code), said] for code, said in _EXIT_CODES.items())
    )
    blocks = [_help(github_traffic, PROGRAM), codes]
    for name, command in sorted(github_traffic.commands.items()):
        blocks += [f"## {name}", _help(command, f"{PROGRAM} {name}")]
    return page("Commands", *blocks)


def _help(command: click.Command, called: str) -> str:
    settings = {**command.context_settings, "terminal_width": _WIDTH}
    context = click.Context(command, info_name=called, **settings)
    return f"```text\n{command.get_help(context)}\n```"
