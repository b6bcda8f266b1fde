"""The figures of the views, worked out from the tables' rows by other means than SQL.

Each function gives a view's columns, in order, for a whole `World`.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import polars as pl

from github_traffic_dagster.traffic.coverage import coverage as coverage_of
from github_traffic_dagster.traffic.window import youngest_lost
from github_traffic_dagster_tests.databricks.sql.world import World, utc_today

METRICS = ("views", "clones")
REPOSITORY = ("repo_id", "full_name")
Row = dict[str, Any]


def names(world: World) -> dict[int, str]:
    """Each repository's name in the newest look at it, whatever that look was for."""
    looks = [(row["repo_id"], row["observed_at"], row["full_name"]) for row in _rows(world.repos)]
    for metric in METRICS:
        golden = _rows(world.golden(metric))
        looks += [(row["repo_id"], row["last_observed_at"], row["full_name"]) for row in golden]
    return {repo_id: name for repo_id, _, name in sorted(looks)}


def _rows(frame: pl.DataFrame) -> Iterator[Row]:
    return frame.iter_rows(named=True)


def repositories(world: World) -> pl.DataFrame:
    listings = sorted(_rows(world.repos), key=lambda row: (row["observed_at"], row["day"]))
    listed = {row["repo_id"]: row for row in listings}
    popular = {
        row["repo_id"]: row
        for row in sorted(listings, key=lambda row: row["day"])
        if row["stargazers"] is not None
    }
    rows = []
    for repo_id, full_name in names(world).items():
        owner, name = full_name.split("/")
        newest, counted = listed.get(repo_id, {}), popular.get(repo_id, {})
        facts = ("private", "fork", "archived", "created_at", "traffic_access")
        rows.append(
            {"repo_id": repo_id, "full_name": full_name, "owner": owner, "name": name}
            | {fact: newest.get(fact) for fact in facts}
            | {"listed_at": newest.get("observed_at")}
            | {fact: counted.get(fact) for fact in ("stargazers", "forks")}
            | {"stars_and_forks_day": counted.get("day")}
        )
    return pl.DataFrame(rows, infer_schema_length=None)


def stars_and_forks(world: World) -> pl.DataFrame:
    return (
        world.repos.filter(pl.col("stargazers").is_not_null())
        .sort("repo_id", "day")
        .select(
            "repo_id",
            "day",
            pl.col("repo_id")
            .replace_strict(names(world), return_dtype=pl.String())
            .alias("full_name"),
            "stargazers",
            "forks",
            "open_issues",
            observed_on=pl.col("day"),
        )
        .upsample("day", every="1d", group_by="repo_id", maintain_order=True)
        .fill_null(strategy="forward")
        .select(*REPOSITORY, "day", "stargazers", "forks", "open_issues", "observed_on")
    )


def coverage(world: World) -> pl.DataFrame:
    today = utc_today()
    found = []
    for metric in METRICS:
        golden = world.golden(metric)
        covered = coverage_of(golden.lazy(), world.repos.lazy(), today=today).collect()
        found.append(
            covered.with_columns(
                metric=pl.lit(metric),
                full_name=pl.col("repo_id").replace_strict(names(world), return_dtype=pl.String()),
                closed=pl.col("day") <= youngest_lost(today),
            ).join(golden.select("repo_id", "day", "count", "uniques"), ["repo_id", "day"], "left")
        )
    columns = ("metric", "day", "count", "uniques", "status", "coverage", "closed")
    return pl.concat(found).select(*REPOSITORY, *columns)


def daily_traffic(world: World) -> pl.DataFrame:
    wide = coverage(world).pivot(
        on="metric",
        index=[*REPOSITORY, "day"],
        values=["count", "uniques", "status", "coverage"],
    )
    unknown = pl.col("coverage_views", "coverage_clones").is_in(["lost", "not yet known"])
    partial = pl.col("status_views", "status_clones") == "partial"
    return wide.select(
        *REPOSITORY,
        "day",
        views="count_views",
        unique_visitors="uniques_views",
        views_status="status_views",
        views_coverage="coverage_views",
        clones="count_clones",
        unique_cloners="uniques_clones",
        clones_status="status_clones",
        clones_coverage="coverage_clones",
        partial_day=pl.any_horizontal(partial).fill_null(value=False).cast(pl.Int64),
        missing_day=pl.any_horizontal(unknown).fill_null(value=False).cast(pl.Int64),
    )


def _known_sum(metric: str) -> pl.Expr:
    """A sum that is null, not zero, where nothing is known."""
    return pl.when(pl.col(metric).count() > 0).then(pl.col(metric).sum()).alias(metric)


def _days_of(metric: str, status: str, label: str) -> pl.Expr:
    return (pl.col(f"{metric}_status") == status).sum().cast(pl.Int64).alias(f"{metric}_{label}")


def weekly_traffic(world: World) -> pl.DataFrame:
    figures = [
        figure
        for metric in METRICS
        for figure in (
            _known_sum(metric),
            _days_of(metric, "complete", "known_days"),
            _days_of(metric, "partial", "partial_days"),
        )
    ]
    weeks = (
        daily_traffic(world)
        .sort("day")
        .group_by_dynamic("day", every="1w", group_by=REPOSITORY, start_by="monday")
        .agg(figures)
    )
    return weeks.select(
        *REPOSITORY,
        pl.col("day").alias("week_start"),
        pl.col("day").dt.iso_year().alias("iso_year"),
        pl.col("day").dt.week().alias("iso_week"),
        *[figure.meta.output_name() for figure in figures],
    )


def moving_averages(world: World) -> pl.DataFrame:
    settled = daily_traffic(world).with_columns(
        pl.when(pl.col(f"{metric}_status") == "complete").then(metric).alias(metric)
        for metric in METRICS
    )
    found = settled.sort("day").select(*REPOSITORY, "day")
    for metric in METRICS:
        for length in (7, 28):
            means = (
                settled.sort("day")
                .rolling("day", period=f"{length}d", group_by="repo_id")
                .agg(
                    pl.col(metric).mean().alias(f"{metric}_{length}_days"),
                    pl.col(metric).count().cast(pl.Int64).alias(f"{metric}_{length}_days_known"),
                )
            )
            found = found.join(means, on=["repo_id", "day"])
    return found


def growth(world: World) -> pl.DataFrame:
    numbers = {(row["repo_id"], row["day"]): row for row in _rows(daily_traffic(world))}

    def figures(repo_id: int, first: date, length: int, metric: str) -> tuple[int | None, int]:
        days = [first + timedelta(days=n) for n in range(length)]
        found = [numbers[repo_id, day] for day in days if (repo_id, day) in numbers]
        counts = [row[metric] for row in found if row[metric] is not None]
        settled = sum(row[f"{metric}_status"] == "complete" for row in found)
        return (sum(counts) if counts else None), settled

    rows: list[Row] = []
    for week in _rows(weekly_traffic(world)):
        for period, length in (("week", 7), ("28 days", 28)):
            last = week["week_start"] + timedelta(days=6)
            first = last - timedelta(days=length - 1)
            row: Row = {column: week[column] for column in REPOSITORY}
            row |= {"period": period, "first_day": first, "last_day": last}
            for metric in METRICS:
                now, known = figures(week["repo_id"], first, length, metric)
                before, known_before = figures(
                    week["repo_id"], first - timedelta(days=length), length, metric
                )
                grown = known == known_before == length
                row |= {
                    metric: now,
                    f"{metric}_known_days": known,
                    f"previous_{metric}": before,
                    f"previous_{metric}_known_days": known_before,
                    f"{metric}_growth": now / before - 1
                    if grown and now is not None and before
                    else None,
                }
            rows.append(row)
    return pl.DataFrame(rows, infer_schema_length=None)


def repository_totals(world: World) -> pl.DataFrame:
    daily = daily_traffic(world)
    known = pl.col("day").filter(pl.col("views").is_not_null() | pl.col("clones").is_not_null())
    totals = daily.group_by(REPOSITORY).agg(
        known.min().alias("first_day"),
        known.max().alias("last_day"),
        *[
            figure
            for metric in METRICS
            for figure in (
                _known_sum(metric),
                _days_of(metric, "complete", "known_days"),
                _days_of(metric, "partial", "partial_days"),
                (pl.col(f"{metric}_coverage").is_not_null() & pl.col(metric).is_null())
                .sum()
                .cast(pl.Int64)
                .alias(f"{metric}_missing_days"),
            )
        ],
    )
    popularity = repositories(world).select("repo_id", "stargazers", "forks")
    return totals.join(popularity, on="repo_id")


def gaps(world: World) -> pl.DataFrame:
    runs: list[Row] = []
    unsure = coverage(world).sort("repo_id", "metric", "day")
    for day in _rows(unsure):
        kind = day["coverage"]
        if day["status"] == "complete":
            continue
        if day["status"] == "partial":
            kind = "lower bound" if day["closed"] else "partial"
        same = {column: day[column] for column in (*REPOSITORY, "metric")} | {"kind": kind}
        last = runs[-1] if runs else {}
        if {**last, **same} == last and last["last_day"] == day["day"] - timedelta(days=1):
            last["last_day"] = day["day"]
            last["days"] += 1
        else:
            runs.append(same | {"first_day": day["day"], "last_day": day["day"], "days": 1})
    return pl.DataFrame(runs, infer_schema_length=None)
