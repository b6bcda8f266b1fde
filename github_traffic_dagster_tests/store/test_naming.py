from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from deltalake import DeltaTable
from polars.testing import assert_frame_equal

from github_traffic_dagster.store.merging import merge
from github_traffic_dagster.store.naming import with_newest_names
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.store.reading import scan
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.tables import GOLDEN
from github_traffic_dagster_tests.store.disk import break_period, version
from github_traffic_dagster_tests.traffic.rows import DAY, golden_frame, golden_row, noon

VIEWS = GOLDEN[Metric.VIEWS]


def after(days: int) -> date:
    return DAY + timedelta(days=days)


def window(looked: int, name: str = "octo/old", *, days: int = 14, **facts: Any) -> pl.DataFrame:
    """What golden is made of after a look at noon, so many days after the first one."""
    seen_at: datetime = noon(after(looked))
    return golden_frame(
        *(
            golden_row(after(looked - age), full_name=name, last_observed_at=seen_at, **facts)
            for age in reversed(range(days))
        )
    )


def store(place: Place, *frames: pl.DataFrame) -> None:
    for number, frame in enumerate(frames):
        run_id = f"run-{number}"
        merge(place, VIEWS, with_newest_names(place, VIEWS, frame, run_id=run_id), run_id=run_id)


def names(place: Place) -> dict[int, set[str]]:
    stored = scan(place, VIEWS).group_by("repo_id").agg(pl.col("full_name").unique()).collect()
    return {repo_id: set(found) for repo_id, found in stored.iter_rows()}


def test_a_new_name_shows_on_all_days_also_on_those_of_other_years(place: Place) -> None:
    store(place, window(0), window(200), window(400), window(401, "octo/new"))
    assert names(place) == {7: {"octo/new"}}
    assert scan(place, VIEWS).collect()["day"].n_unique() == 14 + 14 + 14 + 1


def test_a_rename_is_seen_after_a_gap_longer_than_the_window(place: Place) -> None:
    store(place, window(0), window(90, "octo/new"))
    assert names(place) == {7: {"octo/new"}}


def test_a_rename_is_seen_by_a_run_of_a_single_day(place: Place) -> None:
    store(place, window(0), window(1, "octo/new", days=1))
    assert names(place) == {7: {"octo/new"}}


def test_rebuilding_old_days_keeps_the_newest_name(place: Place) -> None:
    store(place, window(0), window(30, "octo/new"))
    before = scan(place, VIEWS).collect().sort("day")
    frozen = version(place)
    store(place, window(0))
    assert_frame_equal(scan(place, VIEWS).collect().sort("day"), before)
    assert version(place) == frozen


def test_old_days_that_are_stored_for_the_first_time_get_the_newest_name_too(
    place: Place,
) -> None:
    store(place, window(30, "octo/new"), window(0))
    assert names(place) == {7: {"octo/new"}}


def test_a_repository_may_take_an_earlier_name_again(place: Place) -> None:
    store(place, window(0), window(1, "octo/new"), window(2))
    assert names(place) == {7: {"octo/old"}}


def test_two_repositories_that_swap_names_keep_their_own_histories(place: Place) -> None:
    first = pl.concat([window(0, "octo/a", count=10), window(0, "octo/b", count=20, repo_id=8)])
    later = pl.concat([window(1, "octo/b", count=10), window(1, "octo/a", count=20, repo_id=8)])
    store(place, first, later)
    stored = scan(place, VIEWS).select("repo_id", "full_name", "count").unique().collect()
    assert sorted(stored.rows()) == [(7, "octo/b", 10), (8, "octo/a", 20)]


def test_a_name_freed_by_one_repository_and_taken_by_another_stays_with_each(
    place: Place,
) -> None:
    renamed = window(1, "octo/moved")
    newcomer = window(1, "octo/old", days=1, repo_id=8)
    store(place, window(0), pl.concat([renamed, newcomer]))
    assert names(place) == {7: {"octo/moved"}, 8: {"octo/old"}}


def test_names_that_agree_touch_nothing(place: Place) -> None:
    store(place, window(0))
    before = version(place)
    frame = window(1)
    assert_frame_equal(with_newest_names(place, VIEWS, frame, run_id="run-9"), frame)
    assert version(place) == before


def test_old_years_are_not_opened_while_names_agree(place: Place) -> None:
    store(place, window(0), window(400))
    break_period(place, "2026-01-01")
    assert with_newest_names(place, VIEWS, window(401), run_id="run-9").height == 14


def test_a_rename_rewrites_only_the_rows_of_its_repository(place: Place) -> None:
    other = window(0, "labs/other", repo_id=8)
    store(place, pl.concat([window(0), other]), window(1, "octo/new"))
    stored = scan(place, VIEWS).collect()
    assert_frame_equal(stored.filter(repo_id=8).sort("day"), other)


def test_a_run_killed_between_the_rename_and_the_merge_is_healed_by_the_next(
    place: Place,
) -> None:
    store(place, window(0), window(40))
    killed = window(41, "octo/new")
    with_newest_names(place, VIEWS, killed, run_id="killed")
    assert names(place) == {7: {"octo/new"}}
    store(place, killed)
    assert names(place) == {7: {"octo/new"}}
    assert scan(place, VIEWS).collect()["last_observed_at"].max() == noon(after(41))


@pytest.mark.parametrize(("old", "new"), [("octo/a", "octo/z"), ("octo/z", "octo/a")])
def test_rows_merged_with_a_stale_name_are_renamed_by_the_next_run(
    place: Place, old: str, new: str
) -> None:
    store(place, window(0, old), window(1, new))
    # A slower run that looked up the names before the rename, and merges after it.
    merge(place, VIEWS, window(2, old, days=3), run_id="slow")
    assert names(place) == {7: {new, old}}
    store(place, window(3, new))
    assert names(place) == {7: {new}}


def test_the_returned_frame_differs_in_nothing_but_the_name(place: Place) -> None:
    store(place, window(30, "octo/new"))
    frame = pl.concat([window(0), window(0, "labs/other", repo_id=8)])
    named = with_newest_names(place, VIEWS, frame, run_id="run-9")
    expected = pl.concat([window(0, "octo/new"), window(0, "labs/other", repo_id=8)])
    assert_frame_equal(named, expected)


def test_no_rows_need_no_table(place: Place) -> None:
    assert with_newest_names(place, VIEWS, golden_frame(), run_id="run-1").is_empty()


def test_the_protocol_stays_the_first_one_after_a_rename(place: Place) -> None:
    store(place, window(0), window(1, "octo/new"))
    opened = DeltaTable(place.uri)
    protocol = opened.protocol()
    assert (protocol.min_reader_version, protocol.min_writer_version) == (1, 2)
    assert {entry.get("run_id") for entry in opened.history()} == {None, "run-0", "run-1"}
