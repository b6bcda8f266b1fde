"""Who asks the simulated GitHub: a user, an App, or an installation of an App; and what they see.

Sources: https://docs.github.com/en/apps/creating-github-apps/about-creating-github-apps and
https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from github_traffic_dagster.demo_github.apps import App, Installation
from github_traffic_dagster.demo_github.repository import SimulatedRepository

if TYPE_CHECKING:
    from github_traffic_dagster.demo_github.world import World


@dataclass(frozen=True, slots=True)
class Caller:
    """The bearer of a good token. Exactly one of the last three is set.

    Attributes:
        account: whose limits its requests are charged to; also its name in the log of requests.
        expires_at: the token's end, as a header tells it of personal tokens; None: never.
        login: of a user, with a personal token.
        app: an App itself, with a JWT.
        installation: an installation of an App, with one of its tokens.
    """

    account: str
    expires_at: datetime | None = None
    login: str | None = None
    app: App | None = None
    installation: Installation | None = None

    @property
    def hourly(self) -> int | None:
        """Its own budget an hour; None: the server's."""
        return self.installation.hourly if self.installation else None

    def sees(self, world: "World", repository: SimulatedRepository) -> bool:
        """Whether GitHub shows it the repository at all."""
        if self.login is not None:
            return world.can_see(repository, self.login)
        if repository.deleted:
            return False
        covered = self.installation is not None and self.installation.covers(repository)
        return covered or not repository.private

    def may_push(self, repository: SimulatedRepository) -> bool:
        """Whether a user may push. Installations have permissions of another kind."""
        return self.login is not None and self.login in repository.push_logins
