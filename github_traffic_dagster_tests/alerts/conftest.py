"""Receivers of alerts, one for each test."""

from collections.abc import Iterator

import pytest

from github_traffic_dagster.alerts import channels, mail, webhook
from github_traffic_dagster_tests.alerts.receivers import (
    MailServer,
    WebhookServer,
    mail_server,
    webhook_server,
)


@pytest.fixture
def web() -> Iterator[WebhookServer]:
    with webhook_server() as server:
        yield server


@pytest.fixture
def post() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Attempts follow each other at once, and give up after a moment."""
    monkeypatch.setattr(channels, "_FIRST_WAIT", 0.01)
    monkeypatch.setattr(webhook, "TIMEOUT", 0.3)
    monkeypatch.setattr(mail, "TIMEOUT", 0.3)
