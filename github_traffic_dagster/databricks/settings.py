"""The settings of a Databricks workspace and of publishing to it; all of them are optional.

They are part of `Settings`, which reads them.
"""

import re
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Final

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

from github_traffic_dagster.databricks.identifiers import object_name
from github_traffic_dagster.databricks.target import INSTALL, Credentials, Namespace, Target
from github_traffic_dagster.errors import SettingError

_HOST: Final = re.compile(r"(https?://)?[A-Za-z0-9.-]+(:\d+)?/?")
_FOLDER: Final = re.compile(r"(/[^/\0-\x1f]+)+")
_VISIBLE: Final = re.compile(r"[\x21-\x7e]*")


@dataclass(frozen=True, slots=True)
class WorkspaceSettings:
    """A workspace, and who signs in to it."""

    host: str
    credentials: Credentials


@dataclass(frozen=True, slots=True)
class PublicationSettings:
    """Where the store is published, and who does it."""

    access: WorkspaceSettings
    target: Target


class DatabricksSettings(BaseSettings):
    """What a user who publishes to Databricks can set."""

    databricks_host: str = Field(
        default="",
        description="the Databricks workspace, as https://adb-1234567890123456.7.azuredatabricks"
        ".net or https://dbc-a1b2345c-d6e7.cloud.databricks.com",
    )
    databricks_token: SecretStr | None = Field(
        default=None,
        description="a personal access token of the workspace, in place of a service principal",
    )
    databricks_client_id: str = Field(
        default="",
        pattern=r"^[A-Za-z0-9-]*$",
        description="the client id of a service principal of the workspace (OAuth)",
    )
    databricks_client_secret: SecretStr | None = Field(
        default=None,
        description="the service principal's OAuth secret",
    )
    databricks_warehouse_id: str = Field(
        default="",
        pattern=r"^[A-Za-z0-9-]*$",
        description="the id of the SQL warehouse that tables are registered and read with",
    )
    catalog: str = Field(
        default="",
        description="catalog of Unity Catalog to publish in: letters, digits, _ and -; empty: "
        "nothing is published to Databricks",
        validation_alias="GITHUB_TRAFFIC_CATALOG",
    )
    catalog_schema: str = Field(
        default="github_traffic",
        description="schema in that catalog, created where there is none: letters, digits, _ and -",
        validation_alias="GITHUB_TRAFFIC_SCHEMA",
    )
    dashboard_folder: str = Field(
        default="/Workspace/Shared",
        description="folder of the Databricks workspace for the dashboard, as /Workspace/Shared",
        validation_alias="GITHUB_TRAFFIC_DASHBOARD_FOLDER",
    )

    @field_validator("databricks_host")
    @classmethod
    def _databricks_host(cls, host: str) -> str:
        if host and not _HOST.fullmatch(host):
            raise ValueError("no http(s) address of a host")
        return host.rstrip("/")

    @field_validator("databricks_token", "databricks_client_secret")
    @classmethod
    def _databricks_secret(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and not _VISIBLE.fullmatch(secret.get_secret_value()):
            raise ValueError("it holds spaces or characters no secret has")
        return secret if secret and secret.get_secret_value() else None

    @field_validator("catalog", "catalog_schema")
    @classmethod
    def _object_name(cls, name: str) -> str:
        return object_name(name) if name else ""

    @field_validator("dashboard_folder")
    @classmethod
    def _dashboard_folder(cls, folder: str) -> str:
        folder = folder.rstrip("/")
        if not _FOLDER.fullmatch(folder) or {".", ".."} & set(folder.split("/")):
            raise ValueError("no absolute path of a folder")
        return folder

    def publication(self) -> PublicationSettings | None:
        """Where to publish, or None where that is not asked for.

        Raises:
            SettingError: something it takes is not set or not installed.
        """
        if not self.catalog:
            return None
        access = self.workspace(
            "GITHUB_TRAFFIC_CATALOG is set, so the tables are published to Databricks",
            "unset GITHUB_TRAFFIC_CATALOG",
            warehouse=True,
        )
        namespace = Namespace(self.catalog, self.catalog_schema or "github_traffic")
        target = Target(self.databricks_warehouse_id, namespace, self.dashboard_folder)
        return PublicationSettings(access, target)

    def workspace(self, reason: str, way_out: str, *, warehouse: bool) -> WorkspaceSettings:
        """The workspace, and who signs in to it.

        Args:
            reason: why it is needed, as a sentence without its end.
            way_out: what to do to need it no more.
            warehouse: whether its SQL warehouse is needed too.

        Raises:
            SettingError: something it takes is not set or not installed.
        """
        if missing := self._missing(warehouse=warehouse):
            several = len(missing) > 1
            raise SettingError(
                f"{reason}, but {' and '.join(missing)} {'are' if several else 'is'} not set. Set "
                f"{'them' if several else 'it'}, or {way_out}."
            )
        if self.databricks_token and (self.databricks_client_id or self.databricks_client_secret):
            raise SettingError(
                "DATABRICKS_TOKEN and DATABRICKS_CLIENT_ID with DATABRICKS_CLIENT_SECRET are two "
                "ways to sign in to Databricks: unset one of them."
            )
        if find_spec("dagster_databricks") is None:
            raise SettingError(
                f"{reason}, and that needs the extra `databricks`: {INSTALL}, or {way_out}."
            )
        credentials = Credentials(
            self.databricks_token, self.databricks_client_id, self.databricks_client_secret
        )
        return WorkspaceSettings(self.databricks_host, credentials)

    def _missing(self, *, warehouse: bool) -> list[str]:
        signs_in = self.databricks_client_id and self.databricks_client_secret
        half = self.databricks_client_id or self.databricks_client_secret
        found = {
            "DATABRICKS_HOST": self.databricks_host,
            "DATABRICKS_WAREHOUSE_ID": self.databricks_warehouse_id or not warehouse,
            "DATABRICKS_TOKEN (or DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET)": (
                self.databricks_token or half
            ),
        }
        if half and not signs_in and not self.databricks_token:
            found["DATABRICKS_CLIENT_ID"] = self.databricks_client_id
            found["DATABRICKS_CLIENT_SECRET"] = self.databricks_client_secret
        return [name for name, value in found.items() if not value]
