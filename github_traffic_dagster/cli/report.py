"""`github-traffic report`: a page to look at, made from what is stored."""

from datetime import date

import click

from github_traffic_dagster.cli.days import traffic_day
from github_traffic_dagster.cli.demo import chosen_settings
from github_traffic_dagster.cli.locations import Location
from github_traffic_dagster.report.settings import MOST_PLOTTED, Private


@click.command()
@click.option(
    "--output",
    type=Location(),
    metavar="PATH",
    help="The HTML file, or a folder for its index.html. Default: github-traffic.html here.",
)
@click.option(
    "--repository",
    "patterns",
    metavar="PATTERN",
    multiple=True,
    help="Only these, as my-org/* or *-docs; can be given again.",
)
@click.option("--from", "first_day", metavar="YYYY-MM-DD", callback=traffic_day, help="First day.")
@click.option("--to", "last_day", metavar="YYYY-MM-DD", callback=traffic_day, help="Last day.")
@click.option(
    "--events",
    type=Location(),
    metavar="FILE",
    help="A CSV file of date,repository,text to mark. Default: GITHUB_TRAFFIC_REPORT_EVENTS.",
)
@click.option(
    "--plotted",
    type=click.IntRange(0, MOST_PLOTTED),
    metavar="NUMBER",
    help="Repositories with plots of their own. Default: GITHUB_TRAFFIC_REPORT_PLOTTED.",
)
@click.option(
    "--private",
    type=click.Choice([where.value for where in Private]),
    help="Where private repositories appear. Default: GITHUB_TRAFFIC_REPORT_PRIVATE.",
)
@click.option("--badges", type=Location(), metavar="FOLDER", help="Write badges below it as well.")
@click.option("--demo", is_flag=True, help="Of the data that --demo collected.")
def report(
    *,
    output: str | None,
    patterns: tuple[str, ...],
    first_day: date | None,
    last_day: date | None,
    events: str | None,
    plotted: int | None,
    private: str | None,
    badges: str | None,
    demo: bool,
) -> int:
    """Write one HTML file with everything that is stored; it opens without a network."""
    if first_day and last_day and first_day > last_day:
        raise click.UsageError(f"--from {first_day} lies after --to {last_day}.")
    settings = chosen_settings(demo=demo)
    from github_traffic_dagster.cli.report_writing import (  # noqa: PLC0415 - polars is slow
        report_on_store,
    )
    from github_traffic_dagster.report.reading import Scope  # noqa: PLC0415 - polars is slow

    scope = Scope(
        patterns=patterns,
        first_day=first_day,
        last_day=last_day,
        private=Private(private) if private else settings.report_private,
        plotted=settings.report_plotted if plotted is None else plotted,
    )
    report_on_store(
        settings.root, scope, output=output, events=events or settings.report_events, badges=badges
    )
    return 0
