"""What carries a plan to an engine: statement by statement from here, or as a job."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final, Protocol

import dagster as dg

from github_traffic_dagster.errors import GitHubTrafficError
from github_traffic_dagster.spark_engine.golden_job import Outcome, Plan, carry_out
from github_traffic_dagster.spark_engine.golden_sql import at_path
from github_traffic_dagster.store.place import Place

SURE: Final = "What was stored is whole, and running again is safe."
"""True whenever an engine fails: each statement is done as a whole or not at all."""

Naming = Callable[[str, Place], str]
"""What an engine calls a table in a statement, by the table's name and place. May have to ask."""


def by_place(_name: str, place: Place) -> str:
    """A table by its place, which needs no catalog."""
    return at_path(place.uri)


class Engine(Protocol):
    """Anything that runs SQL and says so when it could not."""

    def execute(self, statement: str) -> Sequence[Mapping[str, object]]:
        """Run a statement.

        Returns:
            Its rows, column to value.

        Raises:
            GitHubTrafficError: it failed; holds the statement and what the engine said.
        """


class Carrier(Protocol):
    """Brings a plan to where it runs."""

    @property
    def naming(self) -> Naming:
        """What the tables are called there."""

    def carry(self, plan: Plan, context: dg.AssetExecutionContext) -> "Carried":
        """Run the plan to its end.

        Raises:
            GitHubTrafficError: it failed; the statements may have run in part, each as a whole.
        """


@dataclass(frozen=True, slots=True)
class Carried:
    """What was done, and what a run's page shows of it."""

    outcome: Outcome
    metadata: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StatementCarrier:
    """Runs the statements one after the other on an engine that is opened for it.

    Attributes:
        connect: opens the engine; a warehouse or a Spark session.
        naming: what it calls the tables.
    """

    connect: Callable[[], AbstractContextManager[Engine]]
    naming: Naming = by_place

    def carry(self, plan: Plan, context: dg.AssetExecutionContext) -> Carried:  # noqa: ARG002
        """As of every carrier."""
        with self.connect() as engine:
            return Carried(carry_out(plan, engine.execute, (GitHubTrafficError,)), {})
