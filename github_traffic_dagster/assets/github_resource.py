"""GitHub as a Dagster resource: what is collected, and how hard GitHub may be asked."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
from pydantic import Field

from github_traffic_dagster.assets.progress import Progress
from github_traffic_dagster.github_api.access import Access
from github_traffic_dagster.github_api.conversation import Conversation
from github_traffic_dagster.github_api.pages import PER_PAGE
from github_traffic_dagster.github_api.planner import allowance
from github_traffic_dagster.github_api.selection import Selection
from github_traffic_dagster.github_api.session import GitHubSession
from github_traffic_dagster.settings import Settings, load_settings


class GitHub(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Selection and limits. Token and key are no part of it: they are read when it is used."""

    api_url: str = Field(description=Settings.expected("github_api_url"))
    accounts: list[str] = Field(default=[], description=Settings.expected("accounts"))
    include: list[str] = Field(default=[], description=Settings.expected("include"))
    exclude: list[str] = Field(default=[], description=Settings.expected("exclude"))
    forks: bool = Field(default=True, description=Settings.expected("forks"))
    archived: bool = Field(default=True, description=Settings.expected("archived"))
    workers: int = Field(default=64, description=Settings.expected("workers"))
    timeout: float = Field(default=30, description=Settings.expected("timeout"))
    max_wait: float = Field(default=900, description=Settings.expected("max_wait"))
    call_budget: int | None = Field(default=None, description=Settings.expected("call_budget"))

    @classmethod
    def from_settings(cls, settings: Settings) -> "GitHub":
        """The resource as the settings describe it."""
        return cls(
            api_url=settings.github_api_url,
            accounts=list(settings.accounts),
            include=list(settings.include),
            exclude=list(settings.exclude),
            forks=settings.forks,
            archived=settings.archived,
            workers=settings.workers,
            timeout=settings.timeout,
            max_wait=settings.max_wait,
            call_budget=settings.call_budget,
        )

    @property
    def selection(self) -> Selection:
        """Which repositories are collected."""
        return Selection(
            accounts=tuple(self.accounts),
            include=tuple(self.include),
            exclude=tuple(self.exclude),
            forks=self.forks,
            archived=self.archived,
        )

    @contextmanager
    def conversation(self, progress: Progress, log: dg.DagsterLogManager) -> Iterator[Conversation]:
        """A conversation whose token or App, or both, GitHub has accepted.

        Raises:
            SettingError: neither is set.
            BadTokenError: GitHub refuses what there is.
        """
        token, app = load_settings().credentials()
        access = Access(
            token=token,
            app=app,
            api_url=self.api_url,
            workers=self.workers,
            timeout=self.timeout,
            max_wait=self.max_wait,
        )
        with Conversation.open(
            access, on_wait=lambda until, why: progress.waiting(log, until, why)
        ) as conversation:
            yield conversation

    def allowance(
        self, session: GitHubSession, needed: int, *, followers: int, steps: int
    ) -> int | None:
        """Requests of an account's budget that a step may spend, leaving the others their share.

        Args:
            session: whose budget.
            needed: repositories, each of which takes a request.
            followers: steps of the run that are yet to collect as much.
            steps: all steps of such a run that collect.

        Returns:
            None where nothing but GitHub's limits need hold it back.
        """
        share = None
        if self.call_budget is not None:
            share = (self.call_budget - calls_besides(needed, steps)) // steps
        return allowance(
            needed,
            reachable=session.budget_reachable,
            followers=followers,
            share_of_call_budget=share,
        )


def calls_besides(repositories: int, steps: int) -> int:
    """Requests of a run that are no looks: its pages of the list, a proof of the token a step.

    Args:
        repositories: in the list.
        steps: of the run that collect; the list is one more.
    """
    return -(-repositories // PER_PAGE) + 1 + steps
