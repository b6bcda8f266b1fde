"""A repository of the simulated GitHub, with the truth about its traffic."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Literal

from github_traffic_dagster.demo_github.popular import PopularPath, Referrer, Release, Shown
from github_traffic_dagster.demo_github.workflows import RunsOfDay, SimulatedRun

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
"""When a repository was created unless somebody says otherwise: before any window."""

MetricName = Literal["views", "clones"]
DayTotals = tuple[int, int]
"""(count, uniques) of a finished traffic day."""

TrafficSource = Mapping[date, DayTotals] | Callable[[date], DayTotals]


class TrafficByDay(dict[date, DayTotals]):
    """The truth by day, from a mapping or, for days not set by hand, from a function.

    A function lets a world live for years without storing them, and lets two processes agree on
    every day they both show.
    """

    def __init__(self, source: TrafficSource | None = None) -> None:
        known = source if isinstance(source, Mapping) else {}
        super().__init__(known)
        self._of_day = source if callable(source) else None

    def __missing__(self, day: date) -> DayTotals:
        """What the function says; a day nobody knows anything about had no traffic."""
        return self._of_day(day) if self._of_day else (0, 0)


@dataclass(eq=False)
class SimulatedRepository:
    """One repository. Its facts may be changed while the server runs.

    Attributes:
        views: the truth, (count, uniques) per finished UTC day; a missing day had no traffic.
        clones: likewise.
        referrers: the sites visitors came from; GitHub shows the ten with most views.
        paths: the pages they saw, likewise.
        releases: with their files.
        workflow_runs: of Actions; what they cloned is part of `clones` only if that says so.
        push_logins: who may push, which is what GitHub asks of readers of traffic.
        blocked: every answer about it is 451 (a legal takedown); listings still name it.
        traffic_forbidden: listings say push, yet traffic answers 403, as GitHub does to a
            fine-grained token without "Administration: read".
        actions_forbidden: workflow runs answer 403, likewise without "Actions: read".
    """

    repo_id: int
    owner: str
    name: str
    private: bool = False
    fork: bool = False
    archived: bool = False
    created_at: datetime = LONG_AGO
    stargazers: int = 0
    forks: int = 0
    open_issues: int = 0
    views: dict[date, DayTotals] = field(default_factory=TrafficByDay)
    clones: dict[date, DayTotals] = field(default_factory=TrafficByDay)
    referrers: Shown[Referrer] = ()
    paths: Shown[PopularPath] = ()
    releases: Sequence[Release] = ()
    workflow_runs: Sequence[SimulatedRun] | RunsOfDay = ()
    deleted: bool = False
    blocked: bool = False
    push_logins: set[str] = field(default_factory=set)
    traffic_forbidden: bool = False
    actions_forbidden: bool = False

    @property
    def full_name(self) -> str:
        """The name as of now: "owner/name"."""
        return f"{self.owner}/{self.name}"

    def truth(self, metric: MetricName, day: date) -> DayTotals:
        """(count, uniques) of the whole day; zeros before the repository existed."""
        if day < self.created_at.astimezone(UTC).date():
            return (0, 0)
        series = self.views if metric == "views" else self.clones
        try:
            return series[day]
        except KeyError:
            return (0, 0)
