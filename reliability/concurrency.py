"""Many runs over the same days at once: nothing lost, nothing doubled, the greatest stays.

What the schedule, the UI and a backfill start differ in nothing that the store could see: each is
a process with a run id and rows of some days. The first round also creates the tables.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from github_traffic_dagster.store.place import Place
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.tables import RAW
from reliability.children import run_together
from reliability.looks import REPOSITORIES, WINDOW, Look
from reliability.states import duplicate_keys, golden_is_the_greatest, read_tables


@dataclass(frozen=True, slots=True)
class Together:
    """What came of a round.

    Attributes:
        creating: there were no tables yet.
        writers: processes.
        failed: texts of errors.
        lost: observations that are not in raw, though their step succeeded.
        doubled: rows whose key is there more than once.
        greatest: golden equals what the golden rule makes of everybody's observations.
        seconds: of the slowest step.
    """

    creating: bool
    writers: int
    failed: tuple[str, ...]
    lost: int
    doubled: int
    greatest: bool
    seconds: float

    @property
    def sound(self) -> bool:
        """It went as promised."""
        return self.greatest and not (self.failed or self.lost or self.doubled)


def compete(places: Mapping[str, Place], *, writers: int, rounds: int) -> list[Together]:
    """Rounds of runs that begin at once, all over the days of the same window."""
    results = []
    looks: list[Look] = []
    for number in range(rounds):
        now = [_look(number, writer) for writer in range(writers)]
        looks += now
        results.append(_compete_once(places, now, looks, creating=number == 0))
    return results


def _look(number: int, writer: int) -> Look:
    """Whoever looks knows more of some repositories than the others, and less of some."""
    return Look(f"run-{number}-{writer}", number, hour=writer, more=(writer * 7) % 5)


def _compete_once(
    places: Mapping[str, Place], now: Sequence[Look], looks: Sequence[Look], *, creating: bool
) -> Together:
    steps = [step for run in run_together(places, now) for step in run]
    state = read_tables(places)
    expected = WINDOW * len(REPOSITORIES) * len(looks)
    return Together(
        creating=creating,
        writers=len(now),
        failed=tuple(step.error[:300] for step in steps if step.error),
        lost=sum(max(0, expected - state[RAW[metric].name].height) for metric in Metric),
        doubled=duplicate_keys(state),
        greatest=golden_is_the_greatest(state),
        seconds=max(step.seconds for step in steps),
    )
