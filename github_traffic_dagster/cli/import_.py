"""`github-traffic import`: what `export` has written, into the store of these settings."""

import click

from github_traffic_dagster.cli.demo import chosen_settings
from github_traffic_dagster.cli.locations import Location


@click.command("import")
@click.argument("source", type=Location())
@click.option("--apply/--dry-run", "apply", help="Do it, or only say what would be done (default).")
@click.option("--demo", is_flag=True, help="Into the data that --demo collected.")
def import_(*, source: str, apply: bool, demo: bool) -> int:
    """Bring an export into the store: add what it lacks, lower and lose nothing.

    The whole export is checked first. To import it twice changes nothing.
    """
    settings = chosen_settings(demo=demo)
    from github_traffic_dagster.cli.transfer_reports import (  # noqa: PLC0415 - polars is slow
        import_into_store,
    )

    import_into_store(settings, source, apply=apply)
    return 0
