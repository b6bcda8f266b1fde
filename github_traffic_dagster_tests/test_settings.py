import os
import re
from datetime import date
from pathlib import Path

import pytest

from github_traffic_dagster.errors import SettingError
from github_traffic_dagster.schedules import an_hour_later
from github_traffic_dagster.settings import Settings, load_settings
from github_traffic_dagster.traffic.answers import Snapshot

TOKEN = "ghp_0123456789abcdefghijklmnopqrstuvwxyz"


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No setting is set, and both the home and the working folder are empty."""
    for name in os.environ:
        if name.startswith(("GITHUB_", "DAGSTER_")):
            monkeypatch.delenv(name)
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return work


def token_of(settings: Settings) -> str | None:
    token, app = settings.credentials()
    assert app is None
    return token.get_secret_value() if token else None


def refusal() -> str:
    with pytest.raises(SettingError) as raised:
        load_settings()
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__
    return str(raised.value)


def test_nothing_needs_to_be_set_to_read_the_settings(tmp_path: Path) -> None:
    settings = load_settings()
    assert (settings.github_token, settings.start_date) == (None, None)
    assert settings.github_api_url == "https://api.github.com"
    assert (settings.accounts, settings.include, settings.exclude) == ((), (), ())
    assert (settings.forks, settings.archived) == (True, True)
    assert settings.cron == "0 2 * * *"


def test_by_default_everything_lies_in_one_folder_of_the_users_home(tmp_path: Path) -> None:
    home = tmp_path / "home" / "github-traffic"
    assert load_settings().root == str(home / "store")
    assert load_settings().instance_folder == home / "dagster_home"


@pytest.mark.parametrize(
    "name", ["STORE", "TIMEOUT", "WORKERS", "INCLUDE", "START_DATE", "SCHEDULE_TIME"]
)
def test_variables_of_other_programs_are_no_settings(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    before = load_settings()
    monkeypatch.setenv(name, "/elsewhere")
    assert load_settings() == before


def test_the_home_moves_both_the_store_and_the_instance(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GITHUB_TRAFFIC_HOME", "~/elsewhere")
    home = tmp_path / "home" / "elsewhere"
    assert load_settings().root == str(home / "store")
    assert load_settings().instance_folder == home / "dagster_home"


def test_a_set_store_and_a_set_dagster_home_are_respected(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GITHUB_TRAFFIC_STORE", "~/tables")
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "instance"))
    assert load_settings().root == str(tmp_path / "home" / "tables")
    assert load_settings().instance_folder == tmp_path / "instance"


def test_a_relative_store_is_taken_from_the_working_folder(
    monkeypatch: pytest.MonkeyPatch, empty_environment: Path
) -> None:
    monkeypatch.setenv("GITHUB_TRAFFIC_STORE", "data/tables")
    assert load_settings().root == str(empty_environment / "data" / "tables")


def test_the_file_in_the_working_folder_is_read_and_the_environment_beats_it(
    monkeypatch: pytest.MonkeyPatch, empty_environment: Path
) -> None:
    lines = [f"GITHUB_TOKEN={TOKEN}", "GITHUB_TRAFFIC_ACCOUNTS=octo", "SOMETHING_ELSE=1"]
    (empty_environment / ".env").write_text("\n".join(lines))
    settings = load_settings()
    assert token_of(settings) == TOKEN
    assert settings.accounts == ("octo",)
    monkeypatch.setenv("GITHUB_TRAFFIC_ACCOUNTS", "labs")
    assert load_settings().accounts == ("labs",)
    assert token_of(load_settings()) == TOKEN


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        ("octo,labs", ("octo", "labs")),
        (" octo , labs ,", ("octo", "labs")),
        ("octo\nlabs\n", ("octo", "labs")),
    ],
)
def test_a_list_is_split_at_commas_and_spaces(
    monkeypatch: pytest.MonkeyPatch, text: str, expected: tuple[str, ...]
) -> None:
    monkeypatch.setenv("GITHUB_TRAFFIC_ACCOUNTS", text)
    assert load_settings().accounts == expected


def test_patterns_may_hold_the_signs_of_shell_globs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TRAFFIC_INCLUDE", "my-org/*,*-docs,octo/v[0-9]?")
    monkeypatch.setenv("GITHUB_TRAFFIC_EXCLUDE", "my-org/sandbox-*")
    assert load_settings().include == ("my-org/*", "*-docs", "octo/v[0-9]?")
    assert load_settings().exclude == ("my-org/sandbox-*",)


@pytest.mark.parametrize(
    ("text", "cron"),
    [
        ("2", "0 2 * * *"),
        ("02:30", "30 2 * * *"),
        ("23:59", "59 23 * * *"),
    ],
)
def test_the_hour_of_the_run_becomes_a_cron_expression(
    monkeypatch: pytest.MonkeyPatch, text: str, cron: str
) -> None:
    monkeypatch.setenv("GITHUB_TRAFFIC_HOUR", text)
    assert load_settings().cron == cron


@pytest.mark.parametrize(
    ("given", "root"),
    [
        ("s3://bucket", "s3://bucket"),
        ("s3://my.bucket/a/path/", "s3://my.bucket/a/path"),
        ("gs://bucket_1/path", "gs://bucket_1/path"),
        (
            "abfss://traffic@account1.dfs.core.windows.net/path",
            "abfss://traffic@account1.dfs.core.windows.net/path",
        ),
    ],
)
def test_an_object_store_is_named_by_its_uri(
    monkeypatch: pytest.MonkeyPatch, given: str, root: str
) -> None:
    monkeypatch.setenv("GITHUB_TRAFFIC_STORE", given)
    assert load_settings().root == root


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("https://github.acme.test/api/v3/", "https://github.acme.test/api/v3"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
    ],
)
def test_githubs_address_may_be_an_enterprise_server(
    monkeypatch: pytest.MonkeyPatch, given: str, url: str
) -> None:
    monkeypatch.setenv("GITHUB_API_URL", given)
    assert load_settings().github_api_url == url


@pytest.mark.parametrize(
    "name",
    [
        "DAGSTER_HOME",
        "GITHUB_TRAFFIC_HOME",
        "GITHUB_TRAFFIC_STORE",
        "GITHUB_TRAFFIC_START_DATE",
        "GITHUB_TRAFFIC_INCLUDE",
    ],
)
def test_an_empty_place_date_or_list_is_not_set(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    before = load_settings()
    monkeypatch.setenv(name, "")
    assert load_settings() == before


def test_a_start_date_is_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TRAFFIC_START_DATE", "2024-02-29")
    assert load_settings().start_date == date(2024, 2, 29)


MALFORMED = [
    ("GITHUB_TOKEN", "github_token", f"{TOKEN} with a remark"),
    ("GITHUB_TOKEN", "github_token", f"{TOKEN}\r\n"),
    ("GITHUB_TOKEN", "github_token", f"“{TOKEN}”"),
    ("GITHUB_APP_ID", "github_app_id", "my app"),
    ("GITHUB_API_URL", "github_api_url", "github.com"),
    ("GITHUB_API_URL", "github_api_url", "https://api.github.com?access=1"),
    ("GITHUB_TRAFFIC_STORE", "store", "http://bucket/path"),
    ("GITHUB_TRAFFIC_STORE", "store", "s3://Bucket"),
    ("GITHUB_TRAFFIC_STORE", "store", "abfss://traffic/path"),
    ("GITHUB_TRAFFIC_START_DATE", "start_date", "2026-02-30"),
    ("GITHUB_TRAFFIC_HOUR", "schedule_time", "24"),
    ("GITHUB_TRAFFIC_HOUR", "schedule_time", "2:60"),
    ("GITHUB_TRAFFIC_ACCOUNTS", "accounts", "octo/hello"),
    ("GITHUB_TRAFFIC_INCLUDE", "include", "a/b/c"),
    ("GITHUB_TRAFFIC_INCLUDE", "include", "octo/[ab"),
    ("GITHUB_TRAFFIC_EXCLUDE", "exclude", "octo/"),
    ("GITHUB_TRAFFIC_FORKS", "forks", "maybe"),
    ("GITHUB_TRAFFIC_WORKERS", "workers", "0"),
    ("GITHUB_TRAFFIC_WORKERS", "workers", "many"),
    ("GITHUB_TRAFFIC_TIMEOUT", "timeout", "nan"),
    ("GITHUB_TRAFFIC_MAX_WAIT", "max_wait", "-1"),
]


@pytest.mark.parametrize(("variable", "field", "text"), MALFORMED)
def test_a_malformed_value_is_refused_in_one_line_with_its_variable_and_the_expected_form(
    monkeypatch: pytest.MonkeyPatch, variable: str, field: str, text: str
) -> None:
    monkeypatch.setenv(variable, text)
    line = refusal()
    assert "\n" not in line
    assert line.startswith(f"{variable} can't be used (")
    assert Settings.expected(field) in line
    assert TOKEN not in line


@pytest.mark.parametrize(
    ("variable", "field", "text"), [case for case in MALFORMED if "\n" not in case[2]]
)
def test_a_malformed_value_in_the_file_is_refused_the_same_way(
    empty_environment: Path, variable: str, field: str, text: str
) -> None:
    (empty_environment / ".env").write_text(f'{variable}="{text}"\n')
    line = refusal()
    assert line.startswith(f"{variable} can't be used (")
    assert Settings.expected(field) in line
    assert TOKEN not in line


def test_several_malformed_values_are_named_together_and_no_value_is_repeated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", f"{TOKEN} ")
    monkeypatch.setenv("GITHUB_TRAFFIC_WORKERS", "many")
    monkeypatch.setenv("GITHUB_TRAFFIC_START_DATE", "soon")
    line = refusal()
    for variable in ("GITHUB_TOKEN", "GITHUB_TRAFFIC_WORKERS", "GITHUB_TRAFFIC_START_DATE"):
        assert line.count(f"{variable} can't be used") == 1
    assert TOKEN not in line


@pytest.mark.parametrize(
    "variable",
    [
        "GITHUB_API_URL",
        "GITHUB_TRAFFIC_STORE",
        "GITHUB_TRAFFIC_START_DATE",
        "GITHUB_TRAFFIC_ACCOUNTS",
        "GITHUB_TRAFFIC_INCLUDE",
        "GITHUB_TRAFFIC_WORKERS",
    ],
)
def test_a_token_set_in_the_wrong_variable_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, f"https://{TOKEN}@a/b/c://?")
    assert TOKEN not in refusal()


def test_a_missing_and_an_empty_token_are_told_apart_and_both_say_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(SettingError, match="GITHUB_TOKEN is not set: set it to a personal") as gone:
        load_settings().credentials()
    monkeypatch.setenv("GITHUB_TOKEN", "")
    with pytest.raises(SettingError, match="GITHUB_TOKEN is empty: set it to a personal") as empty:
        load_settings().credentials()
    for raised in (gone, empty):
        assert "Administration: read" in str(raised.value)
        assert "--demo" in str(raised.value)


@pytest.mark.parametrize("form", ['"{literal}"', '"{lines}"', "'{lines}'"])
def test_an_app_can_be_set_in_the_file_in_any_form_of_a_multi_line_value(
    empty_environment: Path, app_key: str, form: str
) -> None:
    value = form.format(literal=app_key.replace("\n", "\\n"), lines=app_key)
    (empty_environment / ".env").write_text(
        f"GITHUB_APP_ID=123456\nGITHUB_APP_PRIVATE_KEY={value}\nGITHUB_TOKEN=\n"
    )
    token, app = load_settings().credentials()
    assert token is None
    assert app is not None
    assert app.app_id == "123456"


def test_the_path_of_an_apps_key_is_taken_from_the_working_folder_or_the_home(
    monkeypatch: pytest.MonkeyPatch, empty_environment: Path, tmp_path: Path, app_key: str
) -> None:
    monkeypatch.setenv("GITHUB_APP_ID", "Iv23liABCDEFGHIJ")
    (tmp_path / "home").mkdir()
    for folder, setting in ((empty_environment, "bot.pem"), (tmp_path / "home", "~/bot.pem")):
        (folder / "bot.pem").write_text(app_key)
        monkeypatch.setenv("GITHUB_APP_PRIVATE_KEY_FILE", setting)
        _, app = load_settings().credentials()
        assert app is not None


def test_token_and_app_may_both_be_set(monkeypatch: pytest.MonkeyPatch, app_key: str) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    monkeypatch.setenv("GITHUB_APP_ID", "7")
    monkeypatch.setenv("GITHUB_APP_PRIVATE_KEY", app_key)
    token, app = load_settings().credentials()
    assert token is not None
    assert app is not None


def test_an_app_whose_variables_are_all_empty_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_APP_ID", "GITHUB_APP_PRIVATE_KEY", "GITHUB_APP_PRIVATE_KEY_FILE"):
        monkeypatch.setenv(name, "")
    with pytest.raises(SettingError, match=r"GITHUB_TOKEN is not set.*or set GITHUB_APP_ID"):
        load_settings().credentials()


def test_half_an_app_is_refused_also_beside_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    monkeypatch.setenv("GITHUB_APP_ID", "7")
    with pytest.raises(SettingError, match="no private key"):
        load_settings().credentials()


def test_an_apps_key_is_in_no_text_of_the_settings(
    monkeypatch: pytest.MonkeyPatch, app_key: str
) -> None:
    monkeypatch.setenv("GITHUB_APP_ID", "7")
    monkeypatch.setenv("GITHUB_APP_PRIVATE_KEY", app_key)
    settings = load_settings()
    for text in (repr(settings), str(settings), str(settings.model_dump())):
        assert "PRIVATE KEY-" not in text
        assert app_key.splitlines()[3] not in text
    monkeypatch.setenv("GITHUB_APP_ID", app_key)
    assert app_key.splitlines()[3] not in refusal()


def test_a_token_is_in_no_text_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    settings = load_settings()
    for text in (repr(settings), str(settings), str(settings.model_dump())):
        assert TOKEN not in text
    assert token_of(settings) == TOKEN


def test_every_setting_has_a_variable_of_its_own_and_says_what_it_is() -> None:
    variables = [Settings.variable(field) for field in Settings.model_fields]
    assert len(variables) == len(set(variables))
    for field in Settings.model_fields:
        assert re.fullmatch(
            "GITHUB_TOKEN|GITHUB_APP_[A-Z_]+|GITHUB_API_URL|DAGSTER_HOME|SPARK_REMOTE"
            "|DATABRICKS_[A-Z_]+|GITHUB_TRAFFIC_[A-Z_]+",
            Settings.variable(field),
        )
        assert len(Settings.expected(field)) > 10


def test_no_snapshots_are_taken_unless_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().snapshots == ()
    monkeypatch.setenv("GITHUB_TRAFFIC_SNAPSHOTS", "")
    assert load_settings().snapshots == ()


def test_automation_is_off_unless_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().automation is False
    monkeypatch.setenv("GITHUB_TRAFFIC_AUTOMATION", "")
    assert load_settings().automation is False
    monkeypatch.setenv("GITHUB_TRAFFIC_AUTOMATION", "true")
    assert load_settings().automation is True
    monkeypatch.setenv("GITHUB_TRAFFIC_AUTOMATION", "actions")
    assert refusal().startswith("GITHUB_TRAFFIC_AUTOMATION can't be used")


def test_kinds_of_snapshots_are_named_each_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TRAFFIC_SNAPSHOTS", "paths, referrers,paths")
    assert load_settings().snapshots == (Snapshot.PATHS, Snapshot.REFERRERS)


def test_an_unknown_kind_of_snapshot_is_refused_with_the_known_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GITHUB_TRAFFIC_SNAPSHOTS", "stars")
    text = refusal()
    assert text.startswith("GITHUB_TRAFFIC_SNAPSHOTS can't be used")
    assert "'referrers', 'paths' or 'releases'" in text


def test_snapshots_are_taken_an_hour_after_the_traffic(monkeypatch: pytest.MonkeyPatch) -> None:
    assert an_hour_later(load_settings().cron) == "0 3 * * *"
    monkeypatch.setenv("GITHUB_TRAFFIC_HOUR", "23:30")
    assert an_hour_later(load_settings().cron) == "30 0 * * *"
