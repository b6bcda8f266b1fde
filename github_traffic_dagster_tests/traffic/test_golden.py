import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.golden import COMPLETE, PARTIAL, golden_from_observations
from github_traffic_dagster.traffic.observations import Source
from github_traffic_dagster.traffic.tables import GOLDEN
from github_traffic_dagster.traffic.window import settled_at
from github_traffic_dagster_tests.traffic.pure_merge import fold, merge_by_rule
from github_traffic_dagster_tests.traffic.rows import DAY, golden_frame, golden_row, noon
from github_traffic_dagster_tests.traffic.strategies import Row, moderate, raw_frame, raw_logs

VIEWS = GOLDEN[Metric.VIEWS]
UNNAMED = [name for name in VIEWS.schema.names() if name != "full_name"]
"""The name is no matter of the merge: `store.naming` gives it to all days before."""


def golden(rows: list[Row]) -> pl.DataFrame:
    return golden_from_observations(raw_frame(rows).lazy()).collect()


def same_day(rows: list[Row], repo_id: int, day: date) -> list[Row]:
    return [row for row in rows if (row[0], row[2]) == (repo_id, day)]


@given(raw_logs(), st.randoms())
@moderate
def test_any_order_and_any_repetition_gives_the_same_table(
    rows: list[Row], chance: random.Random
) -> None:
    again = rows + chance.choices(rows, k=chance.randrange(10))
    chance.shuffle(again)
    assert_frame_equal(golden(again), golden(rows))


@given(raw_logs(), st.randoms())
@moderate
def test_snapshots_of_a_growing_log_merged_in_any_order_give_the_same_table(
    rows: list[Row], chance: random.Random
) -> None:
    cuts = sorted({*chance.sample(range(len(rows)), k=min(4, len(rows))), len(rows)} - {0})
    frames = [golden(rows[:cut]) for cut in cuts]
    frames += chance.choices(frames, k=2)
    chance.shuffle(frames)
    assert_frame_equal(fold(VIEWS, frames).select(UNNAMED), golden(rows).select(UNNAMED))


@given(raw_logs(), st.randoms())
@moderate
def test_disjoint_batches_merged_in_any_order_give_the_same_knowledge(
    rows: list[Row], chance: random.Random
) -> None:
    batches: dict[int, list[Row]] = {}
    for row in rows:
        batches.setdefault(chance.randrange(4), []).append(row)
    frames = [golden(batch) for batch in batches.values()]
    chance.shuffle(frames)
    # A batch alone does not know how often others looked: that number needs the whole log.
    known = [name for name in UNNAMED if name != "observations"]
    merged, whole = fold(VIEWS, frames), golden(rows)
    assert_frame_equal(merged.select(known), whole.select(known))
    assert (merged["observations"] <= whole["observations"]).all()


@given(raw_logs(), raw_logs())
@moderate
def test_a_merge_never_lowers_anything(earlier: list[Row], later: list[Row]) -> None:
    before = golden(earlier)
    after = merge_by_rule(VIEWS, before, golden(later))
    both = before.join(after, on=["repo_id", "day"], how="left", suffix="_after")
    assert both.height == before.height
    for name in ("count", "uniques", "last_observed_at", "observations"):
        assert (both[f"{name}_after"] >= both[name]).all()
    assert (both["first_observed_at_after"] <= both["first_observed_at"]).all()
    surer = both.filter(status=pl.lit(COMPLETE))
    assert (surer["status_after"] == COMPLETE).all()


@pytest.mark.parametrize(
    "grown",
    [
        {"count": 6},
        {"uniques": 3},
        {"status": COMPLETE},
        {"first_observed_at": noon(DAY) - timedelta(seconds=1)},
        {"last_observed_at": noon(DAY) + timedelta(seconds=1)},
        {"observations": 2},
    ],
    ids=lambda grown: next(iter(grown)),
)
def test_one_column_that_grew_is_reason_enough_to_change_a_row(grown: dict[str, Any]) -> None:
    stored, incoming = golden_frame(golden_row()), golden_frame(golden_row(**grown))
    assert_frame_equal(merge_by_rule(VIEWS, stored, incoming), incoming)
    assert_frame_equal(merge_by_rule(VIEWS, incoming, stored), incoming)


@given(raw_logs(), raw_logs())
@moderate
def test_more_observations_never_lower_anything(known: list[Row], more: list[Row]) -> None:
    before, after = golden(known), golden(known + more)
    both = before.join(after, on=["repo_id", "day"], how="left", suffix="_after")
    for name in ("count", "uniques", "last_observed_at", "observations"):
        assert (both[f"{name}_after"] >= both[name]).all()


@given(raw_logs())
@moderate
def test_each_row_is_what_its_observations_say(rows: list[Row]) -> None:
    found = golden(rows)
    assert found.schema == VIEWS.schema
    assert set(found.select("repo_id", "day").iter_rows()) == {(row[0], row[2]) for row in rows}
    assert not found.select("repo_id", "day").is_duplicated().any()
    for known in found.iter_rows(named=True):
        seen = same_day(rows, known["repo_id"], known["day"])
        assert known["count"] == max(row[3] for row in seen)
        assert known["uniques"] == max(row[4] for row in seen)
        assert known["uniques"] <= known["count"]
        assert known["first_observed_at"] == min(row[5] for row in seen)
        assert known["last_observed_at"] == max(row[5] for row in seen)
        assert known["observations"] == len({row[5] for row in seen})


@given(raw_logs())
@moderate
def test_a_day_is_complete_exactly_when_seen_whole_two_full_days_after_its_end(
    rows: list[Row],
) -> None:
    for known in golden(rows).iter_rows(named=True):
        end = datetime.combine(known["day"] + timedelta(days=1), datetime.min.time(), tzinfo=UTC)
        whole = any(
            row[5] >= end + timedelta(days=2) and row[7] != "github_oldest"
            for row in same_day(rows, known["repo_id"], known["day"])
        )
        assert known["status"] == ("complete" if whole else "partial")


@given(raw_logs())
@moderate
def test_a_repositorys_newest_name_stands_on_all_its_days(rows: list[Row]) -> None:
    found = golden(rows)
    for repo_id in {row[0] for row in rows}:
        newest = max((row[5], row[1]) for row in rows if row[0] == repo_id)[1]
        assert set(found.filter(repo_id=repo_id)["full_name"]) == {newest}


@pytest.mark.parametrize(
    ("before_settled", "status"),
    [
        (timedelta(microseconds=1), PARTIAL),
        (timedelta(0), COMPLETE),
        (timedelta(microseconds=-1), COMPLETE),
    ],
)
@pytest.mark.parametrize("day", [date(2024, 2, 27), date(2026, 2, 28), date(2026, 12, 30)])
def test_a_day_settles_at_a_midnight_to_the_microsecond(
    day: date, before_settled: timedelta, status: str
) -> None:
    looked_at = settled_at(day) - before_settled
    row = (7, "octo/hello", day, 4, 2, looked_at, "run-1", Source.GITHUB_ZERO.value)
    assert golden([row])["status"].to_list() == [status]


def test_a_truncated_oldest_day_neither_lowers_nor_settles() -> None:
    day = date(2026, 1, 20)
    names = (7, "octo/hello", day)
    fresh = (*names, 73, 9, datetime(2026, 1, 21, 2, tzinfo=UTC), "run-1", Source.GITHUB.value)
    late = datetime(2026, 2, 2, 2, tzinfo=UTC)
    truncated = (*names, 18, 4, late, "run-2", Source.GITHUB_OLDEST.value)
    found = golden([fresh, truncated]).row(0, named=True)
    assert (found["count"], found["uniques"], found["status"]) == (73, 9, PARTIAL)
    assert found["last_observed_at"] == late


def test_the_greatest_count_and_the_greatest_uniques_may_come_from_two_looks() -> None:
    names = (7, "octo/hello", date(2026, 1, 20))
    looks = [
        (*names, 9, 2, datetime(2026, 1, 24, tzinfo=UTC), "run-1", Source.GITHUB.value),
        (*names, 5, 4, datetime(2026, 1, 25, tzinfo=UTC), "run-2", Source.GITHUB.value),
    ]
    assert golden(looks).select("count", "uniques").row(0) == (9, 4)


def test_no_observations_give_an_empty_golden_table() -> None:
    assert_frame_equal(golden([]), pl.DataFrame(schema=VIEWS.schema))
