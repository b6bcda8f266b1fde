"""Trials: what was made to fail, and what came of it."""

from collections.abc import Iterable
from dataclasses import dataclass

from github_traffic_dagster.traffic.tables import TABLES
from reliability.faults import Fault, FileFault
from reliability.runs import Step
from reliability.states import State, compare, lost_rows


@dataclass(frozen=True, slots=True)
class Case:
    """What is made to fail.

    Attributes:
        fault: how.
        at: number of the request or file operation, from 0.
        lasting: every one from there on, instead of that one.
        impatient: with the client's time-outs shortened.
    """

    fault: Fault | FileFault
    at: int
    lasting: bool = False
    impatient: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a disturbed run ended, and what the tables hold after it.

    Attributes:
        succeeded: every step did.
        unclear: errors that are none of ours, or do not say the cause where it can be known.
        wrong_claims: tables of which an error said that nothing had changed, and it had.
        after: tables that hold the run although its step failed; none is wrong.
        mixed: tables that hold neither the state before nor the state after, or can't be read.
        lost: rows acknowledged before, or by this run, that are not there.
        slowest: seconds of the slowest step.
        texts: of the errors.
    """

    succeeded: bool
    unclear: tuple[str, ...]
    wrong_claims: tuple[str, ...]
    after: tuple[str, ...]
    mixed: tuple[str, ...]
    lost: int
    slowest: float
    texts: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """It went as promised."""
        return not (self.unclear or self.wrong_claims or self.mixed or self.lost)

    @property
    def went_wrong(self) -> bool:
        """A step failed, or a table is not as it should be."""
        return not self.succeeded or bool(self.mixed)


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of a case.

    Attributes:
        case: what failed.
        operation: what the failed request or file operation was for.
        hit: it was made at all; retries and threads move the numbers a little.
        outcome: of the disturbed run.
        healed: the next run succeeded, with golden as after no fault and no key twice; None when
            it was not made, because nothing had failed.
    """

    case: Case
    operation: str
    hit: bool
    outcome: Outcome
    healed: bool | None

    @property
    def sound(self) -> bool:
        """It went as promised."""
        return self.healed is not False and self.outcome.sound


def judged(
    steps: Iterable[Step], now: State, before: State, after: State, *, cause: str = ""
) -> Outcome:
    """Compare what a run said with what is stored.

    Args:
        steps: how the run's steps ended.
        now: the tables after it.
        before: the tables before it.
        after: the tables after an undisturbed one.
        cause: what every error has to say.
    """
    steps = list(steps)
    found = compare(now, before, after)
    succeeded = {step.table for step in steps if step.succeeded}
    failed = [step for step in steps if step.error]
    acknowledged = {name: (after if name in succeeded else before)[name] for name in TABLES}
    return Outcome(
        succeeded=not failed,
        unclear=tuple(
            step.error[:300] for step in failed if not (step.clear and cause in step.error)
        ),
        wrong_claims=_wrong_claims(failed, found.after),
        after=tuple(step.table for step in failed if step.table in found.after),
        mixed=tuple(sorted(found.mixed)),
        lost=lost_rows(now, acknowledged),
        slowest=max((step.seconds for step in steps), default=0.0),
        texts=tuple(step.error[:700] for step in failed),
    )


def _wrong_claims(failed: Iterable[Step], changed: frozenset[str]) -> tuple[str, ...]:
    claim = "Nothing stored was changed"
    return tuple(step.table for step in failed if step.table in changed and claim in step.error)
