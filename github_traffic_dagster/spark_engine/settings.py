"""The settings of the engine that computes the golden tables; all of them are optional.

They are part of `Settings`, which reads them.
"""

from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings


class EngineSettings(BaseSettings):
    """What a user can set whose store has outgrown one machine."""

    engine: Literal["polars", "spark", "warehouse", "job"] = Field(
        default="polars",
        description="what computes the golden tables: polars (this machine), spark (Spark Connect "
        "at SPARK_REMOTE), warehouse (a Databricks SQL warehouse) or job (a Databricks job)",
        validation_alias="GITHUB_TRAFFIC_ENGINE",
    )
    spark_remote: SecretStr | None = Field(
        default=None,
        description="for the engine spark: the server, as sc://HOST:15002; with a token: "
        "sc://HOST:443/;token=TOKEN;x-databricks-cluster-id=CLUSTER",
    )
    job_volume: str = Field(
        default="",
        pattern=r"^(/[\w.-]+)*$",
        description="for the engine job: a volume for its script and messages, as "
        "/Volumes/CATALOG/SCHEMA/VOLUME",
        validation_alias="GITHUB_TRAFFIC_JOB_VOLUME",
    )
    job_cluster: str = Field(
        default="",
        pattern=r"^[\w-]*$",
        description="for the engine job: the id of a cluster; empty: serverless",
        validation_alias="GITHUB_TRAFFIC_JOB_CLUSTER",
    )

    @field_validator("engine", mode="before")
    @classmethod
    def _empty_is_polars(cls, value: object) -> object:
        return value or "polars"
