"""The SQL gives, row by row, what the polars engine gives."""

import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from github_traffic_dagster.errors import StoreError
from github_traffic_dagster.io_manager import write
from github_traffic_dagster.spark_engine.golden_job import Plan, carry_out
from github_traffic_dagster.spark_engine.golden_step import Advanced, Ends, advance_golden
from github_traffic_dagster.spark_engine.spark_session import SparkEngine
from github_traffic_dagster.store.appending import append
from github_traffic_dagster.store.merging import merge
from github_traffic_dagster.store.opening import create_table
from github_traffic_dagster.store.periods import Period
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.store.reading import scan
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.golden import golden_from_observations
from github_traffic_dagster.traffic.tables import GOLDEN, RAW
from github_traffic_dagster_tests.traffic.rows import DAY, golden_frame, golden_row, noon, raw_row
from github_traffic_dagster_tests.traffic.strategies import FIRST_DAY, Row, raw_frame, raw_logs

VIEWS, RAW_VIEWS = GOLDEN[Metric.VIEWS], RAW[Metric.VIEWS]
few = settings(
    deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
periods = st.sampled_from(Period)


@dataclass
class TwoStores:
    """The same raw log, and a golden table by each of the two engines."""

    folder: str
    spark: SparkEngine
    runs: int = field(default=0)

    @property
    def ends(self) -> Ends:
        return Ends(Place(f"{self.folder}/raw"), RAW_VIEWS, Place(f"{self.folder}/sql"), VIEWS)

    @property
    def by_polars(self) -> Place:
        return Place(f"{self.folder}/polars")

    def lay_out(self, raw: Period, golden: Period) -> None:
        create_table(self.ends.raw, RAW_VIEWS, raw)
        create_table(self.ends.golden, VIEWS, golden)
        create_table(self.by_polars, VIEWS, golden)

    def observe(self, rows: list[Row]) -> None:
        self.runs += 1
        if rows:
            append(self.ends.raw, RAW_VIEWS, raw_frame(rows), run_id=f"append-{self.runs}")

    def run(self, first: date, last: date) -> Advanced:
        """The golden step of both engines."""
        seen = scan(self.ends.raw, RAW_VIEWS, first_day=first, last_day=last)
        frame = golden_from_observations(seen).collect()
        write(self.by_polars, VIEWS, frame, run_id=f"run-{self.runs}")
        return self.run_sql(first, last)

    def run_sql(self, first: date, last: date) -> Advanced:
        carry = partial(carry_out, execute=self.spark.execute, failures=(StoreError,))
        return advance_golden(self.ends, first, last, carry)

    def golden(self) -> pl.DataFrame:
        return scan(self.ends.golden, VIEWS).collect().sort(VIEWS.key)

    def assert_equal(self) -> None:
        assert_frame_equal(self.golden(), scan(self.by_polars, VIEWS).collect().sort(VIEWS.key))


@contextmanager
def two_stores(spark: SparkEngine) -> Iterator[TwoStores]:
    with tempfile.TemporaryDirectory() as folder:
        yield TwoStores(folder, spark)


@given(raw_logs(), periods, periods, st.randoms())
@few
def test_runs_over_parts_of_a_growing_log_give_the_table_of_the_polars_engine(
    spark: SparkEngine, rows: list[Row], raw: Period, golden: Period, chance: random.Random
) -> None:
    cut = chance.randrange(len(rows) + 1)
    whole = FIRST_DAY, FIRST_DAY + timedelta(days=16)
    with two_stores(spark) as stores:
        stores.lay_out(raw, golden)
        for part in (rows[:cut], rows[cut:], rows[:cut]):
            stores.observe(part)
            start = chance.randrange(17)
            end = start + chance.randrange(17 - start)
            days = chance.choice(
                [whole, (FIRST_DAY + timedelta(days=start), FIRST_DAY + timedelta(days=end))]
            )
            stores.run(*days)
            stores.assert_equal()
        stores.run(*whole)
        stores.assert_equal()
        assert_frame_equal(
            stores.golden(), golden_from_observations(raw_frame(rows).lazy()).collect()
        )
        assert stores.run(*whole).changed == 0, "a repeated run changes nothing"
