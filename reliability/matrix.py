"""The fault matrix: request N of a daily run fails, once or for good, and what comes of it."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from github_traffic_dagster.traffic.tables import TABLES
from reliability.bucket import Bucket
from reliability.emulators import ObjectStore
from reliability.faults import Fault
from reliability.looks import Look
from reliability.proxy import FaultProxy
from reliability.sides import Side, places
from reliability.states import State, read_tables
from reliability.trials import Case, Trial, judged

SEED: Final = Look("run-0", 0)
TODAY: Final = Look("run-1", 1)
AGAIN: Final = TODAY.again("run-2")


class Workbench:
    """An object store behind a proxy, and the histories that trials start from and end in.

    Attributes:
        requests: of an undisturbed run.
        before: the tables before it.
        after: the tables after it.
        undisturbed: the tables after it and the next one.
    """

    def __init__(self, store: ObjectStore, proxy: FaultProxy, side: Side) -> None:
        self.store = store
        self.proxy = proxy
        self.side = side
        self.bucket = Bucket(store)
        self._trials = 0
        self._seed = f"{side.name}-seed"
        self._undisturbed_run(self._seed, SEED)
        self.before = self._read(self._seed)
        self._seeded = self.bucket.listing(self._seed)
        with self.seeded() as done:
            self.requests = self._undisturbed_run(done, TODAY)
            self.after = self._read(done)
        with self.seeded() as healed:
            self._undisturbed_run(healed, AGAIN)
            self.undisturbed = self._read(healed)

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
                raise RuntimeError(step.error)
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
    assert isinstance(case.fault, Fault)  # noqa: S101 - for mypy
    with bench.seeded() as prefix:
        bench.proxy.arm(case.fault, case.at, times=None if case.lasting else 1)
        steps = bench.side.run(
            bench.store, prefix, TODAY, url=bench.proxy.url, impatient=case.impatient
        )
        requests = bench.proxy.requests
        bench.proxy.disarm()
        now = bench.stored(prefix)
        outcome = judged(steps, now, bench.before, bench.after)
        return Trial(
            case=case,
            operation=operation(requests[case.at]) if len(requests) > case.at else "none",
            hit=len(requests) > case.at,
            outcome=outcome,
            healed=bench.heals(prefix) if heal or outcome.went_wrong else None,
        )


def operation(request: str) -> str:
    """What a request of delta-rs or polars is for."""
    method, _, path = request.partition(" ")
    if "list-type=" in path or "comp=list" in path:
        return "list the log"
    reading = method in {"GET", "HEAD"}
    if "_delta_log/" in path:
        if path.endswith(".json"):
            return "read the log" if reading else "commit"
        return "find or read a checkpoint" if reading else "write a checkpoint"
    if path.endswith(".parquet"):
        return "read rows" if reading else "write rows"
    return "delete"


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
