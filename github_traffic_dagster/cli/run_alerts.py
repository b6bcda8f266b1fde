"""Alerts of runs from the command line, of which Dagster's failure sensor knows nothing.

They come after the summary, and whatever happens to them, the command's exit code stays.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import dagster as dg

from github_traffic_dagster.alerting import (
    Findings,
    failed_run,
    in_words,
    lasting_troubles,
    no_run,
    tell,
)
from github_traffic_dagster.cli.consoles import messages
from github_traffic_dagster.cli.home import prepare_instance
from github_traffic_dagster.cli.instance import open_instance
from github_traffic_dagster.errors import GitHubTrafficError, SettingError
from github_traffic_dagster.run_results import RunResults
from github_traffic_dagster.settings import Settings


def alert_after(settings: Settings, outcome: RunResults) -> None:
    """Tell that the run failed, and what the tables and its events give reason for."""
    with _harmless(), open_instance() as instance:
        if not outcome.succeeded:
            _tell(instance, settings, failed_run(instance, settings, outcome.run_id))
        _tell(instance, settings, lasting_troubles(instance, settings))


def alert_error(settings: Settings, error: Exception) -> None:
    """Tell that the command ended with an error."""
    # An error that is none of ours may hold anything, secrets too.
    ours = isinstance(error, GitHubTrafficError)
    text = str(error) if ours else f"{type(error).__name__}: see what the command printed."
    with _harmless(), _some_instance(settings) as instance:
        _tell(instance, settings, no_run(instance, settings, text))


def _tell(instance: dg.DagsterInstance, settings: Settings, findings: Findings) -> None:
    for line in in_words(tell(instance, settings, findings, datetime.now(UTC))):
        messages().print(f"Alert. {line}", soft_wrap=True)


@contextmanager
def _some_instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """The user's instance, which remembers what was told; one for the moment if it is the trouble.

    Then every attempt to run is told.
    """
    try:
        prepare_instance(settings)
        found = open_instance()
    except SettingError:
        found = dg.DagsterInstance.ephemeral()
    with found as instance:
        yield instance


@contextmanager
def _harmless() -> Iterator[None]:
    """An alert that can't be made must not turn a run's result."""
    try:
        yield
    except GitHubTrafficError as error:
        messages().print(f"No alert: {error}", soft_wrap=True)
    except Exception as error:  # noqa: BLE001 - a good run stays good
        messages().print(f"No alert: {type(error).__name__}", soft_wrap=True)
