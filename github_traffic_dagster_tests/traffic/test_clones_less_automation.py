import random
from datetime import datetime, timedelta
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from github_traffic_dagster.traffic.clones_less_automation import (
    clones_less_automation,
    contradicted,
    totals_by_repository,
)
from github_traffic_dagster.traffic.tables import CLONES_LESS_AUTOMATION, WORKFLOW_CHECKOUTS
from github_traffic_dagster.traffic.workflow_checkouts import settled_from
from github_traffic_dagster_tests.traffic.pure_merge import fold
from github_traffic_dagster_tests.traffic.rows import DAY, golden_frame, golden_row
from github_traffic_dagster_tests.traffic.strategies import moderate

AFTER = settled_from(DAY)


def look(low: int, high: int | None, at: datetime = AFTER, **facts: Any) -> dict[str, Any]:
    row = {
        "repo_id": 7,
        "full_name": "octo/hello",
        "day": DAY,
        "workflow_runs": 3,
        "workflow_runs_read": 3 if high is not None else 1,
        "jobs": 3,
        "pages_builds": 0,
        "checkouts_low": low,
        "checkouts_high": high,
        "observed_at": at,
        "run_id": "run-1",
    }
    return row | facts


def looks(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=WORKFLOW_CHECKOUTS.schema)


def estimates(clones: int, *rows: dict[str, Any], **facts: Any) -> pl.DataFrame:
    golden = golden_frame(golden_row(DAY, count=clones, **facts))
    return clones_less_automation(golden.lazy(), looks(*rows).lazy()).collect()


def estimate(clones: int, *rows: dict[str, Any]) -> tuple[int | None, int | None]:
    (row,) = estimates(clones, *rows).rows(named=True)
    return row["estimate_low"], row["estimate_high"]


def test_the_estimate_is_what_the_bounds_leave_and_never_below_zero() -> None:
    assert estimate(10, look(3, 5)) == (5, 7)
    assert estimate(4, look(3, 5)) == (0, 1)
    assert estimate(2, look(3, 5)) == (0, 0)


def test_a_day_nobody_looked_at_has_no_estimate_and_is_not_zero() -> None:
    assert estimate(10) == (None, None)


def test_without_an_upper_limit_all_clones_may_have_been_automations() -> None:
    assert estimate(10, look(3, None)) == (0, 7)
    before = look(2, 2, AFTER - timedelta(hours=9))
    assert estimate(10, before) == (0, 8), "more may have run before the day's end"


def test_of_several_looks_the_greatest_bounds_count() -> None:
    assert estimate(10, look(3, 5), look(1, 4, AFTER + timedelta(days=2))) == (5, 7)
    assert estimate(10, look(3, None), look(4, 6, AFTER + timedelta(days=2))) == (4, 6)


def test_the_clones_stand_there_as_golden_had_them() -> None:
    frame = estimates(10, look(3, 5), status="partial")
    assert frame.schema == CLONES_LESS_AUTOMATION.schema
    assert frame.select("clones", "status").row(0) == (10, "partial")


def test_fewer_clones_than_sure_checkouts_on_a_settled_day_contradict_the_method() -> None:
    settled = estimates(2, look(3, 5), status="complete")
    assert contradicted(settled.lazy()).collect().height == 1
    for fine in (
        estimates(3, look(3, 5), status="complete"),
        estimates(2, look(3, 5), status="partial"),
        estimates(2, status="complete"),
    ):
        assert contradicted(fine.lazy()).collect().is_empty()


def test_totals_are_of_the_days_with_an_estimate_alone() -> None:
    known = estimates(10, look(3, 5))
    unknown = estimates(99).with_columns(pl.col("day") + timedelta(days=1))
    totals = totals_by_repository(pl.concat([known, unknown]).lazy())
    assert totals.rows() == [("octo/hello", 1, 10, 5, 7)]


@given(
    st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=1, max_size=4),
    st.lists(
        st.tuples(st.integers(0, 9), st.none() | st.integers(0, 9), st.integers(-9, 50)), max_size=4
    ),
    st.randoms(),
)
@moderate
def test_estimates_merge_to_the_same_in_any_order_and_repetition(
    counts: list[tuple[int, bool]],
    bounds: list[tuple[int, int | None, int]],
    chance: random.Random,
) -> None:
    """Each run knew some of the golden rows and of the looks; the last knew all."""
    goldens = [
        golden_row(DAY, count=count, status="complete" if complete else "partial")
        for count, complete in sorted(counts)
    ]
    rows = [
        look(low, None if more is None else low + more, AFTER + timedelta(hours=hours))
        for low, more, hours in bounds
    ]
    frames = [
        clones_less_automation(golden_frame(one).lazy(), looks(*some).lazy()).collect()
        for one in goldens
        for some in ([], rows[:1], rows)
    ]
    expected = golden_frame(
        golden_row(
            DAY,
            count=max(row["count"] for row in goldens),
            status=min(row["status"] for row in goldens),
        )
    )
    again = [*frames, *chance.choices(frames, k=2)]
    chance.shuffle(again)
    merged = fold(CLONES_LESS_AUTOMATION, again)
    alone = clones_less_automation(expected.lazy(), looks(*rows).lazy()).collect()
    assert_frame_equal(merged, alone)
