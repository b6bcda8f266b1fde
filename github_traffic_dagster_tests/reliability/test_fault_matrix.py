"""A sample of the fault matrix; `python -m reliability faults` tries every request and fault."""

import random
from collections.abc import Iterator

import pytest

from reliability.emulators import ObjectStore
from reliability.faults import Fault
from reliability.matrix import Case, Workbench, cases_of, try_case, writes_of
from reliability.proxy import FaultProxy
from reliability.sides import Ours

SAMPLED = [Fault.SLOW_DOWN, Fault.RESET_AFTER, Fault.FORBIDDEN, Fault.TRUNCATED]


@pytest.fixture(scope="session")
def bench(s3: ObjectStore) -> Iterator[Workbench]:
    with FaultProxy(s3.url) as proxy:
        yield Workbench(s3, proxy, Ours())


@pytest.mark.parametrize("fault", SAMPLED)
def test_a_request_that_fails_once_leaves_each_table_before_or_after_and_the_next_run_heals(
    bench: Workbench, fault: Fault
) -> None:
    chance = random.Random(f"sample of {fault}")
    write = chance.choice(writes_of(bench.requests, [fault]))
    other = chance.choice(cases_of(bench.requests, [fault]))
    for case in (write, other):
        trial = try_case(bench, case, heal=case is write)
        assert trial.hit
        assert trial.sound, trial


def test_an_outage_from_the_middle_of_a_run_on_fails_with_what_to_do_and_loses_nothing(
    bench: Workbench,
) -> None:
    trial = try_case(bench, Case(Fault.FORBIDDEN, len(bench.requests) // 3, lasting=True))
    assert not trial.succeeded
    assert all("Access denied: check the storage credentials" in text for text in trial.texts)
    assert trial.sound, trial


def test_a_store_that_claims_to_be_empty_once_or_for_good_doubles_and_loses_nothing(
    bench: Workbench,
) -> None:
    assert try_case(bench, Case(Fault.NOT_THERE, 0)).sound
    trial = try_case(bench, Case(Fault.NOT_THERE, 0, lasting=True))
    assert not trial.succeeded
    assert trial.sound, trial
