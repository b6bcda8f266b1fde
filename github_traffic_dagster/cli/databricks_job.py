"""`github-traffic-databricks`: collect and publish, as the task of a Databricks job.

For those who run no Dagster: databricks.yml deploys it. The job's parameters say where the tables
lie and appear; secrets come from a secret scope, one for each variable of the environment.
https://docs.databricks.com/dev-tools/bundles/python-wheel.html
"""

import base64
import os
import re
import sys
import tempfile
from typing import Final

import click

from github_traffic_dagster.cli.app import run
from github_traffic_dagster.databricks.publishing import PERHAPS_PUBLISHED, publish
from github_traffic_dagster.databricks.statements import Warehouse
from github_traffic_dagster.databricks.target import Credentials, Namespace, Target
from github_traffic_dagster.databricks.workspace import Workspace
from github_traffic_dagster.errors import GitHubTrafficError
from github_traffic_dagster.io_manager import table_places
from github_traffic_dagster.store.locations import location

VARIABLE: Final = re.compile(r"(GITHUB|AWS|AZURE|GOOGLE)_[A-Z0-9_]+")
_OBJECT_STORES: Final = ("s3://", "abfss://", "gs://")


def _store(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """A store that is still there when the job's machine is gone."""
    if not value.startswith(_OBJECT_STORES):
        raise click.BadParameter(
            f"{value!r} lies on the job's own machine and would be lost with it: expected "
            "s3://BUCKET/PATH, abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/PATH or "
            "gs://BUCKET/PATH",
            ctx,
            param,
        )
    try:
        return location(value)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, param) from None


@click.command()
@click.option("--store", required=True, callback=_store, help="Where the Delta tables lie.")
@click.option("--catalog", required=True, help="The catalog they appear in.")
@click.option("--schema", required=True, help="The schema in it.")
@click.option("--secret-scope", required=True, help="Holds GITHUB_TOKEN and the store's keys.")
@click.option("--warehouse-id", required=True, help="The SQL warehouse that registers them.")
def databricks_job(
    *, store: str, catalog: str, schema: str, secret_scope: str, warehouse_id: str
) -> None:
    """Collect GitHub's traffic into the store, then show its tables and views in the catalog."""
    target = Target(warehouse_id, Namespace(catalog, schema), dashboard_folder=None)
    workspace = Workspace("", Credentials())
    os.environ.update(_secrets(workspace, secret_scope))
    # The publication comes afterwards, by the job's own identity and without Dagster's client.
    os.environ.update({"GITHUB_TRAFFIC_STORE": store, "GITHUB_TRAFFIC_CATALOG": ""})
    with tempfile.TemporaryDirectory() as home:
        # The tables are the record; this run's Dagster instance goes with the job's machine.
        os.environ.update({"GITHUB_TRAFFIC_HOME": home, "DAGSTER_HOME": ""})
        if code := run(["collect"]):
            raise SystemExit(code)
    warehouse = Warehouse(workspace, target.warehouse_id, target.namespace)
    places = {table.name: table_places(store)[table.name] for table in PERHAPS_PUBLISHED}
    done = publish(workspace, target, places, warehouse)
    for line in (*done.changes, *done.notes):
        click.echo(line)
    click.echo(f"Tables and views: {done.catalog_url}")


def _secrets(workspace: Workspace, scope: str) -> dict[str, str]:
    """The secrets of a scope, by the names of the variables they are for.

    https://docs.databricks.com/api/workspace/secrets
    """
    found = {}
    with workspace.faults(f"read the secret scope {scope}"):
        for secret in workspace.client.secrets.list_secrets(scope):
            name = str(secret.key)
            if not VARIABLE.fullmatch(name):
                click.echo(f"Secret {name} is none of a variable that is read here: left out.")
                continue
            value = workspace.client.secrets.get_secret(scope, name).value or ""
            found[name] = base64.b64decode(value).decode()
    return found


def main() -> None:
    """The console script. It returns when all went well: a job takes any exit for a failure."""
    try:
        databricks_job.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except GitHubTrafficError as error:
        click.echo(str(error), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
