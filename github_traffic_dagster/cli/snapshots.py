"""`github-traffic snapshots`: what is checked before anything slow is imported or written."""

import os
from contextlib import nullcontext
from typing import Final

import click

from github_traffic_dagster.cli.collect import silence_libraries
from github_traffic_dagster.cli.demo import NOTICE, demo_github, use_demo_home
from github_traffic_dagster.cli.home import prepare_instance, read_settings
from github_traffic_dagster.errors import SettingError
from github_traffic_dagster.settings import Settings
from github_traffic_dagster.traffic.answers import Snapshot

_VARIABLE: Final = Settings.variable("snapshots")


@click.command()
@click.option("--demo", is_flag=True, help="Try it without a token: a simulated GitHub, own home.")
def snapshots(*, demo: bool) -> int:
    """Keep what GitHub shows only today: referrers, popular pages, downloads of releases.

    Which of them, GITHUB_TRAFFIC_SNAPSHOTS says. `ui` does it every day.
    """
    settings = read_settings()
    if demo:
        use_demo_home(settings)
        if not settings.snapshots:
            os.environ[_VARIABLE] = ",".join(Snapshot)
        click.echo(NOTICE, err=True)
    elif not settings.snapshots:
        raise SettingError(
            f"{_VARIABLE} is empty, so there is nothing to keep: set it to some of "
            f"{', '.join(Snapshot)}. To try it: github-traffic snapshots --demo"
        )
    with demo_github() if demo else nullcontext():
        settings = read_settings()
        settings.credentials()
        prepare_instance(settings)
        silence_libraries()
        from github_traffic_dagster.cli.snapshot_run import (  # noqa: PLC0415 - Dagster is slow
            take_snapshots,
        )

        # Read again: now they name the instance, where the history's first day is written down.
        return take_snapshots(read_settings(), demo=demo)
