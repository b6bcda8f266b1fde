"""The golden rule through real Delta tables: what the pure merge proves, on the disk."""

import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from github_traffic_dagster.io_manager import write
from github_traffic_dagster.store.merging import merge
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.store.reading import scan
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.golden import golden_from_observations
from github_traffic_dagster.traffic.tables import GOLDEN
from github_traffic_dagster_tests.traffic.strategies import FIRST_DAY, Row, raw_frame, raw_logs

VIEWS = GOLDEN[Metric.VIEWS]
few = settings(deadline=None, max_examples=30)


@contextmanager
def fresh_place() -> Iterator[Place]:
    # A function-scoped fixture would be shared by all examples.
    with tempfile.TemporaryDirectory() as folder:
        yield Place(f"{folder}/golden_views")


def golden(rows: list[Row]) -> pl.DataFrame:
    return golden_from_observations(raw_frame(rows).lazy()).collect()


def stored(place: Place) -> pl.DataFrame:
    return scan(place, VIEWS).collect().sort(VIEWS.key)


def days_of(rows: list[Row], first: date, last: date) -> list[Row]:
    return [row for row in rows if first <= row[2] <= last]


@given(raw_logs(), st.randoms())
@few
def test_snapshots_of_a_growing_log_merged_in_any_order_give_the_same_delta_table(
    rows: list[Row], chance: random.Random
) -> None:
    cuts = {*chance.sample(range(1, len(rows) + 1), k=min(3, len(rows))), len(rows)}
    frames = [golden(rows[:cut]) for cut in cuts]
    frames += chance.choices(frames)
    chance.shuffle(frames)
    with fresh_place() as place:
        for number, frame in enumerate(frames):
            merge(place, VIEWS, frame, run_id=f"run-{number}")
        unnamed = [name for name in VIEWS.schema.names() if name != "full_name"]
        assert_frame_equal(stored(place).select(unnamed), golden(rows).select(unnamed))


@given(raw_logs(), st.randoms())
@few
def test_runs_over_parts_of_the_days_in_any_order_give_the_same_table_names_included(
    rows: list[Row], chance: random.Random
) -> None:
    middle = FIRST_DAY + timedelta(days=chance.randrange(16))
    early = days_of(rows, date.min, middle)
    late = days_of(rows, middle + timedelta(days=1), date.max)
    half = chance.randrange(len(rows))
    parts = [early, late, days_of(rows[:half], date.min, middle), rows[half:]]
    parts.insert(0, parts[chance.randrange(2)])
    chance.shuffle(parts)
    with fresh_place() as place:
        for number, part in enumerate(parts):
            write(place, VIEWS, golden(part), run_id=f"run-{number}")
        assert_frame_equal(stored(place), golden(rows))


@given(raw_logs(), raw_logs())
@few
def test_a_stored_number_never_falls(earlier: list[Row], later: list[Row]) -> None:
    with fresh_place() as place:
        write(place, VIEWS, golden(earlier), run_id="run-1")
        before = stored(place)
        write(place, VIEWS, golden(later), run_id="run-2")
        both = before.join(stored(place), on=["repo_id", "day"], how="left", suffix="_after")
    for name in ("count", "uniques", "last_observed_at", "observations"):
        assert (both[f"{name}_after"] >= both[name]).all()
    assert (both["status_after"] <= both["status"]).all()
