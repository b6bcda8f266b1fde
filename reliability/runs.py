"""The store's work of one run: what its five steps write and read, and how each of them ended."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from github_traffic_dagster.errors import StoreError
from github_traffic_dagster.io_manager import write
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.store.reading import collect, scan
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.golden import golden_from_observations
from github_traffic_dagster.traffic.tables import GOLDEN, RAW, REPOS
from reliability.looks import Look

UPSTREAM: Final[Mapping[str, str]] = {
    **{RAW[metric].name: REPOS.name for metric in Metric},
    **{GOLDEN[metric].name: RAW[metric].name for metric in Metric},
}


@dataclass(frozen=True, slots=True)
class Step:
    """How a step ended; it can travel between processes.

    Attributes:
        table: the table it writes.
        error: the error's text; empty when it succeeded.
        clear: it succeeded, or failed with an error of ours, whose text says what to do.
        seconds: how long it took.
    """

    table: str
    error: str
    clear: bool
    seconds: float

    @property
    def succeeded(self) -> bool:
        """Its rows are acknowledged."""
        return not self.error


Writer = Callable[[str], None]
"""Does the work of the step that writes a table."""


def run(writer: Writer) -> list[Step]:
    """All steps as Dagster runs them: one whose upstream failed is skipped."""
    steps: dict[str, Step] = {}
    for table in (REPOS.name, *(t.name for t in (*RAW.values(), *GOLDEN.values()))):
        upstream = steps.get(UPSTREAM.get(table, ""))
        if table in UPSTREAM and not (upstream and upstream.succeeded):
            continue
        steps[table] = _timed(table, writer)
    return list(steps.values())


def our_writer(places: Mapping[str, Place], look: Look) -> Writer:
    """The steps by the IO manager's rule, as the assets use it."""
    listing = {REPOS.name: look.listing()}
    raw = {RAW[metric].name: look.observations(metric) for metric in Metric}
    tables = {table.name: table for table in (REPOS, *RAW.values())}

    def writer(name: str) -> None:
        if name in tables:
            rows = (listing | raw)[name]
            write(places[name], tables[name], rows, run_id=look.run_id)
            return
        metric = next(metric for metric in Metric if GOLDEN[metric].name == name)
        place = places[RAW[metric].name]
        observed = scan(place, RAW[metric], first_day=look.first_day, last_day=look.day)
        golden = collect(place, golden_from_observations(observed))
        write(places[name], GOLDEN[metric], golden, run_id=look.run_id)

    return writer


def _timed(table: str, writer: Writer) -> Step:
    begun = time.monotonic()
    error, clear = "", True
    try:
        writer(table)
    except KeyboardInterrupt:
        raise
    except BaseException as raised:  # noqa: BLE001 - what is raised is what is measured here
        clear = isinstance(raised, StoreError)
        error = str(raised) if clear else repr(raised)
    return Step(table, error, clear, time.monotonic() - begun)
