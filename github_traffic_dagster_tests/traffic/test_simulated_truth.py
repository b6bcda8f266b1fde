"""What golden and coverage claim, held against a truth that the test knows."""

import random
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from github_traffic_dagster.traffic.answers import Repository, WindowAnswer
from github_traffic_dagster.traffic.coverage import Coverage, coverage
from github_traffic_dagster.traffic.golden import COMPLETE, golden_from_observations
from github_traffic_dagster.traffic.listings import listing_frame
from github_traffic_dagster.traffic.observations import observations_frame
from github_traffic_dagster.traffic.window import last_safe_day
from github_traffic_dagster_tests.traffic.simulated_truth import Oddities, SimulatedTruth, at
from github_traffic_dagster_tests.traffic.strategies import moderate

BORN = datetime(2024, 2, 20, 15, tzinfo=UTC)
LIFE = 60
"""Days of traffic that a truth holds, over a leap day and two ends of months."""


def golden_of(answers: Iterable[WindowAnswer]) -> pl.DataFrame:
    raw = observations_frame(answers, run_id="run-1", first_day=date.min, last_day=date.max)
    return golden_from_observations(raw.lazy()).collect()


def listed(truth: SimulatedTruth, observed_at: datetime) -> pl.DataFrame:
    repository = Repository(
        repo_id=truth.repo_id,
        full_name=f"octo/r{truth.repo_id}",
        private=False,
        fork=False,
        archived=False,
        traffic_access=True,
        created_at=truth.created_at,
        stargazers=1,
        forks=2,
        open_issues=3,
        observed_at=observed_at,
    )
    day = observed_at.date()
    return listing_frame([repository], first_day=day - timedelta(days=14), last_day=day)


class History:
    """Two repositories, looked at on random days, each look listing both and reaching some."""

    def __init__(self, chance: random.Random, look_days: Iterable[date]) -> None:
        self.truths = {
            repo_id: SimulatedTruth.drawn(chance, repo_id, BORN + timedelta(days=age), LIFE)
            for repo_id, age in ((1, 0), (2, chance.randrange(40)))
        }
        self.answers: list[WindowAnswer] = []
        listings = []
        for day in look_days:
            for truth in self.truths.values():
                moment = at(day, chance)
                if moment < truth.created_at:
                    continue
                listings.append(listed(truth, moment))
                if chance.random() < 0.8:
                    self.answers.append(truth.answer(moment, Oddities.any(chance), chance))
        self.golden = golden_of(self.answers)
        self.listings = pl.concat(listings)


@st.composite
def histories(draw: st.DrawFn) -> History:
    chance = draw(st.randoms(use_true_random=False))
    offsets = draw(st.sets(st.integers(1, LIFE), min_size=1, max_size=12))
    return History(chance, [BORN.date() + timedelta(days=n) for n in sorted(offsets)])


@given(histories())
@moderate
def test_complete_numbers_are_the_truth_and_partial_ones_never_exceed_it(history: History) -> None:
    for row in history.golden.iter_rows(named=True):
        truth = history.truths[row["repo_id"]]
        true_count, true_uniques = truth.of(row["day"])
        assert row["day"] >= truth.created_at.date()
        if row["status"] == COMPLETE:
            assert (row["count"], row["uniques"]) == (true_count, true_uniques)
        assert row["count"] <= true_count
        assert row["uniques"] <= true_uniques


@given(histories(), st.integers(0, 20))
@moderate
def test_every_expected_day_is_covered_and_an_unknown_one_is_never_a_zero(
    history: History, later: int
) -> None:
    today = history.listings["day"].max()
    assert isinstance(today, date)
    today += timedelta(days=later)
    covered = coverage(history.golden.lazy(), history.listings.lazy(), today=today).collect()
    known = {(row["repo_id"], row["day"]): row for row in history.golden.iter_rows(named=True)}
    for repo_id, days in covered.group_by("repo_id"):
        first, last = days["day"].min(), days["day"].max()
        assert isinstance(first, date)
        assert isinstance(last, date)
        assert days.height == (last - first).days + 1 == days["day"].n_unique()
        assert {day for found, day in known if found == repo_id[0]} <= set(days["day"])
    for row in covered.iter_rows(named=True):
        stored = known.get((row["repo_id"], row["day"]))
        if stored is None:
            unknown = Coverage.LOST if (today - row["day"]).days > 14 else Coverage.NOT_YET_KNOWN
            assert (row["coverage"], row["status"]) == (unknown, None)
        else:
            measured = Coverage.MEASURED if stored["count"] else Coverage.ZERO
            assert (row["coverage"], row["status"]) == (measured, stored["status"])


@given(st.randoms(use_true_random=False), st.data())
@moderate
def test_looks_within_the_safe_days_complete_every_day(
    chance: random.Random, data: st.DataObject
) -> None:
    truth = SimulatedTruth.drawn(chance, 1, BORN, LIFE)
    look = first = BORN.date() + timedelta(days=14)
    looks = [first]
    for _ in range(3):
        furthest = (last_safe_day(look) - look).days
        look += timedelta(days=data.draw(st.integers(1, furthest)))
        looks.append(look)
    answers = [truth.answer(at(day, chance), Oddities.any(chance), chance) for day in looks]
    found = {row["day"]: row for row in golden_of(answers).iter_rows(named=True)}
    judged = first - timedelta(days=12)
    while judged <= look - timedelta(days=3):
        row = found[judged]
        assert (row["count"], row["uniques"], row["status"]) == (*truth.of(judged), COMPLETE)
        judged += timedelta(days=1)


@pytest.mark.parametrize("first_lag", [0, 1, 2])
@pytest.mark.parametrize("second_lag", [0, 1, 2])
@pytest.mark.parametrize("start_lags", [False, True])
@pytest.mark.parametrize("busy", [False, True])
def test_the_last_safe_day_is_safe_in_the_worst_case_and_three_days_later_is_not(
    first_lag: int, second_lag: int, start_lags: bool, busy: bool
) -> None:
    truth = SimulatedTruth(1, BORN)
    if busy:
        truth.traffic = {BORN.date() + timedelta(days=n): (9, 4) for n in range(LIFE)}
    first = BORN.date() + timedelta(days=20)

    def unsure_after(second: date) -> list[date]:
        chance = random.Random(7)
        noon = timedelta(hours=12)
        moments = [datetime(day.year, day.month, day.day, tzinfo=UTC) for day in (first, second)]
        answers = [
            truth.answer(moment + noon, Oddities(lag, 14, start_lags), chance)
            for moment, lag in zip(moments, (first_lag, second_lag), strict=True)
        ]
        status = {row["day"]: row["status"] for row in golden_of(answers).iter_rows(named=True)}
        span = (second - first).days
        judged = [first + timedelta(days=n) for n in range(-5, span - 2)]
        return [day for day in judged if status.get(day) != COMPLETE]

    assert unsure_after(last_safe_day(first)) == []
    worst_case = not start_lags or second_lag == 0
    if worst_case:
        assert unsure_after(last_safe_day(first) + timedelta(days=3)) != []
    assert unsure_after(last_safe_day(first) + timedelta(days=5)) != []
