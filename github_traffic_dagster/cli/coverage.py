"""`github-traffic coverage`: which days of which repositories are known."""

import click

from github_traffic_dagster.cli.demo import chosen_settings


@click.command()
@click.option("--demo", is_flag=True, help="Of the data that --demo collected.")
def coverage(*, demo: bool) -> int:
    """Show how much is known, and list the gaps."""
    settings = chosen_settings(demo=demo)
    from github_traffic_dagster.cli.coverage_report import (  # noqa: PLC0415 - polars is slow
        report_coverage,
    )

    report_coverage(settings.root)
    return 0
