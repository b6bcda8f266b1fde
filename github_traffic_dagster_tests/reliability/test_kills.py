"""Five of the kills; `python -m reliability kills` makes hundreds."""

from pathlib import Path

from reliability.kills import kill_runs


def test_a_run_killed_at_any_moment_leaves_whole_tables_and_the_next_run_completes(
    tmp_path: Path,
) -> None:
    kills = kill_runs(tmp_path, 5, seed=5, histories=[1])
    assert len(kills) == 5
    for kill in kills:
        assert kill.sound, kill
