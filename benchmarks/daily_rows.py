"""What GitHub says on one simulated day, as the frames that the daily run writes."""

from datetime import date, datetime, timedelta

import polars as pl

from github_traffic_dagster.traffic.tables import RAW, REPOS


def observations(days: list[date], now: datetime, repositories: int, run_id: str) -> pl.DataFrame:
    """A window of every repository: today's number is partial and grows tomorrow."""
    table = next(iter(RAW.values()))
    traffic = (pl.col("repo_id") * 7 + pl.col("day").dt.ordinal_day() * 3) % 50 + 10
    partial = pl.when(pl.col("day") == days[-1]).then(2).otherwise(1)
    return (
        _every(days, repositories)
        .with_columns(
            full_name=pl.format("octo-org/repository-{}", "repo_id"),
            count=traffic // partial,
            uniques=traffic // partial // 3,
            observed_at=pl.lit(now),
            run_id=pl.lit(run_id),
            source=pl.lit("github"),
        )
        .select(table.schema.names())
        .cast(table.schema)
    )


def listing(days: list[date], now: datetime, repositories: int) -> pl.DataFrame:
    """Every repository for every day of the window."""
    seen_today = pl.when(pl.col("day") == days[-1])
    return (
        _every(days, repositories)
        .with_columns(
            owner=pl.lit("octo-org"),
            name=pl.format("repository-{}", "repo_id"),
            full_name=pl.format("octo-org/repository-{}", "repo_id"),
            private=pl.lit(value=False),
            fork=pl.lit(value=False),
            archived=pl.lit(value=False),
            created_at=pl.lit(now - timedelta(days=5000)),
            stargazers=seen_today.then(pl.col("repo_id") * 3),
            forks=seen_today.then(pl.col("repo_id")),
            open_issues=seen_today.then(pl.col("repo_id")),
            traffic_access=pl.lit(value=True),
            observed_at=pl.lit(now),
        )
        .select(REPOS.schema.names())
        .cast(REPOS.schema)
    )


def _every(days: list[date], repositories: int) -> pl.DataFrame:
    return pl.DataFrame({"day": days}).join(
        pl.DataFrame({"repo_id": range(1, repositories + 1)}), how="cross"
    )
