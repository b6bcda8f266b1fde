"""A GitHub App's id and private key, from settings to a key that can sign.

Source:
https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/managing-private-keys-for-github-apps
"""

from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from github_traffic_dagster.errors import SettingError

_ID = "GITHUB_APP_ID"
_KEY = "GITHUB_APP_PRIVATE_KEY"
_FILE = "GITHUB_APP_PRIVATE_KEY_FILE"
_EXPECTED = "the .pem file that GitHub offers for download when an App gets a private key"


@dataclass(frozen=True)
class AppKey:
    """What an App proves itself with.

    Attributes:
        app_id: the App's number or its client id, as GitHub takes it for a JWT's issuer.
        private_key: the key itself; nothing shows its contents.
        setting: the variable it came from, for messages.
    """

    app_id: str
    private_key: RSAPrivateKey = field(repr=False)
    setting: str = _KEY


def app_key(app_id: str, text: str, file: Path | None) -> AppKey:
    """The App that the settings describe, at least one of which is set.

    Args:
        app_id: empty when not set.
        text: a PEM; line breaks may be written as a backslash and an n. Empty when not set.
        file: path of a PEM; None when not set.

    Raises:
        SettingError: one line that names the setting. Never quotes the key.
    """
    if not app_id:
        raise SettingError(f"{_KEY if text else _FILE} is set, but {_ID} is not: set both.")
    if text and file:
        raise SettingError(f"{_KEY} and {_FILE} are both set: set one of them.")
    if not text and not file:
        raise SettingError(
            f"{_ID} is set, but no private key: set {_KEY} or {_FILE} to {_EXPECTED}. "
            "An unknown secret is empty in GitHub Actions."
        )
    setting = _KEY if text else _FILE
    pem = text or _read(file or Path())
    try:
        return AppKey(app_id, _private_key(pem), setting)
    except ValueError as error:
        reason = str(error)
    raise SettingError(f"{setting} can't be used ({reason}): expected {_EXPECTED}.")


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        reason = "it is no text"
    except OSError as error:
        reason = error.strerror or "it can't be read"
    raise SettingError(
        f"{_FILE} can't be used ({file}: {reason}): expected the path of {_EXPECTED}."
    )


def _private_key(pem: str) -> RSAPrivateKey:
    """The key of a PEM.

    Raises:
        ValueError: in which way it is none.
    """
    text = pem.replace("\\n", "\n").strip()
    if "-----BEGIN" not in text:
        raise ValueError("it holds no -----BEGIN ...-----")
    try:
        key = load_pem_private_key(text.encode(), password=None)
    except TypeError:
        raise ValueError("the key is locked with a password") from None
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("it is no private key, or not all of it") from None
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("it is no RSA key")  # noqa: TRY004 - one kind of error for callers
    return key
