"""Which engine computes the golden tables, by the settings."""

from contextlib import nullcontext
from typing import TYPE_CHECKING

from github_traffic_dagster.databricks.settings import WarehouseSettings
from github_traffic_dagster.databricks.statements import Warehouse
from github_traffic_dagster.databricks.workspace import Workspace
from github_traffic_dagster.errors import SettingError
from github_traffic_dagster.settings import Settings
from github_traffic_dagster.spark_engine.carriers import Carrier, StatementCarrier
from github_traffic_dagster.spark_engine.pipes_job import JobCarrier
from github_traffic_dagster.spark_engine.spark_session import spark_engine

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient


def golden_carrier(settings: Settings) -> Carrier | None:
    """What brings the golden step to its engine; None for polars, which needs nothing.

    Nothing is connected to yet.

    Raises:
        SettingError: a setting that the engine needs is missing.
    """
    if settings.engine == "spark":
        remote = settings.spark_remote.get_secret_value() if settings.spark_remote else ""
        _require("spark_remote", remote, settings)
        return StatementCarrier(lambda: spark_engine(remote))
    if settings.engine == "job":
        _require("job_volume", settings.job_volume, settings)
        return JobCarrier(_workspace, settings.job_volume, settings.job_cluster)
    if settings.engine == "warehouse":
        access = settings.sql_warehouse(
            "GITHUB_TRAFFIC_ENGINE is warehouse", "set GITHUB_TRAFFIC_ENGINE to polars"
        )
        return StatementCarrier(lambda: nullcontext(_warehouse(access)))
    return None


def _require(field: str, value: str, settings: Settings) -> None:
    if not value:
        raise SettingError(
            f"{Settings.variable(field)} is not set, and GITHUB_TRAFFIC_ENGINE is "
            f"{settings.engine}. Set it: {Settings.expected(field)}"
        )


def _warehouse(access: WarehouseSettings) -> Warehouse:
    return Warehouse(Workspace(access.host, access.credentials), access.warehouse_id)


def _workspace() -> "WorkspaceClient":
    from databricks.sdk import WorkspaceClient  # noqa: PLC0415 - an extra
    from databricks.sdk.core import Config  # noqa: PLC0415 - an extra

    try:
        return WorkspaceClient(config=Config(retry_timeout_seconds=60, http_timeout_seconds=60))
    except ValueError:
        raise SettingError(
            "The workspace of GITHUB_TRAFFIC_ENGINE job is not known, or how to sign in: set "
            "DATABRICKS_HOST and DATABRICKS_TOKEN"
        ) from None
