"""Each ready query over real tables, against the same answer worked out without SQL."""

import calendar
from collections.abc import Callable
from datetime import timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from github_traffic_dagster.databricks.sql_library import Query, queries
from github_traffic_dagster_tests.databricks.sql import figures
from github_traffic_dagster_tests.databricks.sql.warehouse import Warehouse
from github_traffic_dagster_tests.databricks.sql.world import World, utc_today

METRICS = ("views", "clones")


def all_time_totals(world: World) -> pl.DataFrame:
    totals = figures.repository_totals(world)
    sums = [name for name in totals.columns if name in METRICS or name.endswith("_days")]
    return totals.select(
        pl.len().alias("repositories"),
        pl.col("first_day").min(),
        pl.col("last_day").max(),
        pl.col(sums).sum(),
    )


def top_repositories(world: World) -> pl.DataFrame:
    days = figures.daily_traffic(world).filter(pl.col("day") > utc_today() - timedelta(days=28))
    sums = days.group_by("repo_id", "full_name").agg(
        *[pl.when(pl.col(m).count() > 0).then(pl.col(m).sum()).alias(m) for m in METRICS],
        pl.col("partial_day").sum().alias("partial_days"),
        pl.col("missing_day").sum().alias("missing_days"),
    )
    return (
        sums.sort("full_name")
        .sort("views", "clones", descending=True, nulls_last=True, maintain_order=True)
        .drop("repo_id")
        .head(20)
    )


def first_and_last_days(world: World) -> pl.DataFrame:
    totals = figures.repository_totals(world).sort("first_day", "full_name", nulls_last=True)
    return totals.select(
        "full_name",
        "first_day",
        "last_day",
        (pl.col("last_day") - pl.col("first_day")).dt.total_days().alias("days") + 1,
        "views_missing_days",
        "clones_missing_days",
    )


def growth_of_last_week(world: World) -> pl.DataFrame:
    grown = figures.growth(world).filter(
        pl.col("period") == "week", pl.col("views_growth").is_not_null()
    )
    newest = grown.sort("first_day").group_by("repo_id", maintain_order=True).last()
    return (
        newest.sort("full_name")
        .sort("views_growth", descending=True, maintain_order=True)
        .select("full_name", "first_day", "last_day", "previous_views", "views", "views_growth")
    )


def lost_days(world: World) -> pl.DataFrame:
    gaps = figures.gaps(world)
    return (
        gaps.filter(pl.col("kind").is_in(["lost", "lower bound"]))
        .sort("first_day", "full_name", "metric", "kind")
        .drop("repo_id")
    )


def busiest_days(world: World) -> pl.DataFrame:
    best: dict[int, figures.Row] = {}
    for row in figures.daily_traffic(world).sort("day").iter_rows(named=True):
        if (row["views"] or 0) > best.get(row["repo_id"], {"views": 0})["views"]:
            best[row["repo_id"]] = row
    facts = [
        *("full_name", "day", "views", "unique_visitors", "views_status"),
        *("clones", "unique_cloners", "clones_status"),
    ]
    ranked = sorted(best.values(), key=lambda row: (-row["views"], row["full_name"]))
    return pl.DataFrame(ranked, infer_schema_length=None).select(facts)


def months(world: World) -> pl.DataFrame:
    daily = figures.daily_traffic(world).with_columns(month=pl.col("day").dt.month_start())
    found = daily.group_by("repo_id", "full_name", "month").agg(
        *[
            figure
            for m in METRICS
            for figure in (
                pl.when(pl.col(m).count() > 0).then(pl.col(m).sum()).alias(m),
                (pl.col(f"{m}_status") == "complete").sum().alias(f"{m}_known_days"),
            )
        ]
    )
    return found.sort("month", "full_name").select(
        "full_name",
        "month",
        *[column for m in METRICS for column in (m, f"{m}_known_days")],
        pl.col("month")
        .map_elements(lambda day: calendar.monthrange(day.year, day.month)[1], pl.Int64)
        .alias("calendar_days"),
    )


def stars_gained(world: World) -> pl.DataFrame:
    known = {}
    for look in figures.stars_and_forks(world).iter_rows(named=True):
        known[look["repo_id"], look["day"]] = (look["stargazers"], look["forks"])
    found = []
    for repo_id, full_name in figures.names(world).items():
        days = [day for other, day in known if other == repo_id]
        if not days:
            continue
        last = max(days)
        row: figures.Row = {"full_name": full_name, "last_day": last}
        for place, (total, gained) in enumerate((("stargazers", "stars"), ("forks", "forks"))):
            row[total] = now = known[repo_id, last][place]
            for age in (28, 365):
                before = known.get((repo_id, last - timedelta(days=age)))
                row[f"{gained}_in_{age}_days"] = now - before[place] if before else None
        found.append(row)
    frame = pl.DataFrame(found, infer_schema_length=None)
    return frame.sort("full_name").sort(
        "stars_in_28_days", descending=True, nulls_last=True, maintain_order=True
    )


ANSWERS: dict[str, Callable[[World], pl.DataFrame]] = {
    "all_time_totals": all_time_totals,
    "busiest_days": busiest_days,
    "first_and_last_days": first_and_last_days,
    "growth_of_last_week": growth_of_last_week,
    "lost_days": lost_days,
    "months": months,
    "stars_gained": stars_gained,
    "top_repositories": top_repositories,
}


@pytest.mark.parametrize("query", queries(), ids=lambda query: query.name)
def test_a_query_gives_the_answer_that_polars_gives_in_the_same_order(
    query: Query, warehouse: Warehouse, world: World
) -> None:
    found = warehouse.frame(query.text)
    assert found.height
    assert_frame_equal(found, ANSWERS[query.name](world), check_dtypes=False)


@pytest.mark.parametrize("query", queries(), ids=lambda query: query.name)
def test_a_query_answers_a_store_without_traffic_with_nothing(
    query: Query, new_warehouse: Warehouse
) -> None:
    found = new_warehouse.frame(query.text)
    if query.name == "all_time_totals":
        assert found.row(0) == (0, *[None] * (found.width - 1))
    else:
        assert found.is_empty()
