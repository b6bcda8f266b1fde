"""Collect one metric of many repositories: plan, ask, take in the answers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import dagster as dg

from github_traffic_dagster.assets.collection import Collection, call_cost, gather
from github_traffic_dagster.assets.days import DayRange, today
from github_traffic_dagster.assets.github_resource import GitHub, calls_besides
from github_traffic_dagster.assets.looks import Looks, outlook
from github_traffic_dagster.assets.progress import OnOutcome, Progress
from github_traffic_dagster.github_api.outcomes import Outcome
from github_traffic_dagster.github_api.planner import Candidate, in_order_of_urgency
from github_traffic_dagster.github_api.session import GitHubSession
from github_traffic_dagster.github_api.windows import collect_windows
from github_traffic_dagster.traffic.answers import Metric, Target


@dataclass(frozen=True)
class Collector:
    """Knows what is to be collected, and what earlier runs saw.

    Attributes:
        github: how much of GitHub's budget may be spent.
        metric: views or clones.
        days: the traffic days of which observations are wanted.
        looks: the latest look at each repository.
        run_id: the run that observes.
        followers: steps of the run that are yet to collect as much.
    """

    github: GitHub
    metric: Metric
    days: DayRange
    looks: Looks
    run_id: str
    followers: int

    def collect(
        self, targets: Sequence[Target], progress: Progress, log: dg.DagsterLogManager
    ) -> Collection:
        """Ask for every target, the most urgent first, as far as the budget reaches.

        Args:
            targets: in any order.
            progress: hears each outcome as it comes, and of waiting.
            log: of the step.
        """
        candidates = self.looks.candidates(targets)
        with (
            self.github.session(progress, log) as session,
            progress.track(log, self.metric.value, len(candidates)) as on_outcome,
        ):
            outcomes = self._asked(session, candidates, on_outcome)
            collection = gather(outcomes, self.days, run_id=self.run_id)
            cost = call_cost(session)
        told = outlook(candidates, collection.outcomes, today=today())
        besides = calls_besides(len(candidates))
        return replace(
            collection,
            cost=cost,
            outlook=told.as_record(besides, windows=len(Metric)) if told else None,
        )

    def _asked(
        self, session: GitHubSession, candidates: Sequence[Candidate], on_outcome: OnOutcome
    ) -> Iterator[Outcome]:
        affordable = self.github.allowance(session, len(candidates), self.followers)
        session.allow(affordable)
        ordered = in_order_of_urgency(candidates, today=today(), affordable=affordable)
        wanted = [one.target for one in ordered]
        for outcome in collect_windows(session, wanted, self.metric, self.looks.remembered):
            on_outcome(outcome)
            yield outcome
