"""docs/reference/settings.md: every field of `Settings` with its description and default."""

from collections.abc import Iterator, Mapping
from typing import Final

from pydantic_settings import BaseSettings

from github_traffic_dagster.alerts.settings import AlertSettings
from github_traffic_dagster.databricks.settings import DatabricksSettings
from github_traffic_dagster.github_api.settings import OptionalLooksSettings
from github_traffic_dagster.report.settings import ReportSettings
from github_traffic_dagster.settings import CollectionSettings, Settings
from github_traffic_dagster.spark_engine.settings import EngineSettings
from reference_pages.markdown import page, table

_INTRODUCTION: Final = """\
From the environment, or from `.env` in the working folder; what is exported wins. A value that
can't be used is refused before anything is done, with the form that is expected.

Without `GITHUB_TRAFFIC_STORE` the tables lie in `store` in the home folder; without `DAGSTER_HOME`
the instance lies in `dagster_home` there. Without a start date, the history begins with the oldest
day GitHub had when you first ran it. Credentials of an object store come from its own variables
([which](../how-to/object-stores.md))."""

_PARTS: Final[Mapping[type[BaseSettings], str]] = {
    CollectionSettings: "Collecting",
    OptionalLooksSettings: "[Snapshots](../how-to/snapshots.md) and "
    "[automation's share of clones](../explanation/automation.md)",
    AlertSettings: "[Alerts](../how-to/alerts.md)",
    ReportSettings: "[Report and badges](../how-to/report-and-badges.md)",
    DatabricksSettings: "[Publishing to Databricks](../databricks.md)",
    EngineSettings: "[Another engine](../databricks.md#the-engine)",
}


def settings_page() -> str:
    """The page.

    Raises:
        KeyError: a part of the settings has no title here.
    """
    parts = sorted(Settings.__bases__, key=list(_PARTS).index)
    return page("Settings", _INTRODUCTION, *(block for part in parts for block in _part(part)))


def setting_rows(part: type[BaseSettings]) -> list[list[str]]:
    """A row for each setting: variable, what it is, default."""
    return [
        [f"`{Settings.variable(name)}`", Settings.expected(name), _shown(field.default)]
        for name, field in part.model_fields.items()
    ]


def _part(part: type[BaseSettings]) -> Iterator[str]:
    yield f"## {_PARTS[part]}"
    yield table(["Variable", "What it is, and its form", "Default"], setting_rows(part))


def _shown(default: object) -> str:
    if default is None or default in ("", ()):
        return "-"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"
