"""Which repositories the user wants. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from github_traffic_dagster.github_api.outcomes import Reason
from github_traffic_dagster.traffic.answers import Repository


@dataclass(frozen=True)
class Selection:
    """The user's choice. Patterns are shell globs and, like GitHub's names, ignore case.

    Attributes:
        accounts: logins of users and organisations to collect; none means all.
        include: patterns of which one must match; none means all. A pattern with a slash is
            for "owner/name", one without for the name in any account.
        exclude: patterns of which none may match; stronger than `include`.
        forks: collect forks.
        archived: collect archived repositories.
    """

    accounts: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    forks: bool = True
    archived: bool = True

    def verdict(self, repository: Repository) -> Reason | None:
        """Why the repository is left out on purpose; None when it is wanted."""
        if not self._chosen(repository):
            return Reason.EXCLUDED
        if repository.fork and not self.forks:
            return Reason.FORK
        if repository.archived and not self.archived:
            return Reason.ARCHIVED
        return None

    def wants_account(self, login: str) -> bool:
        """Whether repositories of this user or organisation may be wanted."""
        accounts = {account.lower() for account in self.accounts}
        return not accounts or login.lower() in accounts

    def _chosen(self, repository: Repository) -> bool:
        if not self.wants_account(repository.owner):
            return False
        if self.include and not any_matches(self.include, repository.full_name):
            return False
        return not any_matches(self.exclude, repository.full_name)


def any_matches(patterns: Iterable[str], full_name: str) -> bool:
    """Whether one of the patterns, as `Selection` has them, matches "owner/name"."""
    return any(_matches(pattern.lower(), full_name.lower()) for pattern in patterns)


def _matches(pattern: str, full_name: str) -> bool:
    return fnmatchcase(full_name if "/" in pattern else full_name.partition("/")[2], pattern)
