"""Thirty simulated days of scheduled runs: golden ends equal to what GitHub truly had."""

import random
from datetime import UTC, date, datetime, timedelta

import polars as pl
import time_machine

from github_traffic_dagster.demo_github.window import Window
from github_traffic_dagster.traffic.coverage import coverage
from github_traffic_dagster_tests.pipeline import Pipeline

FIRST = date(2026, 1, 20)
DAYS = 30
DOWN = {12, 13}
"""Days of the simulation without a run."""
TRUNCATED = set(range(5, 9))
DRIFT = {3: 1, 4: 2, 10: 1, 14: 2, 20: 2, 21: 1}
ZEROS = 17
RENAMED, TRANSFERRED, CREATED, DELETED = 9, 16, 11, 22


def truth(seed: int, quiet: float) -> dict[date, tuple[int, int]]:
    """Finished days' numbers; a share of the days has no traffic at all."""
    rng = random.Random(seed)
    numbers = {}
    for offset in range(-40, DAYS + 2):
        if rng.random() > quiet:
            count = rng.randint(1, 400)
            numbers[FIRST + timedelta(days=offset)] = (count, rng.randint(1, count))
    return numbers


def test_golden_equals_what_github_truly_had_after_thirty_days_of_trouble(
    pipeline: Pipeline,
) -> None:
    world = pipeline.world
    world.add_organization("lab", members=["me"])
    busy = pipeline.add_repository("me/busy", truth(1, 0), truth(2, 0))
    quiet = pipeline.add_repository("me/quiet", truth(3, 0.7), truth(4, 0.9))
    moved = pipeline.add_repository("me/moved", truth(5, 0.2), truth(6, 0.2))
    renamed = pipeline.add_repository("me/old-name", truth(7, 0.2), truth(8, 0.3))
    doomed = pipeline.add_repository("me/doomed", truth(9, 0.1), truth(10, 0.1))
    repositories = {"busy": busy, "quiet": quiet, "moved": moved, "renamed": renamed}

    last_seen_doomed = FIRST + timedelta(days=DELETED - 1)
    for number in range(DAYS):
        day = FIRST + timedelta(days=number)
        tick = datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
        with time_machine.travel(tick, tick=True):
            world.window = Window(
                window_days=15 if number % 3 else 14,
                window_end_lag=DRIFT.get(number, 0),
                truncate_oldest=0.3 if number in TRUNCATED else None,
                zeros_incident=number == ZEROS,
            )
            if number == RENAMED:
                world.rename(renamed, "new-name")
            if number == TRANSFERRED:
                world.transfer(moved, "lab")
            if number == CREATED:
                born = {d: v for d, v in truth(11, 0.2).items() if d >= day}
                repositories["young"] = pipeline.add_repository(
                    "me/young", born, born, created_at=tick - timedelta(minutes=30)
                )
            if number == DELETED:
                world.delete(doomed)
            if number not in DOWN:
                result = pipeline.scheduled_run(tick)
                assert result.success, number
    end = FIRST + timedelta(days=DAYS - 1)
    assert not pipeline.server.violations

    for metric in ("views", "clones"):
        golden = pipeline.table(f"golden_{metric}")
        cells = {(row["repo_id"], row["day"]): row for row in golden.to_dicts()}
        assert len(cells) == golden.height
        for (repo_id, day), row in cells.items():
            repository = next(r for r in world.repositories if r.repo_id == repo_id)
            true = repository.truth(metric, day)  # type: ignore[arg-type]
            seen = (row["count"], row["uniques"])
            if row["status"] == "complete":
                assert seen == true, (repository.full_name, day)
            else:
                assert seen[0] <= true[0], (repository.full_name, day)
                assert seen[1] <= true[1], (repository.full_name, day)
        # Nothing that could be known is missing or partial: settled days of every day since the
        # first certain one of the first look.
        for name, repository in repositories.items():
            first = max(FIRST - timedelta(days=12), repository.created_at.date())
            for offset in range((end - timedelta(days=3) - first).days + 1):
                cell = cells[repository.repo_id, first + timedelta(days=offset)]
                assert cell["status"] == "complete", (name, cell["day"])
        # The window's uncertain first day is never sold as complete.
        uncertain = golden.filter(pl.col("day") < FIRST - timedelta(days=12))
        assert set(uncertain["status"]) <= {"partial"}

        names = dict(golden.select("repo_id", "full_name").unique().iter_rows())
        assert names[renamed.repo_id] == "me/new-name"
        assert names[moved.repo_id] == "lab/moved"
        assert len(names) == golden["repo_id"].n_unique() == 6

        # The deleted repository's last days were never settled: partial or missing, and said so.
        with time_machine.travel(datetime(end.year, end.month, end.day, 3, tzinfo=UTC)):
            covered = coverage(golden.lazy(), pipeline.table("repos").lazy(), today=end).collect()
        last_days = covered.filter(
            pl.col("repo_id") == doomed.repo_id, pl.col("day") > last_seen_doomed - timedelta(2)
        )
        assert not last_days.is_empty()
        assert "complete" not in set(last_days["status"])
        known = covered.filter(pl.col("coverage").is_in(["measured", "zero proven by a window"]))
        assert known.height == golden.height


def test_a_zeros_incident_is_reported_and_lowers_nothing(pipeline: Pipeline) -> None:
    pipeline.add_repository("me/busy", truth(1, 0), truth(2, 0))
    with time_machine.travel(datetime(2026, 2, 1, 2, tzinfo=UTC)):
        assert pipeline.run().success
        before = pipeline.table("golden_views").sort("day")
    with time_machine.travel(datetime(2026, 2, 2, 2, tzinfo=UTC)):
        pipeline.world.window = Window(zeros_incident=True)
        result = pipeline.run()
    after = pipeline.table("golden_views").sort("day").filter(pl.col("day") <= before["day"].max())
    assert after["count"].to_list() == before["count"].to_list()
    checks = {
        (check.asset_key.to_user_string(), check.check_name): check
        for check in result.get_asset_check_evaluations()
    }
    assert not checks["golden_views", "not_everything_zero"].passed
    assert "2026-02-02" in (checks["golden_views", "not_everything_zero"].description or "")
