"""`github-traffic import-history`: what another tool has kept, into the store of these settings."""

import re
from collections.abc import Callable
from contextlib import nullcontext

import click

from github_traffic_dagster.cli.demo import chosen_settings, demo_github
from github_traffic_dagster.cli.home import read_settings
from github_traffic_dagster.cli.locations import Location

FORMATS = (
    "csv",
    "gghstats",
    "ghstats",
    "github-repo-stats",
    "github-traffic-tracker",
    "notebook",
)


Check = Callable[[click.Context, click.Parameter, str | None], str | None]


def _matching(form: str, expected: str) -> Check:
    def check(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(form, value, re.ASCII):
            raise click.BadParameter(f"{value!r} is not {expected}", ctx, param)
        return value

    return check


@click.command("import-history")
@click.argument("sources", nargs=-1, required=True, type=Location(), metavar="PATH...")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    help="Which tool's. Default: found out.",
)
@click.option(
    "--repository",
    metavar="OWNER/NAME",
    callback=_matching(r"[\w.-]+/[\w.-]+", "OWNER/NAME"),
    help="Whose numbers they are, where the files don't say.",
)
@click.option(
    "--owner",
    metavar="LOGIN",
    callback=_matching(r"[\w-]+", "an account's name"),
    help="Of repositories that are named without one.",
)
@click.option("--apply/--dry-run", "apply", help="Do it, or only say what would be done (default).")
@click.option("--json", "as_json", is_flag=True, help="Say it as JSON, with every conflict.")
@click.option("--demo", is_flag=True, help="Into the data that --demo collected.")
def import_history(
    *,
    sources: tuple[str, ...],
    form: str | None,
    repository: str | None,
    owner: str | None,
    apply: bool,
    as_json: bool,
    demo: bool,
) -> int:
    """Add history that another tool kept: it can only raise numbers, never lower one.

    PATH is a CSV file, the files of github-repo-stats or github-traffic-tracker, the database of
    ghstats or gghstats, or the Delta tables views and clones of a notebook. What `export` has
    written is brought in by `import`.
    """
    settings = chosen_settings(demo=demo)
    with demo_github() if demo else nullcontext():
        if demo:
            # The simulated GitHub can be asked for ids as well.
            settings = read_settings()
        from github_traffic_dagster.cli.history_report import (  # noqa: PLC0415 - polars is slow
            Wanted,
            import_from,
        )

        wanted = Wanted(sources, form, repository, owner, demo=demo)
        return import_from(settings, wanted, apply=apply, as_json=as_json)
