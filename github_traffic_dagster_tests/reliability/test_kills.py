"""Some of the kills; `python -m reliability kills` makes hundreds."""

from pathlib import Path

import pytest

from reliability.killable import CollectRuns, StoreRuns
from reliability.kills import Moment, kill_runs


def test_a_run_killed_at_any_moment_leaves_whole_tables_and_the_next_run_completes(
    tmp_path: Path,
) -> None:
    kills = kill_runs([[StoreRuns(tmp_path, looks=1)]], 5, seed=5)
    assert len(kills) == 5
    for kill in kills:
        assert kill.sound, kill


# Twenty whole runs; on a busy machine each takes ten times as long as on a quiet one.
@pytest.mark.timeout(900)
def test_collect_killed_at_any_moment_leaves_whole_tables_and_completes_when_run_again(
    tmp_path: Path,
) -> None:
    with CollectRuns(tmp_path, looks=1) as history:
        kills = kill_runs([[history]], 8, seed=7)
    assert len(kills) == 8
    for kill in kills:
        assert kill.sound, kill
    assert any(kill.moment is not Moment.ENDED for kill in kills)
