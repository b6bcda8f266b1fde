"""The program's entry: its commands, and what each kind of failure is to a shell.

Exit codes: 0 done, 1 the run failed, 2 bad setting or usage, 130 interrupted.
"""

import io
import sys
from collections.abc import Sequence
from typing import Final

import click

from github_traffic_dagster.cli.alert import alert
from github_traffic_dagster.cli.automation import automation
from github_traffic_dagster.cli.collect import collect
from github_traffic_dagster.cli.coverage import coverage
from github_traffic_dagster.cli.doctor import doctor
from github_traffic_dagster.cli.export import export
from github_traffic_dagster.cli.home import PROGRAM
from github_traffic_dagster.cli.import_ import import_
from github_traffic_dagster.cli.import_history import import_history
from github_traffic_dagster.cli.report import report
from github_traffic_dagster.cli.snapshots import snapshots
from github_traffic_dagster.cli.ui import ui
from github_traffic_dagster.errors import GitHubTrafficError, RequestError, SettingError

DONE: Final = 0
FAILED: Final = 1
MISUSED: Final = 2
INTERRUPTED: Final = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="github-traffic-dagster", message="%(prog)s %(version)s")
def github_traffic() -> None:
    """Keep GitHub's views and clones for ever.

    GitHub shows a repository's traffic for two weeks. `collect` asks for all of it and keeps it in
    Delta tables. Settings come from the environment and from .env in the working folder.
    """


for _command in (
    collect,
    snapshots,
    automation,
    ui,
    coverage,
    report,
    doctor,
    export,
    import_,
    import_history,
    alert,
):
    github_traffic.add_command(_command)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command line; every failure a user can act on is a line on stderr.

    Args:
        arguments: without the program's name; the process' own by default.

    Returns:
        The exit code.
    """
    try:
        code = github_traffic.main(arguments, prog_name=PROGRAM, standalone_mode=False)
    except click.ClickException as error:
        click.echo(error.format_message(), err=True)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        return INTERRUPTED
    except (SettingError, RequestError) as error:
        click.echo(str(error), err=True)
        return MISUSED
    except GitHubTrafficError as error:
        click.echo(str(error), err=True)
        return FAILED
    return int(code or DONE)


def main() -> None:
    """The console script."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that lacks a character gets a stand-in, not a stack trace.
            stream.reconfigure(errors="replace")
    sys.exit(run())


if __name__ == "__main__":
    main()
