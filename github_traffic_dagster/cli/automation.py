"""`github-traffic automation`: what is checked before anything slow is imported or written."""

import os
from contextlib import nullcontext
from typing import Final

import click

from github_traffic_dagster.cli.collect import silence_libraries
from github_traffic_dagster.cli.demo import NOTICE, demo_github, use_demo_home
from github_traffic_dagster.cli.home import prepare_instance, read_settings
from github_traffic_dagster.errors import SettingError
from github_traffic_dagster.settings import Settings

_VARIABLE: Final = Settings.variable("automation")


@click.command()
@click.option("--demo", is_flag=True, help="Try it without a token: a simulated GitHub, own home.")
def automation(*, demo: bool) -> int:
    """Estimate the clones that are not your own CI's, from what workflow runs checked out.

    For the days of the last two weeks that have ended and were not looked at yet. `ui` does it
    every day with GITHUB_TRAFFIC_AUTOMATION=true. The clones are those that `collect` stored.
    """
    settings = read_settings()
    if demo:
        use_demo_home(settings)
        os.environ[_VARIABLE] = "true"
        click.echo(NOTICE, err=True)
    elif not settings.automation:
        raise SettingError(
            f"{_VARIABLE} is not true: set it to let workflow runs be counted, a request for each "
            "repository and each run. To try it: github-traffic automation --demo"
        )
    with demo_github() if demo else nullcontext():
        read_settings().credentials()
        prepare_instance(read_settings())
        silence_libraries()
        from github_traffic_dagster.cli.automation_run import (  # noqa: PLC0415 - Dagster is slow
            estimate_automation,
        )

        # Read again: now they name the instance, where the history's first day is written down.
        return estimate_automation(read_settings(), demo=demo)
