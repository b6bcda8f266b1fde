"""`github-traffic collect`: what is checked before anything slow is imported or written."""

import logging
import sys
import warnings
from contextlib import nullcontext
from datetime import date

import click

from github_traffic_dagster.cli.days import traffic_day
from github_traffic_dagster.cli.demo import NOTICE, demo_github, use_demo_home
from github_traffic_dagster.cli.home import prepare_instance, read_settings
from github_traffic_dagster.errors import RequestError


@click.command()
@click.option("--demo", is_flag=True, help="Try it without a token: a simulated GitHub, own home.")
@click.option(
    "--from",
    "first_day",
    metavar="YYYY-MM-DD",
    callback=traffic_day,
    help="First day. Default: all GitHub serves.",
)
@click.option(
    "--to",
    "last_day",
    metavar="YYYY-MM-DD",
    callback=traffic_day,
    help="Last day. Default: today (UTC).",
)
def collect(*, demo: bool, first_day: date | None, last_day: date | None) -> int:
    """Collect views and clones of all that your token may push to and your GitHub App is on."""
    if first_day and last_day and first_day > last_day:
        raise click.UsageError(f"--from {first_day} lies after --to {last_day}.")
    settings = read_settings()
    if demo:
        use_demo_home(settings)
        click.echo(NOTICE, err=True)
    try:
        with demo_github() if demo else nullcontext():
            return _collected(first_day, last_day, demo=demo)
    except (click.ClickException, RequestError):
        raise
    except Exception as error:
        if settings.alerts_on and not demo:
            from github_traffic_dagster.cli.run_alerts import (  # noqa: PLC0415 - off by default
                alert_error,
            )

            alert_error(settings, error)
        raise


def _collected(first_day: date | None, last_day: date | None, *, demo: bool) -> int:
    settings = read_settings()
    settings.credentials()
    prepare_instance(settings)
    silence_libraries()
    from github_traffic_dagster.cli.collection_run import (  # noqa: PLC0415 - Dagster is slow
        collect_traffic,
    )

    # Read again: now they name the instance, where the history's first day is written down.
    return collect_traffic(read_settings(), first_day, last_day, demo=demo)


def silence_libraries() -> None:
    """Dagster, PyGithub and urllib3 write down what happens in the run's own log."""
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    # Without a handler Python writes everybody's warnings to stderr.
    logging.getLogger().addHandler(logging.NullHandler())
