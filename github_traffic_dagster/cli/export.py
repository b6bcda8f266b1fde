"""`github-traffic export`: everything stored, as plain files anywhere."""

import click

from github_traffic_dagster.cli.demo import chosen_settings
from github_traffic_dagster.cli.locations import Location


@click.command()
@click.argument("target", type=Location())
@click.option(
    "--format",
    "form",
    type=click.Choice(["parquet", "csv"]),
    default="parquet",
    show_default=True,
    help="Of the files.",
)
@click.option("--tables", metavar="NAME,NAME", help="Default: all.")
@click.option("--demo", is_flag=True, help="Of the data that --demo collected.")
def export(*, target: str, form: str, tables: str | None, demo: bool) -> int:
    """Write all tables into an empty folder or a place in an object store.

    One file for each month of each table, and a manifest.json that `import` checks them by.
    """
    settings = chosen_settings(demo=demo)
    from github_traffic_dagster.cli.transfer_reports import (  # noqa: PLC0415 - polars is slow
        export_store,
    )

    export_store(settings, target, form, tables)
    return 0
