from datetime import date, timedelta
from typing import Any

import polars as pl

from github_traffic_dagster.traffic.coverage import expected_spans
from github_traffic_dagster.traffic.golden import golden_from_observations
from github_traffic_dagster.traffic.quality import (
    below_raw,
    duplicate_keys,
    everything_zero_days,
    missing_days,
    uniques_above_count,
)
from github_traffic_dagster_tests.traffic.rows import (
    DAY,
    golden_frame,
    golden_row,
    noon,
    raw_frame,
    raw_row,
    repos_frame,
)


def after(days: int) -> date:
    return DAY + timedelta(days=days)


def look(days_later: int, *days: date, run_id: str, **facts: Any) -> list[dict[str, Any]]:
    seen_at = noon(after(days_later))
    return [raw_row(day, observed_at=seen_at, run_id=run_id, **facts) for day in days]


def test_each_key_once_is_no_duplicate() -> None:
    rows = golden_frame(golden_row(after(0)), golden_row(after(1)), golden_row(repo_id=8))
    assert duplicate_keys(rows.lazy(), ("repo_id", "day")).collect().is_empty()


def test_a_key_that_stands_twice_is_named_with_how_often() -> None:
    rows = golden_frame(golden_row(), golden_row(count=9), golden_row(after(1)))
    assert duplicate_keys(rows.lazy(), ("repo_id", "day")).collect().rows() == [(7, DAY, 2)]


def test_as_many_unique_visitors_as_visits_are_possible_and_more_are_not() -> None:
    possible = golden_row(count=2, uniques=2)
    impossible = golden_row(after(1), count=2, uniques=3)
    found = uniques_above_count(golden_frame(possible, impossible).lazy()).collect()
    assert found.rows(named=True) == [impossible]


def test_golden_made_of_raw_is_not_below_it() -> None:
    raw = raw_frame(raw_row(), raw_row(count=9, uniques=1, run_id="run-2"), raw_row(after(1)))
    golden = golden_from_observations(raw.lazy())
    assert below_raw(golden, raw.lazy()).collect().is_empty()


def test_golden_that_knows_more_than_raw_is_not_below_it() -> None:
    golden = golden_frame(golden_row(count=99, uniques=50), golden_row(after(1)))
    assert below_raw(golden.lazy(), raw_frame(raw_row()).lazy()).collect().is_empty()


def test_a_missing_or_lesser_golden_day_is_named_with_both_numbers() -> None:
    raw = raw_frame(raw_row(after(0)), raw_row(after(1)), raw_row(after(2)), raw_row(after(3)))
    golden = golden_frame(
        golden_row(after(0)), golden_row(after(1), count=4), golden_row(after(2), uniques=1)
    )
    found = below_raw(golden.lazy(), raw.lazy()).collect().rows()
    assert found == [
        (7, "octo/hello", after(1), 5, 2, 4, 2),
        (7, "octo/hello", after(2), 5, 2, 5, 1),
        (7, "octo/hello", after(3), 5, 2, None, None),
    ]


def zero_looks(*rows: dict[str, Any]) -> list[date]:
    raw = raw_frame(*rows).lazy()
    return everything_zero_days(golden_from_observations(raw), raw)


def test_a_look_that_saw_only_zeros_where_more_was_known_is_named_by_its_day() -> None:
    known = look(1, after(0), after(1), run_id="run-1")
    incident = look(2, after(0), after(1), run_id="run-2", count=0, uniques=0)
    assert zero_looks(*known, *incident) == [after(2)]


def test_a_look_in_which_one_number_survived_is_no_incident() -> None:
    known = look(1, after(0), after(1), run_id="run-1")
    zeros = look(2, after(0), run_id="run-2", count=0, uniques=0)
    number = look(2, after(1), run_id="run-2")
    assert zero_looks(*known, *zeros, *number) == []


def test_zeros_where_never_anything_was_known_are_no_incident() -> None:
    quiet = look(1, after(0), run_id="run-1", count=0, uniques=0)
    assert zero_looks(*quiet, *look(2, after(0), run_id="run-2", count=0, uniques=0)) == []


def test_a_truncated_oldest_day_alone_does_not_hide_an_incident() -> None:
    known = look(1, after(0), after(1), run_id="run-1")
    truncated = look(9, after(0), run_id="run-2", source="github_oldest")
    incident = look(9, after(1), run_id="run-2", count=0, uniques=0)
    assert zero_looks(*known, *truncated, *incident) == [after(9)]


def missing(golden: pl.DataFrame, until: date) -> list[tuple[Any, ...]]:
    spans = expected_spans(golden.lazy(), repos_frame().lazy())
    return missing_days(spans, golden.lazy(), until=until).collect().rows()


def test_a_repository_without_gaps_is_left_out() -> None:
    golden = golden_frame(*(golden_row(after(n)) for n in range(4)))
    assert missing(golden, after(3)) == []


def test_gaps_are_counted_per_repository() -> None:
    gap = [golden_row(after(n)) for n in (0, 4, 5)]
    whole = [golden_row(after(n), repo_id=8) for n in (1, 2)]
    assert missing(golden_frame(*gap, *whole), after(5)) == [
        (7, "octo/hello", after(0), after(5), 3)
    ]


def test_days_after_the_last_one_to_judge_are_no_gaps_yet() -> None:
    golden = golden_frame(golden_row(after(0)), golden_row(after(9)))
    assert missing(golden, after(2)) == [(7, "octo/hello", after(0), after(9), 2)]
    assert missing(golden, after(0)) == []
    assert missing(golden, after(-5)) == []
