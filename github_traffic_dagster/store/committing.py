"""Try a write until it is in the table once: conflicts, lost replies, passing faults.

An attempt must open the table anew and be harmless when repeated: a raise does not mean "not
committed" (the reply may have been lost), and delta-rs does not retry logical conflicts.
"""

from collections.abc import Callable
from typing import Final, TypeVar

from deltalake import CommitProperties, Transaction
from deltalake.exceptions import CommitFailedError, SchemaMismatchError
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    wait_random_exponential,
)

from github_traffic_dagster.errors import StoreError, WriteUncertainError
from github_traffic_dagster.store.faults import describe, is_storage_fault
from github_traffic_dagster.store.place import Place

Result = TypeVar("Result")

CONFLICT_ATTEMPTS: Final = 30
"""Eight writers on the same rows needed at most 9 attempts each."""
FAULT_ATTEMPTS: Final = 2
"""The object store has retried by itself before; once more, then a person must look."""
PATIENCE: Final = 15.0
"""Seconds after which a fault is final: a store that answers nothing takes 20 to show in one
request, and trying again would keep a person waiting for more than a minute."""


def commit(place: Place, attempt: Callable[[], Result]) -> Result:
    """Run `attempt` until it succeeds or the storage fails for good.

    Raises:
        WriteUncertainError: an attempt failed that may have been committed.
        StoreError: every attempt failed to open the table, so that nothing was written.
    """
    uncertain = False

    def watched() -> Result:
        nonlocal uncertain
        try:
            return attempt()
        except BaseException as error:
            # What fails when the table is opened comes as a StoreError: nothing was written yet.
            uncertain = uncertain or is_storage_fault(error)
            raise

    try:
        return Retrying(
            retry=retry_if_exception(_may_succeed_later),
            stop=_exhausted(),
            wait=wait_random_exponential(multiplier=0.05, max=2),
            reraise=True,
        )(watched)
    except BaseException as error:
        fault = _storage_fault_behind(error)
        if fault is None or not uncertain:
            raise
        raise WriteUncertainError(
            f"Writing to {place.uri} failed and may or may not have been committed: "
            f"{describe(fault)} The table is whole either way; run again to settle it."
        ) from error


def _storage_fault_behind(error: BaseException) -> BaseException | None:
    """The fault itself, or the one that an opening of the table was refused for."""
    cause = error.__cause__ if isinstance(error, StoreError) else error
    return cause if cause is not None and is_storage_fault(cause) else None


def _may_succeed_later(error: BaseException) -> bool:
    fault = _storage_fault_behind(error)
    return fault is not None and not isinstance(fault, SchemaMismatchError)


def _exhausted() -> Callable[[RetryCallState], bool]:
    faults = 0

    def stop(state: RetryCallState) -> bool:
        nonlocal faults
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, CommitFailedError):
            return state.attempt_number >= CONFLICT_ATTEMPTS
        faults += 1
        return faults >= FAULT_ATTEMPTS or (state.seconds_since_start or 0) >= PATIENCE

    return stop


def signed(run_id: str, *transactions: Transaction) -> CommitProperties:
    """Commit properties that name the run in the table's history."""
    return CommitProperties(
        custom_metadata={"run_id": run_id},
        app_transactions=list(transactions) or None,
    )
