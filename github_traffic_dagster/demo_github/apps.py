"""GitHub Apps of the simulated GitHub: their keys, where they are installed, and their tokens.

Sources: https://docs.github.com/en/rest/apps/apps and
https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app
"""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from github_traffic_dagster.demo_github.clock import SimulatedClock
from github_traffic_dagster.demo_github.repository import SimulatedRepository

TOKEN_LIFETIME = timedelta(hours=1)
LEAST_PERMISSIONS: Mapping[str, str] = {"administration": "read", "metadata": "read"}
"""What an App needs to read traffic."""

_FIRST_INSTALLATION_ID = 5001
_KEY_SIZE = 2048  # GitHub's own


@dataclass(eq=False)
class App:
    """A registered App.

    Attributes:
        private_key: PEM as GitHub hands it out (PKCS#1).
        public_key: checks signatures; replace it to delete the App's key at GitHub.
    """

    app_id: int
    slug: str
    owner: str
    private_key: str
    public_key: rsa.RSAPublicKey


@dataclass(eq=False)
class Installation:
    """An App on one account. May be changed while the server runs.

    Attributes:
        account: login of the user or organisation.
        permissions: what the account's owner granted.
        selected: ids of the repositories it may see; None means all of the account.
        suspended_at: since when all its requests are refused; None while it works.
        hourly: requests an hour; GitHub gives 5,000 to 12,500 by the account's size.
    """

    installation_id: int
    app: App
    account: str
    created_at: datetime
    permissions: dict[str, str]
    selected: set[int] | None = None
    suspended_at: datetime | None = None
    hourly: int | None = None

    def covers(self, repository: SimulatedRepository) -> bool:
        """Whether the repository belongs to the account and was selected."""
        mine = repository.owner == self.account and not repository.deleted
        return mine and (self.selected is None or repository.repo_id in self.selected)

    @property
    def reads_traffic(self) -> bool:
        """Whether it has "Administration: read", which the traffic API asks for."""
        return self.permissions.get("administration") in {"read", "write"}


@dataclass
class AppDirectory:
    """All Apps, installations and tokens of installations.

    Attributes:
        minted: how many tokens each installation was given, by its id.
    """

    clock: SimulatedClock
    apps: dict[int, App] = field(default_factory=dict)
    installations: dict[int, Installation] = field(default_factory=dict)
    minted: dict[int, int] = field(default_factory=dict)
    _tokens: dict[str, tuple[Installation, datetime]] = field(default_factory=dict)

    def add(self, app_id: int, slug: str, owner: str, private_key: str | None) -> App:
        """Register an App; a key is made for it when none is given."""
        if app_id in self.apps:
            raise ValueError(f"the App id {app_id} is taken")
        pem = private_key or new_private_key()
        app = App(app_id, slug, owner, pem, _public_half(pem))
        self.apps[app_id] = app
        return app

    def install(
        self,
        app: App,
        account: str,
        *,
        permissions: Mapping[str, str] = LEAST_PERMISSIONS,
        repositories: Iterable[SimulatedRepository] | None = None,
        suspended: bool = False,
        hourly: int | None = None,
    ) -> Installation:
        """Install `app` on `account`.

        Args:
            app: which one.
            account: login of the user or organisation.
            permissions: granted by the account's owner.
            repositories: the selected ones; all of the account by default.
            suspended: by the account's owner.
            hourly: requests an hour; the server's own limit by default.
        """
        now = self.clock.now()
        installation = Installation(
            installation_id=_FIRST_INSTALLATION_ID + len(self.installations),
            app=app,
            account=account,
            created_at=now,
            permissions=dict(permissions),
            selected=None if repositories is None else {repo.repo_id for repo in repositories},
            suspended_at=now if suspended else None,
            hourly=hourly,
        )
        self.installations[installation.installation_id] = installation
        return installation

    def uninstall(self, installation: Installation) -> None:
        """The account's owner removes the App: the installation and its tokens are gone."""
        del self.installations[installation.installation_id]

    def of_app(self, app: App) -> list[Installation]:
        """Where an App is installed, oldest first."""
        return [one for one in self.installations.values() if one.app is app]

    def mint(self, installation: Installation) -> tuple[str, datetime]:
        """A new token, and when it ends by the world's clock. Older ones stay good until theirs."""
        token = f"ghs_{secrets.token_hex(18)}"
        expires_at = self.clock.now() + TOKEN_LIFETIME
        self._tokens[token] = (installation, expires_at)
        number = installation.installation_id
        self.minted[number] = self.minted.get(number, 0) + 1
        return token, expires_at

    @property
    def tokens(self) -> list[str]:
        """Every token that was ever given out, for those who look for leaks."""
        return list(self._tokens)

    def holder(self, token: str) -> Installation | None:
        """Whose token this is; None when it is unknown, expired or of a removed installation."""
        found = self._tokens.get(token)
        if found is None or found[1] <= self.clock.now():
            return None
        return self.installations.get(found[0].installation_id)


def new_private_key() -> str:
    """A new RSA key as the PEM file that GitHub offers for download."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_SIZE)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    ).decode()


def _public_half(pem: str) -> rsa.RSAPublicKey:
    key = serialization.load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("an App's key is an RSA key")
    return key.public_key()
