"""The settings of publishing: absent by default, complete or refused by name, without secrets."""

import sys

import pytest
from pydantic import SecretStr

from github_traffic_dagster.databricks.settings import PublicationSettings
from github_traffic_dagster.databricks.target import Credentials, Namespace
from github_traffic_dagster.databricks.workspace import Workspace
from github_traffic_dagster.errors import SettingError
from github_traffic_dagster.settings import load_settings

TOKEN = "dapi0123456789abcdef0123456789abcdef"
COMPLETE = {
    "GITHUB_TRAFFIC_CATALOG": "main",
    "DATABRICKS_HOST": "https://adb-1.2.azuredatabricks.net/",
    "DATABRICKS_TOKEN": TOKEN,
    "DATABRICKS_WAREHOUSE_ID": "abc123",
}
PRINCIPAL = {
    "DATABRICKS_TOKEN": "",
    "DATABRICKS_CLIENT_ID": "1111-2222",
    "DATABRICKS_CLIENT_SECRET": TOKEN,
}


@pytest.fixture(autouse=True)
def complete(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    """Nothing but a complete configuration with a token is set."""
    for name in ("CLIENT_ID", "CLIENT_SECRET"):
        monkeypatch.delenv(f"DATABRICKS_{name}", raising=False)
    for name in ("SCHEMA", "DASHBOARD_FOLDER"):
        monkeypatch.delenv(f"GITHUB_TRAFFIC_{name}", raising=False)
    for name, value in COMPLETE.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(str(tmp_path))


def publication() -> PublicationSettings | None:
    return load_settings().publication()


def refusal() -> str:
    with pytest.raises(SettingError) as raised:
        publication()
    assert TOKEN not in str(raised.value)
    return str(raised.value)


def test_what_is_set_is_what_is_used():
    found = publication()
    assert found
    assert found.access.host == "https://adb-1.2.azuredatabricks.net"
    assert found.access.credentials.token
    assert found.access.credentials.token.get_secret_value() == TOKEN
    assert found.target.namespace == Namespace("main", "github_traffic")
    assert found.target.warehouse_id == "abc123"
    assert found.target.dashboard_folder == "/Workspace/Shared"
    assert TOKEN not in f"{found!r}{load_settings()!r}"


@pytest.mark.parametrize("catalog", ["", None])
def test_without_a_catalog_nothing_is_published_and_nothing_else_needed(
    monkeypatch: pytest.MonkeyPatch, catalog: str | None
):
    for name in COMPLETE:
        monkeypatch.delenv(name)
    if catalog is not None:
        monkeypatch.setenv("GITHUB_TRAFFIC_CATALOG", catalog)
    assert publication() is None


@pytest.mark.parametrize("name", ["DATABRICKS_HOST", "DATABRICKS_WAREHOUSE_ID", "DATABRICKS_TOKEN"])
@pytest.mark.parametrize("value", ["", None])
def test_a_missing_one_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str | None):
    monkeypatch.delenv(name)
    if value is not None:
        monkeypatch.setenv(name, value)
    said = refusal()
    assert name in said
    assert sum(other in said for other in COMPLETE if other.startswith("DATABRICKS_")) == 1
    assert said.endswith("Set it, or unset GITHUB_TRAFFIC_CATALOG.")


def test_all_missing_ones_are_named_together(monkeypatch: pytest.MonkeyPatch):
    for name in ("DATABRICKS_HOST", "DATABRICKS_WAREHOUSE_ID", "DATABRICKS_TOKEN"):
        monkeypatch.setenv(name, "")
    said = refusal()
    assert "DATABRICKS_HOST and DATABRICKS_WAREHOUSE_ID and DATABRICKS_TOKEN (or" in said


def test_a_service_principal_takes_the_place_of_a_token(monkeypatch: pytest.MonkeyPatch):
    for name, value in PRINCIPAL.items():
        monkeypatch.setenv(name, value)
    found = publication()
    assert found
    assert found.access.credentials.token is None
    assert found.access.credentials.client_id == "1111-2222"
    assert TOKEN not in repr(found)


@pytest.mark.parametrize("half", ["DATABRICKS_CLIENT_ID", "DATABRICKS_CLIENT_SECRET"])
def test_half_a_service_principal_is_refused_with_the_other_half(
    monkeypatch: pytest.MonkeyPatch, half: str
):
    for name, value in PRINCIPAL.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv(half, "")
    assert f"but {half} is not set" in refusal()


def test_two_ways_to_sign_in_are_refused(monkeypatch: pytest.MonkeyPatch):
    for name, value in {**PRINCIPAL, "DATABRICKS_TOKEN": TOKEN}.items():
        monkeypatch.setenv(name, value)
    assert "unset one of them" in refusal()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GITHUB_TRAFFIC_CATALOG", "main`; DROP SCHEMA x"),
        ("GITHUB_TRAFFIC_SCHEMA", "a.b"),
        ("GITHUB_TRAFFIC_DASHBOARD_FOLDER", "NoSlash"),
        ("GITHUB_TRAFFIC_DASHBOARD_FOLDER", "/Shared/../Users"),
        ("DATABRICKS_HOST", "https://user:dapi0123456789abcdef0123456789abcdef@host"),
        ("DATABRICKS_WAREHOUSE_ID", "abc/../123"),
        ("DATABRICKS_TOKEN", "dapi0123456789abcdef0123456789abcdef\nx"),
        ("DATABRICKS_CLIENT_ID", "a b"),
    ],
)
def test_a_malformed_value_is_refused_with_its_variable_and_without_its_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
):
    monkeypatch.setenv(name, value)
    said = refusal()
    assert said.startswith(f"{name} can't be used")
    assert value not in said


def test_without_the_extra_the_command_that_installs_it_is_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "dagster_databricks", None)
    assert "pip install '.[databricks]'" in refusal()
    with pytest.raises(SettingError, match=r"pip install '\.\[databricks\]'"):
        Workspace("https://host", Credentials(SecretStr("dapi0123456789")))


@pytest.mark.parametrize("other", ["ARM_CLIENT_ID", "GOOGLE_CREDENTIALS", "DATABRICKS_USERNAME"])
def test_another_way_to_sign_in_that_the_sdk_finds_is_told_apart(
    monkeypatch: pytest.MonkeyPatch, other: str
):
    """The store's own credentials may look to the SDK like those of the workspace."""
    monkeypatch.setenv(other, "x")
    found = publication()
    assert found
    with pytest.raises(SettingError, match="DATABRICKS_AUTH_TYPE to pat") as raised:
        Workspace(found.access.host, found.access.credentials)
    assert TOKEN not in str(raised.value)
    monkeypatch.setenv("DATABRICKS_AUTH_TYPE", "pat")
    assert (
        Workspace(found.access.host, found.access.credentials).name == "adb-1.2.azuredatabricks.net"
    )
