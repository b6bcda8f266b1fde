"""A sample of the fault matrix; `python -m reliability faults` tries every request and fault."""

import random
from collections.abc import Iterator

import pytest

from reliability.emulators import BUCKET, EmulatorMissingError, ObjectStore, azurite
from reliability.faults import Fault
from reliability.matrix import Workbench, cases_of, operation, try_case, writes_of
from reliability.proxy import FaultProxy
from reliability.sides import Ours, Stock
from reliability.trials import Case
from reliability.upstreams import MotoS3
from reliability.workers import Workers, jobs

SAMPLED = [Fault.SLOW_DOWN, Fault.RESET_AFTER, Fault.FORBIDDEN, Fault.TRUNCATED]


@pytest.fixture(scope="session")
def bench() -> Iterator[Workbench]:
    with FaultProxy(MotoS3(BUCKET)) as proxy:
        store = ObjectStore("moto (S3)", proxy.safe_url, f"s3://{BUCKET}")
        yield Workbench(store, proxy, Ours())


def first(bench: Workbench, wanted: str) -> int:
    """The first request of a run that is for this."""
    return next(n for n, request in enumerate(bench.requests) if operation(request) == wanted)


@pytest.mark.parametrize("fault", SAMPLED)
def test_a_request_that_fails_once_leaves_each_table_before_or_after_and_the_next_run_heals(
    bench: Workbench, fault: Fault
) -> None:
    chance = random.Random(f"sample of {fault}")
    write = chance.choice(writes_of(bench.requests, [fault]))
    other = chance.choice(cases_of(bench.requests, [fault]))
    for case in (write, other, Case(fault, first(bench, "list the log"))):
        trial = try_case(bench, case, heal=case is write)
        assert trial.hit
        assert trial.sound, trial


def test_an_outage_from_the_middle_of_a_run_on_fails_with_what_to_do_and_loses_nothing(
    bench: Workbench,
) -> None:
    trial = try_case(bench, Case(Fault.FORBIDDEN, len(bench.requests) // 3, lasting=True))
    assert not trial.outcome.succeeded
    for text in trial.outcome.texts:
        assert "Access denied: check the storage credentials" in text
    assert trial.sound, trial


def test_a_store_that_claims_to_be_empty_once_or_for_good_doubles_and_loses_nothing(
    bench: Workbench,
) -> None:
    assert try_case(bench, Case(Fault.NOT_THERE, 0)).sound
    trial = try_case(bench, Case(Fault.NOT_THERE, 0, lasting=True))
    assert not trial.outcome.succeeded
    assert trial.sound, trial


def test_the_stock_manager_loses_its_history_by_one_refused_request_and_is_told_apart(
    bench: Workbench,
) -> None:
    """What this project is for, and that the matrix would show it of ours as well."""
    stock = Workbench(bench.store, bench.proxy, Stock())
    trial = try_case(stock, Case(Fault.FORBIDDEN, first(stock, "list the log")))
    assert trial.outcome.succeeded
    assert trial.outcome.lost > 0
    assert trial.healed is False


def test_requests_to_azure_that_fail_lose_nothing_either() -> None:
    try:
        with azurite() as server, Workers(1, [server]) as workers:
            requests = workers.requests(Ours())
            middle = len(requests) // 2
            write = writes_of(requests, [Fault.APPLIED_THEN_HANG])[2]
            cases = [
                *(Case(fault, middle) for fault in SAMPLED),
                Case(Fault.SLOW_DOWN, middle, lasting=True),
                Case(Fault.FORBIDDEN, middle, lasting=True),
                Case(Fault.NOT_THERE, 0, lasting=True),
                write,
            ]
            trials = workers.trials(jobs(Ours(), cases))
    except EmulatorMissingError as error:
        pytest.skip(f"Azurite is not installed: {error}")
    for trial in trials:
        assert trial.hit
        assert trial.sound, trial
    assert [trial.outcome.succeeded for trial in trials[4:7]] == [False] * 3
