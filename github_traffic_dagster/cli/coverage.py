"""`github-traffic coverage`: which days of which repositories are known."""

import click

from github_traffic_dagster.cli.demo import use_demo_home
from github_traffic_dagster.cli.home import read_settings


@click.command()
@click.option("--demo", is_flag=True, help="Of the data that --demo collected.")
def coverage(*, demo: bool) -> int:
    """Show how much is known, and list the gaps."""
    if demo:
        use_demo_home(read_settings())
    settings = read_settings()
    from github_traffic_dagster.cli.coverage_report import (  # noqa: PLC0415 - polars is slow
        report_coverage,
    )

    report_coverage(settings.root)
    return 0
