"""Some of the kills; `python -m reliability kills` makes hundreds."""

from contextlib import ExitStack
from pathlib import Path

from reliability.killable import CollectRuns, StoreRuns
from reliability.kills import Moment, kill_runs


def test_a_run_killed_at_any_moment_leaves_whole_tables_and_the_next_run_completes(
    tmp_path: Path,
) -> None:
    kills = kill_runs([[StoreRuns(tmp_path, looks=1)]], 5, seed=5)
    assert len(kills) == 5
    for kill in kills:
        assert kill.sound, kill


def test_collect_killed_at_any_moment_leaves_whole_tables_and_completes_when_run_again(
    tmp_path: Path,
) -> None:
    with ExitStack() as stack:
        lanes = [
            [stack.enter_context(CollectRuns(tmp_path / str(lane), looks=1))] for lane in (1, 2)
        ]
        kills = kill_runs(lanes, 10, seed=7)
    assert len(kills) == 10
    for kill in kills:
        assert kill.sound, kill
    assert any(kill.moment is not Moment.ENDED for kill in kills)
