from datetime import timedelta
from typing import Any

import polars as pl
import pytest
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import DeltaError
from polars.testing import assert_frame_equal

from github_traffic_dagster.errors import WriteUncertainError
from github_traffic_dagster.store import appending
from github_traffic_dagster.store.appending import append
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.store.reading import scan
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.tables import RAW
from github_traffic_dagster_tests.store.disk import version
from github_traffic_dagster_tests.traffic.rows import DAY, raw_frame, raw_row

VIEWS = RAW[Metric.VIEWS]


def stored(place: Place) -> pl.DataFrame:
    return scan(place, VIEWS).collect().sort("run_id", "repo_id", "day")


def days(count: int, **facts: Any) -> pl.DataFrame:
    return raw_frame(*(raw_row(DAY + timedelta(days=n), **facts) for n in range(count)))


def test_what_was_appended_is_read_back_unchanged_over_two_years(place: Place) -> None:
    frame = days(400)
    appended = append(place, VIEWS, frame, run_id="run-1")
    assert (appended.rows, appended.version) == (400, 1)
    assert_frame_equal(stored(place), frame)


def test_a_run_that_appends_its_rows_again_adds_nothing_and_writes_no_version(
    place: Place,
) -> None:
    append(place, VIEWS, days(3), run_id="run-1")
    again = append(place, VIEWS, days(3), run_id="run-1")
    assert (again.rows, again.version) == (0, 1)
    assert_frame_equal(stored(place), days(3))


def test_a_run_that_comes_back_with_more_rows_adds_just_those(place: Place) -> None:
    append(place, VIEWS, days(3), run_id="run-1")
    assert append(place, VIEWS, days(5), run_id="run-1").rows == 2
    assert append(place, VIEWS, days(5), run_id="run-1").rows == 0
    assert_frame_equal(stored(place), days(5))


def test_other_repositories_of_the_same_days_are_more_rows(place: Place) -> None:
    append(place, VIEWS, days(2), run_id="run-1")
    both = pl.concat([days(2), days(2, repo_id=8)])
    assert append(place, VIEWS, both, run_id="run-1").rows == 2
    assert stored(place).height == 4


def test_another_run_that_saw_the_same_is_an_observation_of_its_own(place: Place) -> None:
    append(place, VIEWS, days(3), run_id="run-1")
    assert append(place, VIEWS, days(3, run_id="run-2"), run_id="run-2").rows == 3
    assert stored(place)["run_id"].to_list() == ["run-1"] * 3 + ["run-2"] * 3


def test_nothing_to_append_creates_the_table_and_no_second_version(place: Place) -> None:
    assert append(place, VIEWS, raw_frame(), run_id="run-1").rows == 0
    assert append(place, VIEWS, raw_frame(), run_id="run-1").version == 0
    append(place, VIEWS, days(1), run_id="run-1")
    assert append(place, VIEWS, raw_frame(), run_id="run-1").version == 1


def test_the_history_names_the_run(place: Place) -> None:
    append(place, VIEWS, days(1), run_id="run-1")
    assert DeltaTable(place.uri).history(1)[0]["run_id"] == "run-1"


def test_the_protocol_stays_the_first_one_after_appends(place: Place) -> None:
    for run_id in ("run-1", "run-2"):
        append(place, VIEWS, days(2, run_id=run_id), run_id=run_id)
    protocol = DeltaTable(place.uri).protocol()
    assert (protocol.min_reader_version, protocol.min_writer_version) == (1, 2)


def test_a_raw_row_can_neither_be_deleted_nor_updated_by_deltas_own_word(place: Place) -> None:
    append(place, VIEWS, days(2), run_id="run-1")
    with pytest.raises(DeltaError, match=r"(?i)append"):
        DeltaTable(place.uri).delete()
    with pytest.raises(DeltaError, match=r"(?i)append"):
        DeltaTable(place.uri).update(updates={"count": "0"})
    assert_frame_equal(stored(place), days(2))
    assert version(place) == 1


def lose_the_reply(monkeypatch: pytest.MonkeyPatch, *, times: int) -> list[str]:
    """Let the next commits reach the table and their replies get lost."""
    lost: list[str] = []

    def commit_then_raise(*args: Any, **options: Any) -> None:
        write_deltalake(*args, **options)
        if len(lost) < times:
            lost.append("reply")
            raise OSError("connection reset by peer")

    monkeypatch.setattr(appending, "write_deltalake", commit_then_raise)
    return lost


def test_rows_whose_commit_raised_after_it_succeeded_are_added_once(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(place, VIEWS, days(2, run_id="run-0"), run_id="run-0")
    lost = lose_the_reply(monkeypatch, times=1)
    append(place, VIEWS, days(3, run_id="run-1"), run_id="run-1")
    assert lost == ["reply"]
    assert stored(place).filter(run_id="run-1").height == 3
    assert version(place) == 2


def test_also_the_rows_that_a_run_adds_later_survive_a_lost_reply_once(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(place, VIEWS, days(2), run_id="run-1")
    lose_the_reply(monkeypatch, times=1)
    append(place, VIEWS, days(5), run_id="run-1")
    assert_frame_equal(stored(place), days(5))


def test_a_write_that_fails_before_its_commit_twice_is_called_uncertain_and_heals(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(place, VIEWS, days(2, run_id="run-0"), run_id="run-0")

    def unreachable(*args: Any, **options: Any) -> None:
        raise OSError("503 Slow Down")

    with monkeypatch.context() as outage:
        outage.setattr(appending, "write_deltalake", unreachable)
        with pytest.raises(WriteUncertainError, match="may or may not") as raised:
            append(place, VIEWS, days(3, run_id="run-1"), run_id="run-1")
    assert place.uri in str(raised.value)
    assert version(place) == 1
    assert append(place, VIEWS, days(3, run_id="run-1"), run_id="run-1").rows == 3
