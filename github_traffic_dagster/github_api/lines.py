"""What a conversation is made of: a line for each credential, and its troubles."""

from dataclasses import dataclass

from github_traffic_dagster.github_api.installations import Installation
from github_traffic_dagster.github_api.outcomes import Reason
from github_traffic_dagster.github_api.session import GitHubSession


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A credential's session.

    Attributes:
        name: the account, for people: "octo (token)" or "labs (App)".
        session: its requests.
        installation: of an App; None for the personal token, which may see any account.
    """

    name: str
    session: GitHubSession
    installation: Installation | None = None


@dataclass(frozen=True, slots=True)
class AccountTrouble:
    """Why an account's repositories can't be collected, or not by its best credential.

    Attributes:
        login: the account; empty for a credential as a whole.
        reason: as it is told of each of its repositories.
        text: what it is and what to do.
    """

    login: str
    reason: Reason
    text: str
