"""Which engine computes the golden tables, by the settings, and what it calls them."""

from contextlib import nullcontext
from functools import partial

from github_traffic_dagster.databricks.catalog_tables import is_over, look_up
from github_traffic_dagster.databricks.settings import PublicationSettings, WorkspaceSettings
from github_traffic_dagster.databricks.statements import Warehouse
from github_traffic_dagster.databricks.workspace import Workspace
from github_traffic_dagster.errors import SettingError
from github_traffic_dagster.settings import Settings
from github_traffic_dagster.spark_engine.carriers import (
    SURE,
    Carrier,
    Naming,
    StatementCarrier,
    by_place,
)
from github_traffic_dagster.spark_engine.pipes_job import JobCarrier
from github_traffic_dagster.spark_engine.spark_session import is_server_of, spark_engine
from github_traffic_dagster.store.place import Place


def golden_carrier(settings: Settings) -> Carrier | None:
    """What brings the golden step to its engine; None for polars, which needs nothing.

    Nothing is connected to yet.

    Raises:
        SettingError: a setting that the engine needs is missing.
    """
    if settings.engine == "spark":
        remote = settings.spark_remote.get_secret_value() if settings.spark_remote else ""
        _require("spark_remote", remote, settings)
        in_workspace = is_server_of(remote, settings.databricks_host)
        naming = _naming(settings) if in_workspace else by_place
        return StatementCarrier(lambda: spark_engine(remote), naming)
    if settings.engine == "job":
        _require("job_volume", settings.job_volume, settings)
        access = _access(settings, warehouse=False)
        return JobCarrier(
            partial(_workspace, access),
            settings.job_volume,
            settings.job_cluster,
            naming=_naming(settings),
        )
    if settings.engine == "warehouse":
        access = _access(settings, warehouse=True)
        warehouse_id = settings.databricks_warehouse_id
        return StatementCarrier(
            lambda: nullcontext(Warehouse(_workspace(access), warehouse_id)), _naming(settings)
        )
    return None


def _require(field: str, value: str, settings: Settings) -> None:
    if not value:
        raise SettingError(
            f"{Settings.variable(field)} is not set, and GITHUB_TRAFFIC_ENGINE is "
            f"{settings.engine}. Set it: {Settings.expected(field)}"
        )


def _access(settings: Settings, *, warehouse: bool) -> WorkspaceSettings:
    return settings.workspace(
        f"GITHUB_TRAFFIC_ENGINE is {settings.engine}",
        "set GITHUB_TRAFFIC_ENGINE to polars",
        warehouse=warehouse,
    )


def _workspace(access: WorkspaceSettings) -> Workspace:
    return Workspace(access.host, access.credentials, assurance=SURE)


def _naming(settings: Settings) -> Naming:
    published = settings.publication()
    return by_place if published is None else partial(_catalog_name, published)


def _catalog_name(published: PublicationSettings, name: str, place: Place) -> str:
    """A table's name in Unity Catalog once it is registered there, else its place.

    Who reaches a registered table by its place needs rights on the table all the same, and may be
    refused (https://docs.databricks.com/sql/language-manual/sql-ref-external-tables.html). Raw
    tables are registered by nobody but a user, golden ones only after their first run.
    """
    namespace = published.target.namespace
    found = look_up(_workspace(published.access), namespace, name)
    registered = found is not None and is_over(found, place)
    return namespace.object(name) if registered else by_place(name, place)
