"""A Databricks workspace's API: who asks, how long it is asked again, what its refusals mean.

dagster-databricks signs in; the SDK below it repeats requests that were throttled (429, 503) or
found no connection. What is asked here may be repeated: each request leaves the same state behind.
https://docs.databricks.com/api/workspace/introduction
"""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from github_traffic_dagster.databricks.target import INSTALL, Credentials
from github_traffic_dagster.errors import SettingError, WorkspaceError
from github_traffic_dagster.github_api.redaction import Redaction

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

RETRY_SECONDS: Final = 120.0
"""So long a request is repeated, and no pause between two tries is longer."""
HTTP_SECONDS: Final = 70.0
"""Longer than the 50 s for which a warehouse may hold back its answer."""

UNCHANGED: Final = "The tables in the store are unchanged."
_UNREADABLE: Final = re.compile(r"unable to parse response.*?\n< (\d{3} [^\n]*)", re.DOTALL)
_NOT_LET_IN: Final = re.compile(r"Invalid access token|invalid_client|unauthorized_client")
_RIGHTS: Final = "docs/databricks.md lists the rights it takes"


class Workspace:
    """A workspace, signed in to.

    Attributes:
        host: with scheme, without a slash at the end.
        client: the SDK's client, to be used inside `faults`.
        redact: removes the credentials from a text.
        assurance: what errors say of the store.
    """

    def __init__(
        self,
        host: str,
        credentials: Credentials,
        *,
        retry_seconds: float | None = None,
        assurance: str = UNCHANGED,
    ) -> None:
        """Sign in.

        Args:
            host: as users copy it from their browser; https unless it says otherwise. Empty
                inside a job: the workspace it runs in.
            credentials: who asks.
            retry_seconds: for how long a request is repeated.
            assurance: what is true of the store whenever a request or a statement fails.

        Raises:
            SettingError: the extra is not installed, or the credentials can't be used.
            WorkspaceError: the workspace refuses the service principal or can't be reached.
        """
        self.host = (host if "://" in host or not host else f"https://{host}").rstrip("/")
        self.assurance = assurance
        secrets = (credentials.token, credentials.client_secret)
        self.redact = Redaction(*(secret for secret in secrets if secret))
        self._retry_seconds = retry_seconds or RETRY_SECONDS
        self.client = self._sign_in(credentials)
        self.host = self.host or self.client.config.host.rstrip("/")

    @property
    def name(self) -> str:
        """The host without its scheme, as texts name it."""
        return self.host.partition("://")[2]

    @contextmanager
    def faults(self, doing: str) -> Iterator[None]:
        """Turn what the SDK raises inside the block into an error of ours.

        Args:
            doing: what was tried, as "create the dashboard".

        Raises:
            WorkspaceError: any refusal or failure; the text holds no secret.
        """
        from databricks.sdk.errors.base import DatabricksError  # noqa: PLC0415 - an extra

        try:
            yield
        except (DatabricksError, OSError, ValueError) as error:
            raise WorkspaceError(
                f"{self.name} could not {doing}: {self._said(error)} {self.assurance}"
            ) from None

    def _said(self, error: Exception) -> str:
        """What is wrong, and what to do."""
        from databricks.sdk.errors import (  # noqa: PLC0415 - an extra
            InternalError,
            PermissionDenied,
            Unauthenticated,
        )

        cause = error.__cause__ if isinstance(error, TimeoutError) else None
        text = self.redact.brief(_in_short(str(cause or error))).rstrip(".")
        if isinstance(error, Unauthenticated) or _NOT_LET_IN.search(text):
            advice = "Renew DATABRICKS_TOKEN or DATABRICKS_CLIENT_SECRET"
        elif isinstance(error, PermissionDenied):
            advice = _RIGHTS
        elif isinstance(error, TimeoutError) and cause:
            text = f"no success within {self._retry_seconds:.0f} s, at last: {text}"
            advice = "Check DATABRICKS_HOST, and run again later"
        elif isinstance(error, (InternalError, TimeoutError)):
            advice = "Run again later"
        else:
            advice = "Check DATABRICKS_HOST" if isinstance(error, ValueError) else ""
        return f"{text}. {f'{advice}.' if advice else ''}".rstrip()

    def _sign_in(self, credentials: Credentials) -> "WorkspaceClient":
        try:
            from databricks.sdk import WorkspaceClient  # noqa: PLC0415 - an extra

            read = _config_of_the_job if credentials == Credentials() else _config
            with self.faults("let us in"):
                config = read(self.host, credentials)
        except ImportError:
            raise SettingError(
                f"Publishing to Databricks needs the extra `databricks`: {INSTALL}, or unset "
                "GITHUB_TRAFFIC_CATALOG."
            ) from None
        with self.faults("let us in"):
            config.retry_timeout_seconds = self._retry_seconds
            config.http_timeout_seconds = HTTP_SECONDS
            # The resource takes no clock; without this one, the SDK sleeps as long as it is told.
            config._clock = _ImpatientClock(self._retry_seconds)  # noqa: SLF001
            return WorkspaceClient(config=config)


def _in_short(text: str) -> str:
    """What was said, without the SDK's page about an answer it could not read."""
    answered = _UNREADABLE.search(text)
    return f"it answered {answered[1]}" if answered else text


def _config(host: str, credentials: Credentials) -> Any:
    """The SDK's configuration as dagster-databricks makes it.

    The SDK also reads the environment, and refuses two ways to sign in even where it was told one.

    Raises:
        SettingError: it found another way to sign in as well.
    """
    from dagster_databricks import DatabricksClientResource  # noqa: PLC0415 - an extra
    from dagster_databricks.resources import OauthCredentials  # noqa: PLC0415

    given: dict[str, Any] = {"host": host}
    if credentials.token:
        given["token"] = credentials.token.get_secret_value()
    elif credentials.client_secret:
        given["oauth_credentials"] = OauthCredentials(
            client_id=credentials.client_id,
            client_secret=credentials.client_secret.get_secret_value(),
        )
    try:
        return DatabricksClientResource(**given).get_client().workspace_client.config
    except ValueError as error:
        if "more than one authorization method" not in str(error):
            raise
        said = str(error).partition(". Config:")[0].removeprefix("validate: ")
        raise SettingError(
            f"The Databricks SDK finds {said} (GITHUB_TRAFFIC uses DATABRICKS_TOKEN, or "
            "DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET). Set DATABRICKS_AUTH_TYPE to pat "
            "or to oauth-m2m."
        ) from None


def _config_of_the_job(host: str, _: Credentials) -> Any:
    """The SDK's own: inside a job, the workspace and the identity that it runs with.

    It takes the SDK alone: dagster-databricks brings a PySpark that Databricks has already.
    """
    from databricks.sdk.core import Config  # noqa: PLC0415 - an extra

    return Config(host=host or None)


class _ImpatientClock:
    """The SDK's clock, which refuses to sleep longer than `longest` seconds at a time."""

    def __init__(self, longest: float) -> None:
        self._longest = longest

    def time(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        if seconds > self._longest + 1:
            raise TimeoutError(f"it says to come back in {int(seconds)} s")
        time.sleep(seconds)
