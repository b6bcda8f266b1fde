"""Whose turn it is when GitHub's budget does not reach for all, account by account."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from github_traffic_dagster.assets.days import today
from github_traffic_dagster.assets.github_resource import GitHub, calls_besides
from github_traffic_dagster.assets.looks import Looks, outlook
from github_traffic_dagster.github_api.lines import Line
from github_traffic_dagster.github_api.outcomes import Outcome
from github_traffic_dagster.github_api.planner import Candidate, in_order_of_urgency
from github_traffic_dagster.traffic.answers import Target


@dataclass
class Turns:
    """Plans each account's requests of a step.

    Attributes:
        github: how much of GitHub's budget may be spent.
        looks: the latest look at each repository.
        followers: steps of the run that are yet to collect as much.
        steps: how many steps of such a run collect: each gets its share of the call budget.
    """

    github: GitHub
    looks: Looks
    followers: int
    steps: int
    _planned: dict[Line, list[Candidate]] = field(default_factory=dict)

    def arrange(self, line: Line, targets: Sequence[Target]) -> Sequence[Target]:
        """What an account can afford comes first; it is told once how much that is.

        It may be asked for more later on: what others refused.
        """
        candidates = self.looks.candidates(targets, lasting_token=line.installation is None)
        affordable = line.session.allowed
        if line not in self._planned:
            affordable = self.github.allowance(
                line.session, len(candidates), followers=self.followers, steps=self.steps
            )
            line.session.allow(affordable)
        self._planned.setdefault(line, []).extend(candidates)
        ordered = in_order_of_urgency(candidates, today=today(), affordable=affordable)
        return [one.target for one in ordered]

    def outlook(self, outcomes: Sequence[Outcome]) -> list[dict[str, object]]:
        """What leaving repositories for later costs, of each account where some were left."""
        found = []
        for line, candidates in self._planned.items():
            told = outlook(candidates, outcomes, today=today())
            if told is not None:
                besides = calls_besides(len(candidates), self.steps)
                found.append({"account": line.name, **told.as_record(besides, windows=self.steps)})
        return found
