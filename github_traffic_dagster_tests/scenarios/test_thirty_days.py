"""Thirty simulated days of scheduled runs: golden ends equal to what GitHub truly had."""

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import polars as pl
import time_machine

from github_traffic_dagster.demo_github.repository import SimulatedRepository
from github_traffic_dagster.demo_github.window import Window
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.coverage import coverage
from github_traffic_dagster_tests.pipeline import Pipeline

FIRST = date(2026, 1, 20)
DAYS = 30
END = FIRST + timedelta(days=DAYS - 1)
DOWN = {12, 13}
"""Days of the simulation without a run."""
TRUNCATED = set(range(5, 9))
DRIFT = {3: 1, 4: 2, 10: 1, 14: 2, 20: 2, 21: 1, 29: 2}
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


@dataclass
class Month:
    """A month in the life of six repositories."""

    pipeline: Pipeline

    def begin(self) -> None:
        self.pipeline.world.add_organization("lab", members=["me"])
        add = self.pipeline.add_repository
        add("me/busy", truth(1, 0), truth(2, 0))
        add("me/quiet", truth(3, 0.7), truth(4, 0.9))
        self.moved = add("me/moved", truth(5, 0.2), truth(6, 0.2))
        self.renamed = add("me/old-name", truth(7, 0.2), truth(8, 0.3))
        self.doomed = add("me/doomed", truth(9, 0.1), truth(10, 0.1))

    def happen(self, number: int, tick: datetime) -> None:
        """What befalls GitHub on a day of the simulation, before the run."""
        world = self.pipeline.world
        world.window = Window(
            window_days=15 if number % 3 else 14,
            window_end_lag=DRIFT.get(number, 0),
            truncate_oldest=0.3 if number in TRUNCATED else None,
            zeros_incident=number == ZEROS,
        )
        if number == RENAMED:
            world.rename(self.renamed, "new-name")
        if number == TRANSFERRED:
            world.transfer(self.moved, "lab")
        if number == CREATED:
            born = {day: n for day, n in truth(11, 0.2).items() if day >= tick.date()}
            created_at = tick - timedelta(minutes=30)
            self.pipeline.add_repository("me/young", born, born, created_at=created_at)
        if number == DELETED:
            world.delete(self.doomed)

    def live(self) -> None:
        self.begin()
        for number in range(DAYS):
            day = FIRST + timedelta(days=number)
            tick = datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
            with time_machine.travel(tick, tick=True):
                self.happen(number, tick)
                if number not in DOWN:
                    assert self.pipeline.scheduled_run(tick).success, number

    def repository(self, repo_id: int) -> SimulatedRepository:
        return next(r for r in self.pipeline.world.repositories if r.repo_id == repo_id)


def every_cell_is_true_or_says_that_it_is_partial(month: Month, metric: Metric) -> None:
    golden = month.pipeline.table(f"golden_{metric}")
    assert golden.select("repo_id", "day").is_unique().all()
    for row in golden.to_dicts():
        true = month.repository(row["repo_id"]).truth(metric.value, row["day"])
        seen = (row["count"], row["uniques"])
        if row["status"] == "complete":
            assert seen == true, row
        else:
            assert seen[0] <= true[0], row
            assert seen[1] <= true[1], row
        # Zero is a statement, also while it is partial: what is unknown has no row.
        assert seen != (0, 0) or true == (0, 0), row


def every_day_that_can_be_known_is_complete(month: Month, metric: Metric) -> None:
    """All settled days since the first certain one of the first look."""
    golden = month.pipeline.table(f"golden_{metric}").filter(pl.col("status") == "complete")
    complete = set(golden.select("repo_id", "day").iter_rows())
    for repository in month.pipeline.world.repositories:
        if repository is month.doomed:
            continue
        day = max(FIRST - timedelta(days=12), repository.created_at.date())
        while day <= END - timedelta(days=3):
            assert (repository.repo_id, day) in complete, (repository.full_name, day)
            day += timedelta(days=1)


def the_uncertain_first_day_is_never_sold_as_complete(month: Month, metric: Metric) -> None:
    golden = month.pipeline.table(f"golden_{metric}")
    uncertain = golden.filter(pl.col("day") < FIRST - timedelta(days=12))
    assert set(uncertain["status"]) <= {"partial"}


def renames_and_transfers_are_one_history(month: Month, metric: Metric) -> None:
    golden = month.pipeline.table(f"golden_{metric}")
    names = golden.select("repo_id", "full_name").unique().rows()
    assert len(names) == 6
    assert dict(names)[month.renamed.repo_id] == "me/new-name"
    assert dict(names)[month.moved.repo_id] == "lab/moved"


def what_cannot_be_known_is_reported(month: Month, metric: Metric) -> None:
    """The deleted repository's last days were never settled: partial or missing, and said so."""
    golden = month.pipeline.table(f"golden_{metric}")
    listings = month.pipeline.table("repos")
    covered = coverage(golden.lazy(), listings.lazy(), today=END).collect()
    last_seen = FIRST + timedelta(days=DELETED - 1)
    last_days = covered.filter(
        pl.col("repo_id") == month.doomed.repo_id, pl.col("day") > last_seen - timedelta(days=2)
    )
    assert last_days["day"].max() == last_seen
    assert "complete" not in set(last_days["status"])
    known = covered.filter(pl.col("coverage").is_in(["measured", "zero proven by a window"]))
    assert known.height == golden.height


def test_golden_equals_what_github_truly_had_after_thirty_days_of_trouble(
    pipeline: Pipeline,
) -> None:
    month = Month(pipeline)
    month.live()
    assert not pipeline.server.violations
    for metric in Metric:
        every_cell_is_true_or_says_that_it_is_partial(month, metric)
        every_day_that_can_be_known_is_complete(month, metric)
        the_uncertain_first_day_is_never_sold_as_complete(month, metric)
        renames_and_transfers_are_one_history(month, metric)
        what_cannot_be_known_is_reported(month, metric)


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
