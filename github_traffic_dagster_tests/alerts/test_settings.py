"""Alerts are off until somebody is to be told, and a refused setting repeats no secret."""

import subprocess
import sys

import pytest

from github_traffic_dagster.alerts.mail import Mail
from github_traffic_dagster.alerts.webhook import Webhook
from github_traffic_dagster.errors import SettingError
from github_traffic_dagster.settings import load_settings
from github_traffic_dagster_tests.alerts.receivers import KEY, PASSWORD

WEBHOOK = f"https://hooks.example.org/services/{KEY}"
SERVER = f"smtps://me:{PASSWORD}@mail.example.org:465"
HOOK, EMAIL, SMTP = (
    "GITHUB_TRAFFIC_ALERT_WEBHOOK",
    "GITHUB_TRAFFIC_ALERT_EMAIL",
    "GITHUB_TRAFFIC_SMTP_URL",
)


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in (HOOK, EMAIL, SMTP):
        monkeypatch.delenv(name, raising=False)


def test_off_without_a_receiver(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (HOOK, EMAIL, SMTP):
        monkeypatch.setenv(name, "")
    settings = load_settings()
    assert not settings.alerts_on
    assert settings.channels() == []


def test_a_mail_server_alone_is_nobody_to_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SMTP, SERVER)
    assert not load_settings().alerts_on


def test_both_channels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(HOOK, WEBHOOK)
    monkeypatch.setenv(EMAIL, "her@example.org, his@example.org")
    monkeypatch.setenv(SMTP, SERVER)
    settings = load_settings()
    assert settings.alerts_on
    assert [type(channel) for channel in settings.channels()] == [Webhook, Mail]
    assert settings.alert_email == ("her@example.org", "his@example.org")


def test_no_secret_is_in_the_settings_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(HOOK, WEBHOOK)
    monkeypatch.setenv(EMAIL, "her@example.org")
    monkeypatch.setenv(SMTP, SERVER)
    settings = load_settings()
    for shown in (repr(settings), str(settings), repr(settings.channels()), repr(vars(settings))):
        assert KEY not in shown
        assert PASSWORD not in shown


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (HOOK, f"hooks.example.org/{KEY}"),
        (HOOK, f"https://hooks.example.org/{KEY} "),
        (HOOK, f"ftp://hooks.example.org/{KEY}"),
        (EMAIL, "somebody"),
        (EMAIL, "her@example.org;his@example.org"),
        ("GITHUB_TRAFFIC_ALERT_SENDER", "a@b\r\nBcc: c@d"),
        ("GITHUB_TRAFFIC_UI_URL", "dagster:3000"),
        (SMTP, f"mail.example.org:{PASSWORD}"),
        (SMTP, f"smtp://me:{PASSWORD}#1@mail.example.org"),
        (SMTP, f"smtp://me:{PASSWORD}/1@mail.example.org"),
        (SMTP, f"smtp://me@{PASSWORD}@mail.example.org"),
    ],
)
def test_what_can_not_be_used_is_named_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingError) as refused:
        load_settings()
    assert f"{name} can't be used" in str(refused.value)
    assert KEY not in str(refused.value)
    assert PASSWORD not in str(refused.value)


def test_addresses_need_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(EMAIL, "her@example.org")
    with pytest.raises(SettingError, match=f"{SMTP} can't be used .*{EMAIL} is set"):
        load_settings()


@pytest.mark.parametrize("on", [False, True])
def test_nothing_of_it_is_imported_as_long_as_it_is_off(
    monkeypatch: pytest.MonkeyPatch, tmp_path, on: bool
) -> None:
    monkeypatch.setenv("GITHUB_TRAFFIC_HOME", str(tmp_path))
    monkeypatch.setenv(HOOK, WEBHOOK if on else "")
    script = (
        "import sys\n"
        "from github_traffic_dagster.definitions import build_definitions\n"
        "from github_traffic_dagster.settings import load_settings\n"
        "import github_traffic_dagster.cli.collection_run\n"
        "found = build_definitions(load_settings())\n"
        "print(sorted(sensor.name for sensor in found.sensors or ()))\n"
        "print(sorted(name for name in sys.modules if name.startswith("
        "('github_traffic_dagster.alert', 'github_traffic_dagster.sensors'))))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    sensors, modules = done.stdout.splitlines()
    if on:
        assert sensors == "['alert_gap_risk', 'alert_run_failure', 'alert_token_expiry']"
        assert "github_traffic_dagster.alerting" in modules
    else:
        assert sensors == "[]"
        assert (
            modules == "['github_traffic_dagster.alerts', 'github_traffic_dagster.alerts.settings']"
        )
