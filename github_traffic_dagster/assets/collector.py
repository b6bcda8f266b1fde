"""Collect one metric of many repositories: plan, ask, take in the answers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import dagster as dg

from github_traffic_dagster.assets.collection import Collection, gather
from github_traffic_dagster.assets.days import DayRange, today
from github_traffic_dagster.assets.github_resource import GitHub, calls_besides
from github_traffic_dagster.assets.looks import Looks, outlook
from github_traffic_dagster.assets.progress import OnOutcome, Progress
from github_traffic_dagster.github_api.conversation import Conversation
from github_traffic_dagster.github_api.lines import Line
from github_traffic_dagster.github_api.outcomes import Outcome
from github_traffic_dagster.github_api.planner import Candidate, in_order_of_urgency
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
    _planned: dict[Line, list[Candidate]] = field(default_factory=dict)

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
            outcomes = self._asked(conversation, targets, on_outcome)
            collection = gather(outcomes, self.days, run_id=self.run_id)
            return replace(
                collection,
                spending=conversation.spending,
                outlook=self._outlook(collection.outcomes),
            )

    def _asked(
        self, conversation: Conversation, targets: Sequence[Target], on_outcome: OnOutcome
    ) -> Iterator[Outcome]:
        for outcome in collect_windows(
            conversation,
            targets,
            self.metric,
            memory=self.looks.remembered,
            arrange=self._arranged,
        ):
            on_outcome(outcome)
            yield outcome

    def _arranged(self, line: Line, targets: Sequence[Target]) -> Sequence[Target]:
        """What an account can afford comes first; it is told once how much that is.

        It may be asked for more later on: what others refused.
        """
        candidates = self.looks.candidates(targets, lasting_token=line.installation is None)
        affordable = line.session.allowed
        if line not in self._planned:
            affordable = self.github.allowance(line.session, len(candidates), self.followers)
            line.session.allow(affordable)
        self._planned.setdefault(line, []).extend(candidates)
        ordered = in_order_of_urgency(candidates, today=today(), affordable=affordable)
        return [one.target for one in ordered]

    def _outlook(self, outcomes: Sequence[Outcome]) -> list[dict[str, object]]:
        """What leaving repositories for later costs, of each account where some were left."""
        found = []
        for line, candidates in self._planned.items():
            told = outlook(candidates, outcomes, today=today())
            if told is not None:
                record = told.as_record(calls_besides(len(candidates)), windows=len(Metric))
                found.append({"account": line.name, **record})
        return found
