from datetime import date, timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from github_traffic_dagster.traffic.coverage import (
    Coverage,
    coverage,
    coverage_by_repository,
    expected_spans,
    lower_bounds,
)
from github_traffic_dagster.traffic.golden import golden_from_observations
from github_traffic_dagster.traffic.window import newest_settled, youngest_lost
from github_traffic_dagster_tests.traffic.rows import (
    DAY,
    golden_frame,
    golden_row,
    noon,
    repos_frame,
    repos_row,
)
from github_traffic_dagster_tests.traffic.strategies import Row, moderate, raw_frame, raw_logs


def after(days: int) -> date:
    return DAY + timedelta(days=days)


def covered(golden: pl.DataFrame, listings: pl.DataFrame, today: date) -> dict[date, str]:
    found = coverage(golden.lazy(), listings.lazy(), today=today).collect()
    return dict(found.select("day", "coverage").iter_rows())


def test_a_number_is_measured_and_an_observed_nothing_is_a_proven_zero() -> None:
    golden = golden_frame(golden_row(after(0)), golden_row(after(1), count=0, uniques=0))
    assert covered(golden, repos_frame(), after(1)) == {
        after(0): Coverage.MEASURED,
        after(1): Coverage.ZERO,
    }


def test_a_gap_is_not_yet_known_while_github_may_name_it_and_lost_afterwards() -> None:
    golden = golden_frame(golden_row(after(0)), golden_row(after(2)))
    assert covered(golden, repos_frame(), after(15))[after(1)] == Coverage.NOT_YET_KNOWN
    assert covered(golden, repos_frame(), after(16))[after(1)] == Coverage.LOST


def test_a_day_on_which_a_repository_was_listed_is_expected_of_it() -> None:
    golden = golden_frame(golden_row(after(0)))
    listed = repos_frame(repos_row(after(2)))
    assert covered(golden, listed, after(2)) == {
        after(0): Coverage.MEASURED,
        after(1): Coverage.NOT_YET_KNOWN,
        after(2): Coverage.NOT_YET_KNOWN,
    }


def test_a_listing_written_for_days_gone_by_expects_nothing_of_them() -> None:
    listed = repos_frame(repos_row(after(0), observed_at=noon(after(2))), repos_row(after(2)))
    assert list(covered(golden_frame(), listed, after(2))) == [after(2)]


def test_nothing_is_expected_of_a_repository_without_access_to_its_traffic() -> None:
    listed = repos_frame(repos_row(after(0), traffic_access=False))
    assert covered(golden_frame(), listed, after(0)) == {}


def test_the_span_of_a_repository_carries_its_newest_name() -> None:
    golden = golden_frame(golden_row(after(0)), golden_row(after(1), repo_id=8, full_name="a/b"))
    listed = repos_frame(repos_row(after(3), full_name="octo/renamed"))
    assert expected_spans(golden.lazy(), listed.lazy()).collect().rows() == [
        (8, "a/b", after(1), after(1)),
        (7, "octo/renamed", after(0), after(3)),
    ]


def test_unknown_days_have_no_status_and_known_ones_have_goldens_own() -> None:
    golden = golden_frame(golden_row(after(0), status="complete"), golden_row(after(2)))
    found = coverage(golden.lazy(), repos_frame().lazy(), today=after(2)).collect()
    assert found["status"].to_list() == ["complete", None, "partial"]


def test_a_partial_day_becomes_a_lower_bound_once_github_no_longer_serves_it() -> None:
    golden = golden_frame(
        golden_row(after(0)), golden_row(after(1)), golden_row(after(2), status="complete")
    )

    def bounds(today: date) -> list[date]:
        found = coverage(golden.lazy(), repos_frame().lazy(), today=today)
        return lower_bounds(found, today=today).collect()["day"].to_list()

    assert bounds(after(14)) == []
    assert bounds(after(15)) == [after(0)]
    assert bounds(after(40)) == [after(0), after(1)]


def test_a_lost_day_is_no_lower_bound_because_nothing_is_known_of_it() -> None:
    golden = golden_frame(
        golden_row(after(0), status="complete"), golden_row(after(2), status="complete")
    )
    found = coverage(golden.lazy(), repos_frame().lazy(), today=after(40))
    assert lower_bounds(found, today=after(40)).collect().is_empty()


@moderate
@given(
    raw_logs(),
    st.lists(st.tuples(st.integers(1, 4), st.integers(0, 40)), max_size=6),
    st.integers(0, 60),
    st.integers(0, 20),
    st.integers(0, 50),
)
def test_days_counted_by_repository_are_those_of_the_coverage_table(
    log: list[Row], looks: list[tuple[int, int]], age: int, cut: int, length: int
) -> None:
    golden = golden_from_observations(raw_frame(log).lazy()).collect()
    listed = repos_frame(
        *(repos_row(after(days), repo_id=repo) for repo, days in dict(looks).items())
    )
    today = after(age)
    first, last = after(cut), after(cut + length)
    begins = expected_spans(golden.lazy(), listed.lazy()).with_columns(begins="first_day")
    spans = begins.with_columns(
        pl.max_horizontal("first_day", pl.lit(first)), pl.min_horizontal("last_day", pl.lit(last))
    ).filter(pl.col("first_day") <= pl.col("last_day"))

    counted = coverage_by_repository(golden.lazy(), spans, today=today).collect()

    days = (
        coverage(golden.lazy(), listed.lazy(), today=today)
        .filter(pl.col("day").is_between(first, last))
        .join(begins.select("repo_id", "begins"), on="repo_id")
    )
    partial, short = (
        pl.col("status") == "partial",
        (pl.col("status") != "complete").fill_null(value=True),
    )
    published = pl.col("day") <= newest_settled(today)
    expected = days.group_by("repo_id").agg(
        days=pl.len(),
        measured=(pl.col("coverage") == Coverage.MEASURED).sum(),
        zero=(pl.col("coverage") == Coverage.ZERO).sum(),
        not_yet_known=(pl.col("coverage") == Coverage.NOT_YET_KNOWN).sum(),
        lost=(pl.col("coverage") == Coverage.LOST).sum(),
        partial=partial.sum(),
        for_ever=(partial & (pl.col("day") <= youngest_lost(today))).sum(),
        short=(short & published & (pl.col("day") > pl.col("begins"))).sum(),
    )
    assert_frame_equal(counted, expected.collect(), check_row_order=False, check_dtypes=False)
