"""What is seen of a run while it works, on a terminal and anywhere else."""

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
    log = dg.build_asset_context().log
    with display_for(on) as display:
        interrupted = RunProgress(display).track(log, "clones", 2)
        interrupted.__enter__()
        interrupted.__exit__(OSError, OSError("down"), None)

    assert "clones: 0 of 2 repositories" in shown(on)


@pytest.mark.parametrize("terminal", [True, False])
def test_steps_are_followed_and_what_is_not_collected_still_reaches_the_runs_log(
    terminal: bool,
) -> None:
    on = console(terminal=terminal)
    tries = []
    with dg.DagsterInstance.ephemeral() as instance, display_for(on) as display:
        progress = RunProgress(display)

        @dg.asset(name="repos", retry_policy=dg.RetryPolicy(max_retries=1))
        def once_unlucky(context: dg.AssetExecutionContext) -> None:
            tries.append(1)
            if len(tries) == 1:
                raise OSError("the network [sic] was down")
            with progress.track(context.log, "views", 1) as on_outcome:
                on_outcome(Outcome(2, "octo/beta", Reason.NOT_FOUND, "deleted"))

        job = dg.Definitions(
            assets=[once_unlucky],
            jobs=[dg.define_asset_job("job", "*", executor_def=dg.in_process_executor)],
        ).resolve_job_def("job")
        run_id = "0c1d1e3a-0000-4000-8000-000000000000"
        instance.add_event_listener(run_id, progress.on_event)
        assert job.execute_in_process(instance=instance, run_id=run_id).success
        logged = [entry.user_message for entry in instance.all_logs(run_id)]

    assert "listing" in shown(on)
    assert "repos is tried again: OSError: the network [sic] was down" in shown(on)
    assert "octo/beta: not visible. deleted" in logged
