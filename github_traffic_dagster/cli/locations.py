"""A place that a command line names: a folder, or one in an object store."""

import click

from github_traffic_dagster.store.locations import location


class Location(click.ParamType):  # type: ignore[type-arg] # plain before click 8.3
    """Takes the same forms as GITHUB_TRAFFIC_STORE; a folder becomes an absolute path."""

    name = "place"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The place as a URI or an absolute path."""
        try:
            return location(value)
        except ValueError:
            self.fail(
                f"{value!r} is no place: expected a folder, s3://BUCKET/PATH, "
                "abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/PATH or gs://BUCKET/PATH",
                param,
                ctx,
            )
