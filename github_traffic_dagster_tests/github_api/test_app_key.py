from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from github_traffic_dagster.errors import SettingError
from github_traffic_dagster.github_api import app_key as module
from github_traffic_dagster.github_api.app_key import AppKey

PEM, PKCS8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8


def read(text: str = "", file: Path | None = None, app_id: str = "7") -> AppKey:
    return module.app_key(app_id, text, file)


def refusal(text: str = "", file: Path | None = None, app_id: str = "7") -> str:
    with pytest.raises(SettingError) as raised:
        read(text, file, app_id)
    error = raised.value
    assert error.__context__ is None or error.__suppress_context__
    assert "\n" not in str(error)
    return str(error)


def test_the_file_as_github_offers_it_is_taken(app_key: str, tmp_path: Path) -> None:
    file = tmp_path / "traffic-bot.2026-07-15.private-key.pem"
    file.write_text(app_key)
    found = read(file=file)
    assert found.private_key.key_size == 2048
    assert found.setting == "GITHUB_APP_PRIVATE_KEY_FILE"


def test_a_client_id_is_as_good_as_the_number(app_key: str) -> None:
    assert read(app_key, app_id="Iv23liABCDEFGHIJ").app_id == "Iv23liABCDEFGHIJ"


@pytest.mark.parametrize("line_break", ["\n", "\\n", "\r\n", " "])
def test_line_breaks_survive_env_files_and_ci_secrets(app_key: str, line_break: str) -> None:
    text = app_key.replace("\n", line_break)
    assert read(f"  {text}\n").private_key.key_size == 2048


def test_the_newer_form_of_pem_is_taken_as_well(app_key: str) -> None:
    key = load_pem_private_key(app_key.encode(), None)
    text = key.private_bytes(PEM, PKCS8, serialization.NoEncryption()).decode()
    assert "BEGIN PRIVATE KEY" in text
    assert read(text).private_key.key_size == 2048


def test_an_id_without_a_key_says_which_settings_take_it() -> None:
    line = refusal()
    assert "GITHUB_APP_ID is set, but no private key" in line
    assert "GITHUB_APP_PRIVATE_KEY or GITHUB_APP_PRIVATE_KEY_FILE" in line


def test_a_key_without_an_id_names_both(app_key: str, tmp_path: Path) -> None:
    line = refusal(app_key, app_id="")
    assert line == "GITHUB_APP_PRIVATE_KEY is set, but GITHUB_APP_ID is not: set both."
    assert refusal(file=tmp_path, app_id="").startswith("GITHUB_APP_PRIVATE_KEY_FILE is set")


def test_two_keys_are_one_too_many(app_key: str, tmp_path: Path) -> None:
    line = refusal(app_key, tmp_path / "key.pem")
    assert "GITHUB_APP_PRIVATE_KEY and GITHUB_APP_PRIVATE_KEY_FILE are both set" in line


@pytest.mark.parametrize(
    ("file_name", "content", "reason"),
    [
        ("gone.pem", None, "No such file"),
        ("binary.pem", b"\xff\xfe\x00", "no text"),
        ("empty.pem", b"", "no -----BEGIN"),
    ],
)
def test_a_file_that_is_no_key_is_named(
    tmp_path: Path, file_name: str, content: bytes | None, reason: str
) -> None:
    file = tmp_path / file_name
    if content is not None:
        file.write_bytes(content)
    line = refusal(file=file)
    assert line.startswith("GITHUB_APP_PRIVATE_KEY_FILE can't be used (")
    assert reason in line


def test_a_folder_in_place_of_the_file_is_named(tmp_path: Path) -> None:
    assert str(tmp_path) in refusal(file=tmp_path)


def test_no_other_kind_of_key_is_taken_and_none_is_quoted(app_key: str) -> None:
    key = load_pem_private_key(app_key.encode(), None)
    locked = key.private_bytes(PEM, PKCS8, serialization.BestAvailableEncryption(b"secret"))
    public = key.public_key().public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    curve = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        PEM, PKCS8, serialization.NoEncryption()
    )
    cut = app_key[: len(app_key) // 2]
    wrong = {
        "/keys/traffic-bot.pem": "no -----BEGIN",
        locked.decode(): "locked with a password",
        public.decode(): "no private key",
        curve.decode(): "no RSA key",
        cut: "not all of it",
        f"{cut}\n-----END RSA PRIVATE KEY-----": "not all of it",
    }
    for text, reason in wrong.items():
        line = refusal(text)
        assert line.startswith("GITHUB_APP_PRIVATE_KEY can't be used (")
        assert reason in line
        assert text[40:80] not in line or len(text) < 80


def test_the_key_is_in_no_text_of_itself(app_key: str) -> None:
    found = read(app_key)
    for part in app_key.splitlines()[1:-1]:
        assert part not in f"{found!r} {found} {vars(found)}"
