"""`github-traffic collect`: what is checked before anything slow is imported or written."""

import logging
import re
import sys
import warnings
from contextlib import nullcontext
from datetime import UTC, date, datetime

import click

from github_traffic_dagster.cli.demo import NOTICE, demo_github, use_demo_home
from github_traffic_dagster.cli.home import prepare_instance, read_settings


def _day(ctx: click.Context, param: click.Parameter, value: str | None) -> date | None:
    """A traffic day (UTC) that is not in the future."""
    if value is None:
        return None
    try:
        # Other forms of ISO 8601, which Python takes as well, are nobody's intention here.
        day = date.fromisoformat(value) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value) else None
    except ValueError:
        day = None
    if day is None:
        raise click.BadParameter(
            f"{value!r} is no day: expected YYYY-MM-DD, as 2026-11-24", ctx, param
        )
    if day > (today := datetime.now(UTC).date()):
        raise click.BadParameter(f"{day} lies in the future: today is {today} (UTC)", ctx, param)
    return day


@click.command()
@click.option("--demo", is_flag=True, help="Try it without a token: a simulated GitHub, own home.")
@click.option(
    "--from",
    "first_day",
    metavar="YYYY-MM-DD",
    callback=_day,
    help="First day. Default: all GitHub serves.",
)
@click.option(
    "--to", "last_day", metavar="YYYY-MM-DD", callback=_day, help="Last day. Default: today (UTC)."
)
def collect(*, demo: bool, first_day: date | None, last_day: date | None) -> int:
    """Collect views and clones of all that your token may push to and your GitHub App is on."""
    if first_day and last_day and first_day > last_day:
        raise click.UsageError(f"--from {first_day} lies after --to {last_day}.")
    settings = read_settings()
    if demo:
        use_demo_home(settings)
        click.echo(NOTICE, err=True)
    with demo_github() if demo else nullcontext():
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
