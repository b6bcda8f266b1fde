"""Where the store is published and who does it. Light: the settings are made of it."""

from dataclasses import dataclass
from typing import Final

from pydantic import SecretStr

from github_traffic_dagster.databricks.identifiers import object_name
from github_traffic_dagster.errors import SettingError
from github_traffic_dagster.sql_quoting import quoted

INSTALL: Final = "pip install '.[databricks]'"


@dataclass(frozen=True, slots=True)
class Credentials:
    """A personal access token, or the id and secret of a service principal (OAuth M2M).

    Without either: whom the SDK finds, which inside a Databricks job is who the job runs as.
    """

    token: SecretStr | None = None
    client_id: str = ""
    client_secret: SecretStr | None = None


@dataclass(frozen=True, slots=True)
class Namespace:
    """A schema in a catalog of Unity Catalog.

    Raises:
        SettingError: one of them is no name.
    """

    catalog: str
    schema: str

    def __post_init__(self) -> None:
        """Refuse what is no name, and keep it in small letters."""
        for part in ("catalog", "schema"):
            try:
                object.__setattr__(self, part, object_name(getattr(self, part)))
            except ValueError as error:
                raise SettingError(
                    f"{getattr(self, part)!r} is no name of a {part} in Unity Catalog: {error}. "
                    f"Set GITHUB_TRAFFIC_{part.upper()} to another one."
                ) from None

    def __str__(self) -> str:
        """As people write it, and as the Unity Catalog API takes it."""
        return f"{self.catalog}.{self.schema}"

    @property
    def sql(self) -> str:
        """The schema in a statement."""
        return quoted(self.catalog, self.schema)

    def object(self, name: str) -> str:
        """A table or view of the schema in a statement."""
        return quoted(self.catalog, self.schema, name)


@dataclass(frozen=True, slots=True)
class Target:
    """Where the store is published.

    Attributes:
        warehouse_id: the SQL warehouse that runs statements, and the dashboard's queries.
        namespace: the schema that tables and views appear in.
        dashboard_folder: the workspace's folder for the dashboard; None where something else
            deploys it.
    """

    warehouse_id: str
    namespace: Namespace
    dashboard_folder: str | None
