"""A sample of failing file operations; `python -m reliability disks` tries every one."""

from pathlib import Path

import pytest

from reliability.failing_files import NoCompilerError
from reliability.faults import FileFault
from reliability.file_faults import file_cases, file_trials

SAMPLED = 6
"""Operations of each fault, once and for good."""


def test_a_file_operation_that_fails_leaves_each_table_before_or_after_and_the_next_run_heals(
    tmp_path: Path,
) -> None:
    try:
        with file_trials(tmp_path, workers=1) as files:
            operations = {fault: files.operations(fault) for fault in FileFault}
            cases = [
                case
                for fault, found in operations.items()
                for case in file_cases(found, fault, every=len(found) // SAMPLED)
            ]
            trials = files.trials(cases)
    except NoCompilerError as error:
        pytest.skip(str(error))
    # Each of five tables gets two data files and a commit, and all of it goes through libc.
    commits = [one for one in operations[FileFault.READ_ONLY] if one.startswith("link to ")]
    assert len(commits) == 5
    assert len(trials) >= 2 * SAMPLED * len(FileFault)
    for trial in trials:
        assert trial.hit
        assert trial.sound, trial
    failed = [trial for trial in trials if not trial.outcome.succeeded]
    assert {trial.case.fault for trial in failed} == set(FileFault)
    for trial in failed:
        if trial.case.fault in {FileFault.NO_SPACE, FileFault.READ_ONLY}:
            assert all(trial.case.fault.told in text for text in trial.outcome.texts), trial
