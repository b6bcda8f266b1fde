"""All settings, and the only place that reads the environment (and `.env` in the working folder).

Every field says, in the words a user sees, what it is and which form it takes: the same text is
shown when a value is refused.
"""

import re
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from github_traffic_dagster.alerts.settings import AlertSettings
from github_traffic_dagster.databricks.settings import DatabricksSettings
from github_traffic_dagster.errors import SettingError
from github_traffic_dagster.github_api.settings import OptionalLooksSettings, words
from github_traffic_dagster.report.settings import ReportSettings
from github_traffic_dagster.spark_engine.settings import EngineSettings
from github_traffic_dagster.store.locations import absolute, location

if TYPE_CHECKING:
    from github_traffic_dagster.github_api.app_key import AppKey

_TIME: Final = re.compile(r"(?P<hour>\d{1,2})(:(?P<minute>\d{2}))?")

TextList = Annotated[tuple[str, ...], NoDecode]


class CollectionSettings(BaseSettings):
    """What a user can set, but for what parts of the program have settings of their own for."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    github_token: SecretStr | None = Field(
        default=None,
        description="a personal access token; fine-grained: Administration: read on every "
        "repository, Metadata: read; classic: scope repo",
    )
    github_app_id: str = Field(
        default="",
        pattern=r"^[A-Za-z0-9.]*$",
        description="a GitHub App in place of a token or beside it: its id, a number, or its "
        "client id; Administration: read, Metadata: read",
    )
    github_app_private_key: SecretStr | None = Field(
        default=None,
        description="the App's private key: the text of its .pem file, line breaks as such or "
        "as \\n",
    )
    github_app_private_key_file: Path | None = Field(
        default=None,
        description="the App's private key: the path of its .pem file",
    )
    github_api_url: str = Field(
        default="https://api.github.com",
        description="GitHub's API, as https://api.github.com or https://HOST/api/v3 (Enterprise)",
    )
    home: Path = Field(
        default=Path("~/github-traffic"),
        validate_default=True,
        description="folder for the local store and the Dagster instance",
        validation_alias="GITHUB_TRAFFIC_HOME",
    )
    store: str = Field(
        default="",
        description="where the Delta tables lie: a folder, s3://BUCKET/PATH, "
        "abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/PATH or gs://BUCKET/PATH",
        validation_alias="GITHUB_TRAFFIC_STORE",
    )
    start_date: date | None = Field(
        default=None,
        description="first day of the history, as 2026-11-24",
        validation_alias="GITHUB_TRAFFIC_START_DATE",
    )
    schedule_time: str = Field(
        default="2",
        description="UTC hour of the daily run, as 2 or 02:30",
        validation_alias="GITHUB_TRAFFIC_HOUR",
    )
    accounts: TextList = Field(
        default=(),
        description="users and organisations to collect, comma-separated; empty: all",
        validation_alias="GITHUB_TRAFFIC_ACCOUNTS",
    )
    include: TextList = Field(
        default=(),
        description="patterns to collect, comma-separated, as my-org/*,*-docs; empty: all",
        validation_alias="GITHUB_TRAFFIC_INCLUDE",
    )
    exclude: TextList = Field(
        default=(),
        description="patterns to leave out, comma-separated, as my-org/sandbox-*",
        validation_alias="GITHUB_TRAFFIC_EXCLUDE",
    )
    forks: bool = Field(
        default=True,
        description="collect forks: true or false",
        validation_alias="GITHUB_TRAFFIC_FORKS",
    )
    archived: bool = Field(
        default=True,
        description="collect archived repositories: true or false",
        validation_alias="GITHUB_TRAFFIC_ARCHIVED",
    )
    workers: int = Field(
        default=64,
        ge=1,
        le=100,
        description="requests under way at once for each account, 1 to 100 (GitHub's limit)",
        validation_alias="GITHUB_TRAFFIC_WORKERS",
    )
    timeout: float = Field(
        default=30,
        gt=0,
        le=600,
        description="seconds to wait for an answer, up to 600",
        validation_alias="GITHUB_TRAFFIC_TIMEOUT",
    )
    max_wait: float = Field(
        default=900,
        ge=0,
        le=86400,
        description="seconds a run may wait for GitHub's limits in total, up to 86400",
        validation_alias="GITHUB_TRAFFIC_MAX_WAIT",
    )
    call_budget: int | None = Field(
        default=None,
        ge=1,
        description="requests of GitHub's hourly budget a run may spend, per account; what is "
        "left out has its turn in the next runs; empty: as many as GitHub allows",
        validation_alias="GITHUB_TRAFFIC_CALL_BUDGET",
    )
    time_travel_days: int = Field(
        default=30,
        ge=1,
        le=3650,
        description="days for which tables can be read as they were, 1 to 3650",
        validation_alias="GITHUB_TRAFFIC_TIME_TRAVEL_DAYS",
    )
    dagster_home: Path | None = Field(
        default=None,
        description="folder of the Dagster instance, an absolute path",
        validation_alias="DAGSTER_HOME",
    )

    @field_validator("accounts", "include", "exclude", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return words(value)

    @field_validator("include", "exclude")
    @classmethod
    def _patterns(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for number, pattern in enumerate(patterns, start=1):
            if not re.fullmatch(r"[\w.*?\[\]!-]+(/[\w.*?\[\]!-]+)?", pattern) or (
                pattern.count("[") != pattern.count("]")
            ):
                raise ValueError(f"entry {number} is no pattern")
        return patterns

    @field_validator("accounts")
    @classmethod
    def _logins(cls, logins: tuple[str, ...]) -> tuple[str, ...]:
        for number, login in enumerate(logins, start=1):
            if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", login):
                raise ValueError(f"entry {number} is no account name")
        return logins

    @field_validator("github_token")
    @classmethod
    def _token(cls, token: SecretStr | None) -> SecretStr | None:
        if token is not None and not re.fullmatch(r"[\x21-\x7e]*", token.get_secret_value()):
            raise ValueError("it holds spaces or characters no token has")
        return token

    @field_validator("github_api_url")
    @classmethod
    def _api_url(cls, url: str) -> str:
        if not re.fullmatch(r"https?://[\w.-]+(:\d+)?(/[\w./-]*)?", url):
            raise ValueError("no http(s) address")
        return url.rstrip("/")

    @field_validator("schedule_time")
    @classmethod
    def _schedule_time(cls, value: str) -> str:
        found = _TIME.fullmatch(value)
        if not found or int(found["hour"]) > 23 or int(found["minute"] or 0) > 59:  # noqa: PLR2004
            raise ValueError("no time of day")
        return value

    @field_validator("store")
    @classmethod
    def _store(cls, store: str) -> str:
        return location(store) if store else ""

    @field_validator(
        "home",
        "dagster_home",
        "start_date",
        "call_budget",
        "github_app_private_key_file",
        mode="before",
    )
    @classmethod
    def _empty_is_unset(cls, value: object, info: ValidationInfo) -> object:
        return cls.model_fields[str(info.field_name)].default if value == "" else value

    @field_validator("home", "dagster_home", "github_app_private_key_file")
    @classmethod
    def _folder(cls, folder: Path | None) -> Path | None:
        return absolute(folder) if folder else None

    @property
    def root(self) -> str:
        """Where the store lies: `store`, or a folder in `home`."""
        return self.store or str(self.home / "store")

    @property
    def instance_folder(self) -> Path:
        """Where the command line keeps its Dagster instance."""
        return self.dagster_home or self.home / "dagster_home"

    @cached_property
    def cron(self) -> str:
        """The daily schedule as a cron expression in UTC."""
        hour, _, minute = self.schedule_time.partition(":")
        return f"{int(minute or 0)} {int(hour)} * * *"

    def credentials(self) -> tuple[SecretStr | None, "AppKey | None"]:
        """The token, the App, or both.

        Raises:
            SettingError: there is neither, or the App's settings don't go together.
        """
        key, file = self.github_app_private_key, self.github_app_private_key_file
        key_text = key.get_secret_value() if key else ""
        app = None
        if self.github_app_id or key_text or file:
            from github_traffic_dagster.github_api.app_key import app_key  # noqa: PLC0415

            app = app_key(self.github_app_id, key_text, file)
        token = self.github_token
        if token is not None and token.get_secret_value():
            return token, app
        if app is None:
            state = "not set" if token is None else "empty"
            raise SettingError(
                f"GITHUB_TOKEN is {state}: set it to {Settings.expected('github_token')}; or set "
                "GITHUB_APP_ID and its key. To try without: github-traffic collect --demo"
            )
        return None, app

    @classmethod
    def expected(cls, field: str) -> str:
        """What a setting is and which form it takes."""
        return cls.model_fields[field].description or ""

    @classmethod
    def variable(cls, field: str) -> str:
        """The environment variable of a setting."""
        return str(cls.model_fields[field].validation_alias or field.upper())


class Settings(
    ReportSettings,
    AlertSettings,
    DatabricksSettings,
    EngineSettings,
    OptionalLooksSettings,
    CollectionSettings,
):
    """What a user can set. Values come from arguments, the environment, then `.env`."""


def load_settings() -> Settings:
    """Read the settings.

    Raises:
        SettingError: one line that names each refused setting and the expected form. Values are
            not repeated: one of them may be a secret.
    """
    try:
        return Settings()
    except ValidationError as error:
        names = {Settings.variable(field): field for field in Settings.model_fields}
        refused = []
        for problem in error.errors(include_input=False, include_url=False):
            place = str(problem["loc"][0])
            field = names.get(place, place)
            reason = str(problem["msg"]).removeprefix("Value error, ")
            refused.append(
                f"{Settings.variable(field)} can't be used ({reason}): "
                f"expected {Settings.expected(field)}"
            )
        raise SettingError("; ".join(refused)) from None
