"""What is seen of a run while it works, on a terminal and anywhere else."""

import logging
from datetime import UTC, datetime
from io import StringIO

import dagster as dg
import pytest
from rich.console import Console

from github_traffic_dagster.cli.progress import Bars, Lines, RunProgress, display_for
from github_traffic_dagster.github_api.outcomes import Outcome, Reason

COLLECTED = Outcome(1, "octo/alpha", Reason.COLLECTED)


def console(*, terminal: bool) -> Console:
    return Console(file=StringIO(), force_terminal=terminal, width=100, color_system=None)


def shown(on: Console) -> str:
    assert isinstance(on.file, StringIO)
    return on.file.getvalue()


@pytest.mark.parametrize("terminal", [True, False])
def test_repositories_are_counted_and_waits_named(terminal: bool) -> None:
    on = console(terminal=terminal)
    log = dg.build_asset_context().log
    with display_for(on) as display:
        progress = RunProgress(display)
        with progress.track(log, "views", 3) as on_outcome:
            on_outcome(COLLECTED)
            progress.waiting(log, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "the hourly limit")
            on_outcome(COLLECTED)

    assert isinstance(display, Bars if terminal else Lines)
    text = shown(on)
    assert "Waiting until 03:04:05 UTC: the hourly limit" in text
    assert ("2/3" if terminal else "views: 2 of 3 repositories") in text


def test_work_that_fails_is_ended_too() -> None:
    on = console(terminal=False)
    with display_for(on) as display, pytest.raises(OSError, match="down"):
        progress = RunProgress(display)
        with progress.track(dg.build_asset_context().log, "clones", 2):
            raise OSError("down")

    assert "clones: 0 of 2 repositories" in shown(on)


def test_a_repository_that_is_not_collected_still_reaches_the_runs_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    log = dg.build_asset_context().log
    refused = Outcome(2, "octo/beta", Reason.NOT_FOUND, "deleted")
    with (
        caplog.at_level(logging.WARNING, "dagster"),
        display_for(console(terminal=False)) as display,
        RunProgress(display).track(log, "views", 1) as on_outcome,
    ):
        on_outcome(refused)

    assert "octo/beta: not visible. deleted" in caplog.text


@pytest.mark.parametrize("terminal", [True, False])
def test_steps_are_followed_from_the_runs_own_events(terminal: bool) -> None:
    tries = []

    @dg.asset(name="repos", retry_policy=dg.RetryPolicy(max_retries=1))
    def once_unlucky() -> None:
        tries.append(1)
        if len(tries) == 1:
            raise OSError("the network [sic] was down")

    on = console(terminal=terminal)
    job = dg.Definitions(
        assets=[once_unlucky], jobs=[dg.define_asset_job("job", "*")]
    ).resolve_job_def("job")
    run_id = "0c1d1e3a-0000-4000-8000-000000000000"
    with dg.DagsterInstance.ephemeral() as instance, display_for(on) as display:
        instance.add_event_listener(run_id, RunProgress(display).on_event)
        assert job.execute_in_process(instance=instance, run_id=run_id).success

    assert "listing" in shown(on)
    assert "repos is tried again: OSError: the network [sic] was down" in shown(on)
