from collections.abc import Callable

import polars as pl
import pytest
from deltalake import Transaction
from deltalake.exceptions import CommitFailedError, DeltaError, SchemaMismatchError

from github_traffic_dagster.errors import StoreError, WriteUncertainError
from github_traffic_dagster.store import committing
from github_traffic_dagster.store.committing import commit, signed
from github_traffic_dagster.store.faults import describe, is_storage_fault, storage_faults
from github_traffic_dagster.store.place import Place

PLACE = Place("s3://bucket/table", {"aws_secret_access_key": "hidden-secret"})


def failing(*errors: BaseException) -> tuple[Callable[[], str], list[int]]:
    """An attempt that raises the errors one after the other, then succeeds; and its tries."""
    tries: list[int] = []

    def attempt() -> str:
        tries.append(len(tries))
        if len(tries) <= len(errors):
            raise errors[len(tries) - 1]
        return "committed"

    return attempt, tries


@pytest.mark.parametrize(
    "errors",
    [
        [],
        [CommitFailedError("conflict")] * 4,
        [OSError("connection reset")],
        [DeltaError("503 Slow Down")],
        [CommitFailedError("conflict"), OSError("reset"), CommitFailedError("conflict")],
    ],
)
def test_conflicts_and_one_passing_fault_are_tried_again_until_committed(
    errors: list[BaseException],
) -> None:
    attempt, tries = failing(*errors)
    assert commit(PLACE, attempt) == "committed"
    assert len(tries) == len(errors) + 1


def test_a_second_fault_ends_the_write_and_says_that_it_may_have_been_committed() -> None:
    attempt, tries = failing(OSError("\x1b[31mreset\x1b[0m\nby peer"), OSError("reset by peer"))
    with pytest.raises(WriteUncertainError) as raised:
        commit(PLACE, attempt)
    assert len(tries) == 2
    assert "s3://bucket/table" in str(raised.value)
    assert "may or may not have been committed: reset by peer" in str(raised.value)


def test_a_fault_that_showed_late_is_not_waited_for_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(committing, "PATIENCE", 0.0)
    attempt, tries = failing(OSError("operation timed out"), OSError("operation timed out"))
    with pytest.raises(WriteUncertainError, match="timed out"):
        commit(PLACE, attempt)
    assert len(tries) == 1


def test_conflicts_for_ever_end_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(committing, "CONFLICT_ATTEMPTS", 3)
    attempt, tries = failing(*[CommitFailedError("conflict")] * 9)
    with pytest.raises(WriteUncertainError, match="conflict"):
        commit(PLACE, attempt)
    assert len(tries) == 3


@pytest.mark.parametrize("error", [ValueError("a bug"), KeyboardInterrupt()])
def test_what_is_no_fault_of_the_storage_passes_unchanged_at_once(error: BaseException) -> None:
    attempt, tries = failing(error)
    with pytest.raises(type(error)) as raised:
        commit(PLACE, attempt)
    assert raised.value is error
    assert len(tries) == 1


def test_rows_that_do_not_fit_the_table_are_not_tried_again() -> None:
    attempt, tries = failing(SchemaMismatchError("no such column"))
    with pytest.raises(StoreError, match="no such column"):
        commit(PLACE, attempt)
    assert len(tries) == 1


def test_faults_of_the_system_of_delta_and_of_polars_are_storage_faults() -> None:
    for error in (OSError(), DeltaError(), CommitFailedError(), pl.exceptions.ComputeError()):
        assert is_storage_fault(error)
    for other in (ValueError(), KeyError(), KeyboardInterrupt(), SystemExit()):
        assert not is_storage_fault(other)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("No space left on device (os error 28)", "The disk is full"),
        ("Read-only file system (os error 30)", "read-only"),
        ('Error: Os { code: 30, kind: ReadOnlyFilesystem, message: "..." }', "read-only"),
        ("Permission denied (os error 13)", "Permission denied"),
        ("Client error with status 403 Forbidden", "Access denied"),
        ("Client error with status 404 Not Found", "No such bucket"),
    ],
)
def test_a_known_cause_comes_with_what_to_do(text: str, hint: str) -> None:
    assert hint in describe(OSError(text))


def test_a_fault_inside_the_block_becomes_one_line_that_names_the_table_and_no_secret() -> None:
    with (
        pytest.raises(StoreError) as raised,
        storage_faults(PLACE, "read"),
    ):
        raise OSError("first line\n" + "x" * 900)
    text = str(raised.value)
    assert text.startswith("Could not read s3://bucket/table: first line x")
    assert "\n" not in text
    assert len(text) < 600
    assert "hidden-secret" not in text + repr(PLACE)


def test_our_own_errors_pass_through_the_block_unchanged() -> None:
    mine = StoreError("as it was written")
    with pytest.raises(StoreError) as raised, storage_faults(PLACE, "read"):
        raise mine
    assert raised.value is mine


def test_a_commit_is_signed_with_the_run_and_its_transaction() -> None:
    properties = signed("run-1", Transaction("run-1", 3))
    assert properties.custom_metadata == {"run_id": "run-1"}
    assert properties.app_transactions is not None
    assert [found.version for found in properties.app_transactions] == [3]
    assert signed("run-1").app_transactions is None


def opening_fails() -> StoreError:
    error = StoreError("Could not open s3://bucket/table: 503. Nothing stored was changed.")
    error.__cause__ = OSError("503")
    return error


def test_a_table_that_could_not_be_opened_is_tried_once_more() -> None:
    attempt, tries = failing(opening_fails())
    assert commit(PLACE, attempt) == "committed"
    assert len(tries) == 2


def test_a_table_that_can_never_be_opened_is_a_write_that_certainly_changed_nothing() -> None:
    attempt, tries = failing(opening_fails(), opening_fails())
    with pytest.raises(StoreError, match="Nothing stored was changed") as raised:
        commit(PLACE, attempt)
    assert not isinstance(raised.value, WriteUncertainError)
    assert len(tries) == 2


def test_a_write_that_failed_before_the_table_could_no_longer_be_opened_stays_uncertain() -> None:
    attempt, _ = failing(OSError("reset"), opening_fails())
    with pytest.raises(WriteUncertainError) as raised:
        commit(PLACE, attempt)
    assert "Nothing stored was changed" not in str(raised.value)


def test_a_refusal_of_ours_is_not_tried_again() -> None:
    attempt, tries = failing(StoreError("not our table"))
    with pytest.raises(StoreError, match="not our table"):
        commit(PLACE, attempt)
    assert len(tries) == 1


def test_the_digits_of_a_files_name_are_no_cause_and_an_unknown_cause_says_what_to_do() -> None:
    with pytest.raises(StoreError) as raised, storage_faults(PLACE, "read"):
        raise OSError("broken file part-00000-1a403c9f-4040-c000.parquet")
    assert "Access denied" not in str(raised.value)
    assert "No such bucket" not in str(raised.value)
    assert "Run again; if it stays" in str(raised.value)
