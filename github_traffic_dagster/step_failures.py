"""Our errors as Dagster failures, so that the UI shows their words and not a stack of wrappers.

Steps have no retry policy: requests and commits are retried where they are made, and Dagster
would also retry a step that somebody interrupts.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from github_traffic_dagster.errors import GitHubTrafficError


@contextmanager
def clear_failures() -> Iterator[None]:
    """Fail the step with the error's own text."""
    try:
        yield
    except GitHubTrafficError as error:
        raise dg.Failure(description=str(error)) from None
