"""The golden step as an engine runs it; as a script, a Databricks job's task.

Databricks gets this very file and has none of our package, so it imports nothing of it: what a plan
is and in which order its statements go is told here, for every carrier. Plans come through Dagster
Pipes (https://docs.dagster.io/integrations/libraries/databricks).
"""

import random
import re
import time
from collections.abc import Callable, Sequence
from typing import Final, TypedDict

PLAN: Final = "plan"
"""The name of the plan among the Pipes extras, and of the outcome among the messages."""

Execute = Callable[[str], Sequence[object]]
"""Runs a statement and returns its rows."""

CONFLICT_ATTEMPTS: Final = 30
"""As the store's own: eight writers on the same rows needed at most nine."""
_CONFLICT: Final = re.compile(
    # Delta's own, by name or error class (https://docs.databricks.com/error-messages/), and Sail's.
    r"Concurrent\w*Exception|DELTA_CONCURRENT|MetadataChangedException|DELTA_METADATA_CHANGED"
    r"|Failed to commit transaction"
)


class Plan(TypedDict):
    """Statements in Databricks SQL.

    Attributes:
        question: has rows when some repository's name of these days is not what is stored.
        names_differ: what is to be done then, in this order.
        names_agree: what is to be done otherwise.
    """

    question: str
    names_differ: list[str]
    names_agree: list[str]


class Outcome(TypedDict):
    """What happened: the number of attempts, and whether names were looked up in all of golden."""

    attempts: int
    names_differed: bool


def carry_out(plan: Plan, execute: Execute, failures: tuple[type[Exception], ...]) -> Outcome:
    """Run a plan, from its beginning again when another writer was faster.

    Every statement may be repeated: none lowers a number.

    Args:
        plan: the statements.
        execute: runs one of them.
        failures: what `execute` raises.
    """
    for attempt in range(1, CONFLICT_ATTEMPTS + 1):
        try:
            differ = bool(execute(plan["question"]))
            for statement in plan["names_differ" if differ else "names_agree"]:
                execute(statement)
        except failures as error:
            if attempt == CONFLICT_ATTEMPTS or not _CONFLICT.search(str(error)):
                raise
            time.sleep(random.uniform(0, min(2.0, 0.05 * 2**attempt)))  # noqa: S311 - no secret
        else:
            return Outcome(attempts=attempt, names_differed=differ)
    raise AssertionError("the last attempt returns or raises")


def main() -> None:
    """Run the plan of this Pipes session on the task's own Spark session."""
    from dagster_pipes import (  # noqa: PLC0415 - only there when it is a job
        PipesCliArgsParamsLoader,
        PipesUnityCatalogVolumesContextLoader,
        PipesUnityCatalogVolumesMessageWriter,
        open_dagster_pipes,
    )
    from pyspark.errors import PySparkException  # noqa: PLC0415 - only there when it is a job
    from pyspark.sql import SparkSession  # noqa: PLC0415 - only there when it is a job

    with open_dagster_pipes(
        context_loader=PipesUnityCatalogVolumesContextLoader(),
        message_writer=PipesUnityCatalogVolumesMessageWriter(),
        params_loader=PipesCliArgsParamsLoader(),  # type: ignore[no-untyped-call]
    ) as pipes:
        spark = SparkSession.builder.getOrCreate()
        outcome = carry_out(
            pipes.extras[PLAN],
            lambda statement: spark.sql(statement).collect(),
            (PySparkException,),
        )
        pipes.report_custom_message(dict(outcome))


if __name__ == "__main__":
    main()
