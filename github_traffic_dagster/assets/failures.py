"""Errors that no retry can mend end a step at once, with their own words as the failure."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from github_traffic_dagster.errors import (
    BadTokenError,
    ForeignTableError,
    RequestError,
    SettingError,
)

RETRIES = dg.RetryPolicy(
    max_retries=2, delay=5, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS
)
"""For passing faults of storage and network; appends and merges are harmless when repeated."""


def final(description: str, **metadata: dg.MetadataValue) -> dg.Failure:
    """A failure that Dagster must not retry."""
    return dg.Failure(description=description, metadata=metadata, allow_retries=False)


@contextmanager
def no_retry_where_hopeless() -> Iterator[None]:
    """Let errors that a person must act on fail the step without retries."""
    try:
        yield
    except (BadTokenError, ForeignTableError, RequestError, SettingError) as error:
        raise final(str(error)) from None
