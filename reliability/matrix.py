"""The fault matrix: request N of a daily run fails, once or for good, and what comes of it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Final

from github_traffic_dagster.errors import WriteUncertainError
from github_traffic_dagster.traffic.tables import TABLES
from reliability.bucket import Bucket
from reliability.emulators import ObjectStore, moto
from reliability.faults import Fault
from reliability.looks import Look
from reliability.proxy import FaultProxy
from reliability.runs import Step
from reliability.sides import Side, places
from reliability.states import State, compare, lost_rows, read_tables

SEED: Final = Look("run-0", 0)
TODAY: Final = Look("run-1", 1)
AGAIN: Final = TODAY.again("run-2")


@dataclass(frozen=True, slots=True)
class Case:
    """What is made to fail.

    Attributes:
        fault: how.
        at: number of the request, from 0.
        lasting: every request from there on, instead of that one.
        impatient: with the client's time-outs shortened.
    """

    fault: Fault
    at: int
    lasting: bool = False
    impatient: bool = False


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of a case.

    Attributes:
        case: what failed.
        operation: what the failed request was for.
        hit: the request was made at all; retries and threads move the numbers a little.
        succeeded: every step did.
        unclear: errors that were none of ours, as texts.
        wrong_claims: tables of which an error said that nothing had changed, and it had.
        after: tables that hold the run although its step failed; none is wrong.
        mixed: tables that hold neither the state before nor the state after.
        lost: rows acknowledged before, or by this run, that are not there.
        healed: the next run succeeded, with golden as after no fault and no key twice; None when
            it was not made, because nothing had failed.
        slowest: seconds of the slowest step.
        texts: of the errors.
    """

    case: Case
    operation: str
    hit: bool
    succeeded: bool
    unclear: tuple[str, ...]
    wrong_claims: tuple[str, ...]
    after: tuple[str, ...]
    mixed: tuple[str, ...]
    lost: int
    healed: bool | None
    slowest: float
    texts: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """It went as promised."""
        broken = self.unclear or self.wrong_claims or self.mixed or self.lost
        return self.healed is not False and not broken


class Workbench:
    """An S3 server with a proxy, and the histories that trials start from and are compared to."""

    def __init__(
        self, store: ObjectStore, proxy: FaultProxy, side: Side, *, below: str = "ours"
    ) -> None:
        self.store = store
        self.proxy = proxy
        self.side = side
        self.bucket = Bucket(store)
        self._trials = 0
        self._seed, done, healed = (f"{below}-{name}" for name in ("seed", "done", "healed"))
        self._undisturbed_run(self._seed, SEED)
        self.before = self._read(self._seed)
        self.bucket.copy(self._seed, done)
        self.requests = self._undisturbed_run(done, TODAY)
        self.after = self._read(done)
        self.bucket.copy(self._seed, healed)
        self._undisturbed_run(healed, AGAIN)
        self.undisturbed = self._read(healed)
        self._seeded = self.bucket.listing(self._seed)

    @contextmanager
    def seeded(self) -> Iterator[str]:
        """A prefix with the state before."""
        self._trials += 1
        prefix = f"{self._seed}-trial-{self._trials}"
        self.bucket.copy(self._seed, prefix)
        yield prefix
        self.bucket.delete(prefix)

    def stored(self, prefix: str) -> State:
        """The tables as they are now; those of which no object differs are not read again."""
        listing = self.bucket.listing(prefix)
        changed = {name.partition("/")[0] for name, _ in listing.items() ^ self._seeded.items()}
        return {**self.before, **self._read(prefix, changed)}

    def heals(self, prefix: str) -> bool:
        """Run once more without faults: whether all is well then."""
        steps = self.side.run(self.store, prefix, AGAIN)
        healed = self.side.healed(self._read(prefix), self.undisturbed)
        return healed and not any(step.error for step in steps)

    def _read(self, prefix: str, names: Iterable[str] = TABLES) -> State:
        found = places(self.store, prefix)
        return read_tables({name: found[name] for name in names if name in found})

    def _undisturbed_run(self, prefix: str, look: Look) -> list[str]:
        """Run without faults.

        Returns:
            The requests.
        """
        self.proxy.disarm()
        for step in self.side.run(self.store, prefix, look, url=self.proxy.url):
            if step.error:
                raise step.error
        requests = self.proxy.requests
        self.proxy.disarm()
        return requests


def try_case(bench: Workbench, case: Case, *, heal: bool = True) -> Trial:
    """Run with the fault, look at every table, run again without it, look again.

    Args:
        bench: where.
        case: the fault.
        heal: make the next run also when every step succeeded and every table is as it should be.
    """
    with bench.seeded() as prefix:
        bench.proxy.arm(case.fault, case.at, times=None if case.lasting else 1)
        steps = bench.side.run(
            bench.store, prefix, TODAY, url=bench.proxy.url, impatient=case.impatient
        )
        requests = bench.proxy.requests
        bench.proxy.disarm()
        now = bench.stored(prefix)
        found = compare(now, bench.before, bench.after)
        succeeded = {step.table for step in steps if step.succeeded}
        failed = [step for step in steps if step.error]
        acknowledged = {
            name: (bench.after if name in succeeded else bench.before)[name] for name in TABLES
        }
        return Trial(
            case=case,
            operation=operation(requests[case.at]) if len(requests) > case.at else "none",
            hit=len(requests) > case.at,
            succeeded=not failed,
            unclear=tuple(repr(step.error)[:300] for step in steps if not step.clear),
            wrong_claims=_wrong_claims(failed, found.after),
            after=tuple(step.table for step in failed if step.table in found.after),
            mixed=tuple(sorted(found.mixed)),
            lost=lost_rows(now, acknowledged),
            healed=bench.heals(prefix) if heal or failed or found.mixed else None,
            slowest=max((step.seconds for step in steps), default=0.0),
            texts=tuple(str(step.error)[:700] for step in failed),
        )


def operation(request: str) -> str:
    """What a request of delta-rs or polars is for."""
    method, _, path = request.partition(" ")
    if "list-type" in path:
        return "list the log"
    reading = method in {"GET", "HEAD"}
    if "_delta_log/" in path:
        if path.endswith(".json"):
            return "read the log" if reading else "commit"
        return "find or read a checkpoint" if reading else "write a checkpoint"
    if path.endswith(".parquet"):
        return "read rows" if reading else "write rows"
    return "delete"


def _wrong_claims(failed: Iterable[Step], changed: frozenset[str]) -> tuple[str, ...]:
    return tuple(
        step.table
        for step in failed
        if step.table in changed
        and not isinstance(step.error, WriteUncertainError)
        and "Nothing stored was changed" in str(step.error)
    )


def try_all(
    side: Side,
    choose: Callable[[Sequence[str]], Iterable[Case]],
    *,
    workers: int,
    heal_every: int = 1,
    on_trial: Callable[[Trial], None] = lambda _: None,
) -> list[Trial]:
    """Try cases, on several servers at once: most of a lasting fault is waiting.

    Args:
        side: whose store.
        choose: from the requests of a run to the cases.
        workers: number of servers.
        heal_every: make the next run in each so manieth trial in which nothing failed, too.
        on_trial: told of every trial as it ends.
    """
    with ExitStack() as stack:
        benches: SimpleQueue[Workbench] = SimpleQueue()
        for _ in range(workers):
            store = stack.enter_context(moto())
            bench = Workbench(store, stack.enter_context(FaultProxy(store.url)), side)
            benches.put(bench)

        def on_a_free_bench(numbered: tuple[int, Case]) -> Trial:
            number, case = numbered
            free = benches.get()
            try:
                trial = try_case(free, case, heal=number % heal_every == 0)
            finally:
                benches.put(free)
            on_trial(trial)
            return trial

        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(on_a_free_bench, enumerate(choose(bench.requests))))


def cases_of(
    requests: Sequence[str], faults: Iterable[Fault], *, every: int = 1, lasting: bool = False
) -> list[Case]:
    """Cases for each `every`th request; other requests for each fault, so that none is left out."""
    return [
        Case(fault, at, lasting=lasting, impatient=fault.is_a_wait)
        for number, fault in enumerate(faults)
        for at in range(number % every, len(requests), every)
    ]


def writes_of(
    requests: Sequence[str], faults: Iterable[Fault], *, lasting: bool = False
) -> list[Case]:
    """Cases for each request that writes: there a fault can do the most."""
    return [
        case
        for case in cases_of(requests, faults, lasting=lasting)
        if requests[case.at].startswith("PUT ")
    ]
