"""`github-traffic doctor`: what is wrong with the store, and mend it."""

import click

from github_traffic_dagster.cli.demo import chosen_settings


@click.command()
@click.option("--demo", is_flag=True, help="The store that --demo collected into.")
@click.option(
    "--repair",
    is_flag=True,
    help="Do what is offered. Without it nothing is changed. Let no collection run meanwhile.",
)
def doctor(*, demo: bool, repair: bool) -> int:
    """Name every damage to the tables, and what a repair would do about it.

    No repair discards an observation: what it takes out of a table lies in `_quarantine` beside
    the tables. Exit code 0: the store is healthy. 1: something is wrong with it.
    """
    settings = chosen_settings(demo=demo)
    from github_traffic_dagster.cli.doctor_report import (  # noqa: PLC0415 - polars is slow
        report_health,
    )

    return report_health(settings.root, repair=repair)
