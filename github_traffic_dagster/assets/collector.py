"""Collect one metric of many repositories: plan, ask, take in the answers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import dagster as dg

from github_traffic_dagster.assets.collection import Collection, gather
from github_traffic_dagster.assets.days import DayRange
from github_traffic_dagster.assets.github_resource import GitHub
from github_traffic_dagster.assets.looks import Looks
from github_traffic_dagster.assets.progress import Progress, heard
from github_traffic_dagster.assets.turns import Turns
from github_traffic_dagster.github_api.routing import collect_windows
from github_traffic_dagster.traffic.answers import Metric, Target


@dataclass
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

    def __post_init__(self) -> None:
        """Nothing is planned yet."""
        self._turns = Turns(self.github, self.looks, self.followers, steps=len(Metric))

    def collect(
        self, targets: Sequence[Target], progress: Progress, log: dg.DagsterLogManager
    ) -> Collection:
        """Ask for every target, on each account the most urgent first, as far as budgets reach.

        Args:
            targets: in any order.
            progress: hears each outcome as it comes, and of waiting.
            log: of the step.
        """
        with (
            self.github.conversation(progress, log) as conversation,
            progress.track(log, self.metric.value, len(targets)) as on_outcome,
        ):
            outcomes = heard(
                collect_windows(
                    conversation,
                    targets,
                    self.metric,
                    memory=self.looks.remembered,
                    arrange=self._turns.arrange,
                ),
                on_outcome,
            )
            collection = gather(outcomes, self.metric, self.days, run_id=self.run_id)
            return replace(
                collection,
                spending=conversation.spending,
                outlook=self._turns.outlook(collection.outcomes),
            )
