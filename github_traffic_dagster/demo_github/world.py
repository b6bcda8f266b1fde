"""Everything the simulated GitHub knows: accounts, tokens, repositories, old names, faults.

A test or the demo changes the world while the server answers from it; `lock` keeps a half-made
change out of an answer.
"""

import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypedDict, Unpack

from github_traffic_dagster.demo_github.apps import App, AppDirectory, Installation
from github_traffic_dagster.demo_github.clock import SimulatedClock
from github_traffic_dagster.demo_github.faults import Fault, FaultPlan, FaultTarget
from github_traffic_dagster.demo_github.popular import PopularPath, Referrer, Release, Shown
from github_traffic_dagster.demo_github.repository import (
    LONG_AGO,
    SimulatedRepository,
    TrafficByDay,
    TrafficSource,
)
from github_traffic_dagster.demo_github.window import Window
from github_traffic_dagster.demo_github.workflows import RunsOfDay, SimulatedRun

_FIRST_REPO_ID = 100_001


@dataclass(frozen=True)
class Account:
    """A user or an organisation; `members` are logins, and only organisations have them."""

    account_id: int
    login: str
    kind: Literal["User", "Organization"]
    members: tuple[str, ...] = ()


@dataclass(frozen=True)
class Token:
    """A personal access token: whose it is and when it ends (None: never)."""

    login: str
    expires_at: datetime | None


class RepositoryFacts(TypedDict, total=False):
    """The plain facts `add_repository` takes; each means what `SimulatedRepository` says."""

    private: bool
    fork: bool
    archived: bool
    stargazers: int
    forks: int
    open_issues: int
    blocked: bool
    traffic_forbidden: bool
    actions_forbidden: bool
    referrers: Shown[Referrer]
    paths: Shown[PopularPath]
    releases: Sequence[Release]
    workflow_runs: Sequence[SimulatedRun] | RunsOfDay


class InstallationTerms(TypedDict, total=False):
    """What an account's owner decides about an App; see `AppDirectory.install`."""

    permissions: Mapping[str, str]
    repositories: Iterable[SimulatedRepository] | None
    suspended: bool
    hourly: int | None


class World:
    """The state behind a simulated GitHub.

    Attributes:
        clock: what time it is there.
        window: how much of the truth traffic answers show; change or replace it at any time.
        apps: Apps, their installations and tokens.
        repositories: all that ever were, deleted ones too.
        lock: hold it to change several things at once.
    """

    # A misspelt knob must be an error: a test that sets it would otherwise prove nothing.
    __slots__ = (
        "_accounts",
        "_by_id",
        "_by_name",
        "_faults",
        "_old_names",
        "_tokens",
        "apps",
        "clock",
        "lock",
        "repositories",
        "window",
    )

    def __init__(self, clock: SimulatedClock) -> None:
        self.clock = clock
        self.window = Window()
        self.repositories: list[SimulatedRepository] = []
        self.lock = threading.RLock()
        self._accounts: dict[str, Account] = {}
        self._tokens: dict[str, Token] = {}
        self._by_id: dict[int, SimulatedRepository] = {}
        self._by_name: dict[str, SimulatedRepository] = {}
        self._old_names: dict[str, SimulatedRepository] = {}
        self._faults = FaultPlan()
        self.apps = AppDirectory(clock)

    def add_user(self, login: str) -> None:
        """Sign up a person."""
        self._sign_up(login, "User", ())

    def add_organization(self, login: str, members: Sequence[str] = ()) -> None:
        """Found an organisation; its members may push to its repositories by default."""
        self._sign_up(login, "Organization", tuple(members))

    def _sign_up(
        self, login: str, kind: Literal["User", "Organization"], members: tuple[str, ...]
    ) -> None:
        with self.lock:
            if login.lower() in self._accounts:
                raise ValueError(f"the login {login!r} is taken")
            account = Account(len(self._accounts) + 1, login, kind, members)
            self._accounts[login.lower()] = account

    def account(self, login: str) -> Account | None:
        """The user or organisation of this login, in any spelling of upper and lower case."""
        return self._accounts.get(login.lower())

    def members(self, login: str) -> tuple[str, ...]:
        """The logins that belong to an owner beside itself: nobody for users."""
        account = self.account(login)
        return account.members if account else ()

    def add_token(self, token: str, login: str, expires_at: datetime | None = None) -> None:
        """Give `login` a token. Adding it again replaces its end."""
        with self.lock:
            self._known(login)
            self._tokens[token] = Token(login, expires_at)

    def revoke_token(self, token: str) -> None:
        """From now on the token is refused as if it had never been."""
        with self.lock:
            self._tokens.pop(token, None)

    def token(self, token: str) -> Token | None:
        """Whose token this is; None when it is unknown, revoked or expired."""
        found = self._tokens.get(token)
        if found and found.expires_at and found.expires_at <= self.clock.now():
            return None
        return found

    def add_app(
        self, app_id: int, *, owner: str, slug: str = "traffic-bot", private_key: str | None = None
    ) -> App:
        """Register an App; without a `private_key` (PEM) one is made."""
        with self.lock:
            return self.apps.add(app_id, slug, self._known(owner).login, private_key)

    def install(self, app: App, login: str, **terms: Unpack[InstallationTerms]) -> Installation:
        """Install `app` on an account; the terms mean what `AppDirectory.install` says."""
        with self.lock:
            return self.apps.install(app, self._known(login).login, **terms)

    def add_repository(
        self,
        full_name: str,
        *,
        repo_id: int | None = None,
        created_at: datetime | None = None,
        views: TrafficSource | None = None,
        clones: TrafficSource | None = None,
        push_logins: Collection[str] | None = None,
        **facts: Unpack[RepositoryFacts],
    ) -> SimulatedRepository:
        """Create "owner/name".

        Args:
            full_name: the owner must be a known account, the name must be free.
            repo_id: GitHub's numeric id; the next free one by default.
            created_at: long before any window by default.
            views: the truth per day, as a mapping or a function of the day; none by default.
            clones: likewise.
            push_logins: who may push; by default the owner and the owner's members.
            facts: the other facts of `SimulatedRepository`.
        """
        owner, _, name = full_name.partition("/")
        with self.lock:
            self._claim(full_name)
            repository = SimulatedRepository(
                repo_id=self._free_id(repo_id),
                owner=self._known(owner).login,
                name=name,
                created_at=created_at or LONG_AGO,
                views=TrafficByDay(views),
                clones=TrafficByDay(clones),
                push_logins=self._pushers(owner) if push_logins is None else set(push_logins),
                **facts,
            )
            self.repositories.append(repository)
            self._by_name[full_name.lower()] = self._by_id[repository.repo_id] = repository
            return repository

    def rename(self, repository: SimulatedRepository, new_name: str) -> None:
        """Give it another name; the old one redirects until somebody takes it."""
        self._move(repository, repository.owner, new_name)

    def transfer(self, repository: SimulatedRepository, new_owner: str) -> None:
        """Hand it to another account, whose people may push from now on."""
        with self.lock:
            self._move(repository, self._known(new_owner).login, repository.name)
            repository.push_logins = self._pushers(new_owner)

    def _move(self, repository: SimulatedRepository, owner: str, name: str) -> None:
        with self.lock:
            old_name = repository.full_name
            self._claim(f"{owner}/{name}")
            repository.owner, repository.name = owner, name
            self._by_name[repository.full_name.lower()] = repository
            self._old_names[old_name.lower()] = self._by_name.pop(old_name.lower())

    def delete(self, repository: SimulatedRepository) -> None:
        """Nobody can see it any more; its name is free."""
        repository.deleted = True

    def repository_named(self, full_name: str) -> SimulatedRepository | None:
        """The repository that has this name now."""
        return _alive(self._by_name.get(full_name.lower()))

    def repository_formerly(self, full_name: str) -> SimulatedRepository | None:
        """The repository that left this name behind."""
        return _alive(self._old_names.get(full_name.lower()))

    def repository_numbered(self, repo_id: int) -> SimulatedRepository | None:
        """The repository with this id."""
        return _alive(self._by_id.get(repo_id))

    def belongs_to(self, repository: SimulatedRepository, login: str) -> bool:
        """Whether `login` owns it or is a member of the organisation that does."""
        return login == repository.owner or login in self.members(repository.owner)

    def can_see(self, repository: SimulatedRepository, login: str) -> bool:
        """Whether GitHub shows it to `login`: it is public, theirs, or they may push to it."""
        if repository.deleted:
            return False
        theirs = self.belongs_to(repository, login) or login in repository.push_logins
        return theirs or not repository.private

    def fail(self, target: FaultTarget, fault: Fault, times: int | None = None) -> None:
        """Let requests go wrong.

        Args:
            target: a repository (its traffic, top lists and releases) or the beginning of a path
                ("/user/repos").
            fault: in which way; several faults of one target hit in the order they were given.
            times: how many requests; None for ever.
        """
        with self.lock:
            self._faults.add(target, fault, times)

    def heal(self, target: FaultTarget | None = None) -> None:
        """End the faults of `target`, or all of them."""
        with self.lock:
            self._faults.remove(target)

    def take_fault(self, path: str, repository: SimulatedRepository | None) -> Fault | None:
        """The fault that hits a request now; it counts as used."""
        with self.lock:
            return self._faults.take(path, repository)

    def _known(self, login: str) -> Account:
        account = self.account(login)
        if account is None:
            raise ValueError(f"nobody is called {login!r}: add the user or the organisation first")
        return account

    def _claim(self, full_name: str) -> None:
        if full_name.count("/") != 1 or not all(full_name.split("/")):
            raise ValueError(f'{full_name!r} is no "owner/name"')
        if self.repository_named(full_name):
            raise ValueError(f"{full_name} exists already")
        self._old_names.pop(full_name.lower(), None)

    def _free_id(self, wanted: int | None) -> int:
        if wanted in self._by_id:
            raise ValueError(f"the repository id {wanted} is taken: ids are never used again")
        return wanted or max(self._by_id, default=_FIRST_REPO_ID - 1) + 1

    def _pushers(self, owner: str) -> set[str]:
        return {self._known(owner).login, *self.members(owner)}


def _alive(repository: SimulatedRepository | None) -> SimulatedRepository | None:
    return None if repository is None or repository.deleted else repository
