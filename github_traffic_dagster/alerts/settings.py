"""What a user can set about alerts, read with all other settings by `settings`."""

import re
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode

if TYPE_CHECKING:
    from github_traffic_dagster.alerts.channels import Channel

_WEB: Final = re.compile(r"https?://[\w.-]+(:\d+)?(/[\x21-\x7e]*)?")
_SMTP: Final = re.compile(r"smtps?://([^\s/@:#?\[\]]+:[^\s/@:#?\[\]]*@)?[\w.-]+(:\d{1,5})?/?")
_ADDRESS: Final = re.compile(r"[^\s@,;:<>]+@[^\s@,;:<>]+")

Addresses = Annotated[tuple[str, ...], NoDecode]


class AlertSettings(BaseSettings):
    """The part of the settings that is about alerts.

    Names of validators are shared with the class it is mixed into: one of the same name would take
    the other's place.
    """

    alert_webhook: SecretStr | None = Field(
        default=None,
        description='a web address to which alerts are posted as {"text": ...}, as Slack\'s '
        "https://hooks.slack.com/services/...; a secret",
        validation_alias="GITHUB_TRAFFIC_ALERT_WEBHOOK",
    )
    alert_email: Addresses = Field(
        default=(),
        description="e-mail addresses that get alerts, comma-separated",
        validation_alias="GITHUB_TRAFFIC_ALERT_EMAIL",
    )
    alert_sender: str = Field(
        default="",
        description="the address that alerts come from; empty: the first that gets them",
        validation_alias="GITHUB_TRAFFIC_ALERT_SENDER",
    )
    smtp_url: SecretStr | None = Field(
        default=None,
        validate_default=True,
        description="the mail server for alerts, as smtps://USER:PASSWORD@HOST:465, "
        "smtp://USER:PASSWORD@HOST:587 or smtp://HOST:25; special characters as %40; a secret",
        validation_alias="GITHUB_TRAFFIC_SMTP_URL",
    )
    ui_url: str = Field(
        default="",
        description="where the Dagster UI is, for links in alerts, as https://dagster.example.org",
        validation_alias="GITHUB_TRAFFIC_UI_URL",
    )

    @field_validator("alert_webhook", "smtp_url", mode="before")
    @classmethod
    def _alert_empty(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("alert_email", mode="before")
    @classmethod
    def _alert_split(cls, value: object) -> object:
        return tuple(filter(None, re.split(r"[,\s]+", value))) if isinstance(value, str) else value

    @field_validator("alert_webhook")
    @classmethod
    def _alert_web(cls, address: SecretStr | None) -> SecretStr | None:
        if address is not None and not _WEB.fullmatch(address.get_secret_value()):
            raise ValueError("no http(s) address")
        return address

    @field_validator("ui_url")
    @classmethod
    def _alert_ui(cls, address: str) -> str:
        if address and not _WEB.fullmatch(address):
            raise ValueError("no http(s) address")
        return address.rstrip("/")

    @field_validator("alert_email")
    @classmethod
    def _alert_addresses(cls, addresses: tuple[str, ...]) -> tuple[str, ...]:
        for number, address in enumerate(addresses, start=1):
            if not _ADDRESS.fullmatch(address):
                raise ValueError(f"entry {number} is no e-mail address")
        return addresses

    @field_validator("alert_sender")
    @classmethod
    def _alert_from(cls, address: str) -> str:
        if address and not _ADDRESS.fullmatch(address):
            raise ValueError("no e-mail address")
        return address

    @field_validator("smtp_url")
    @classmethod
    def _alert_smtp(cls, url: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if url is None and info.data.get("alert_email"):
            raise ValueError("it is empty although GITHUB_TRAFFIC_ALERT_EMAIL is set")
        if url is not None and not _SMTP.fullmatch(url.get_secret_value()):
            raise ValueError("no address of a mail server")
        return url

    @property
    def alerts_on(self) -> bool:
        """Whether there is anybody to alert."""
        return self.alert_webhook is not None or bool(self.alert_email)

    def channels(self) -> "list[Channel]":
        """The ways alerts are sent; none as long as they are off."""
        found: list[Channel] = []
        if self.alert_webhook is not None:
            from github_traffic_dagster.alerts.webhook import (  # noqa: PLC0415 - off by default
                Webhook,
            )

            found.append(Webhook(self.alert_webhook))
        if self.alert_email and self.smtp_url is not None:
            from github_traffic_dagster.alerts.mail import (  # noqa: PLC0415 - off by default
                Mail,
            )

            sender = self.alert_sender or self.alert_email[0]
            found.append(Mail(self.smtp_url, sender, self.alert_email))
        return found
