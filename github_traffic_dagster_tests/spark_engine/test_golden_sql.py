"""The SQL gives, row by row, what the polars engine gives."""

import random
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

import dagster as dg
import polars as pl
import pytest
from deltalake import DeltaTable, Schema, write_deltalake
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from github_traffic_dagster.errors import StoreError
from github_traffic_dagster.io_manager import write
from github_traffic_dagster.spark_engine.carriers import StatementCarrier
from github_traffic_dagster.spark_engine.golden_step import Advanced, Ends, advance_golden
from github_traffic_dagster.spark_engine.spark_session import SparkEngine, spark_engine
from github_traffic_dagster.store.appending import append
from github_traffic_dagster.store.layout import configuration, delta_schema, with_period
from github_traffic_dagster.store.opening import create_table
from github_traffic_dagster.store.periods import LARGE, Period
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.store.reading import scan
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.golden import golden_from_observations
from github_traffic_dagster.traffic.tables import GOLDEN, RAW
from github_traffic_dagster_tests.store.disk import break_period
from github_traffic_dagster_tests.traffic.rows import DAY, golden_frame, golden_row, noon
from github_traffic_dagster_tests.traffic.strategies import FIRST_DAY, Row, raw_frame, raw_logs

VIEWS, RAW_VIEWS = GOLDEN[Metric.VIEWS], RAW[Metric.VIEWS]
few = settings(
    deadline=None,
    max_examples=12,
    # An example takes a second: making a failing one smaller would outlast the test's time.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
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
        carrier = StatementCarrier(lambda: nullcontext(self.spark))
        advanced, _ = advance_golden(self.ends, first, last, carrier, dg.build_asset_context())
        return advanced

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


def looks(repo_id: int, name: str, first: date, days: int, count: int = 5) -> list[Row]:
    """One look at each of some days, at the noon of the last one."""
    seen_at = noon(first + timedelta(days=days - 1))
    return [
        (repo_id, name, first + timedelta(days=n), count, 2, seen_at, f"run-{seen_at:%j}", "github")
        for n in range(days)
    ]


@pytest.fixture
def stores(spark: SparkEngine) -> Iterator[TwoStores]:
    with two_stores(spark) as made:
        yield made


def test_a_new_name_reaches_days_of_other_years_and_only_then_are_they_opened(
    stores: TwoStores,
) -> None:
    stores.lay_out(Period.YEAR, Period.MONTH)
    windows = [date(2024, 12, 25), date(2025, 6, 1), date(2026, 1, 5)]
    for first, name in zip(windows, ["octo/old", "octo/old", "octo/new"], strict=True):
        stores.observe([*looks(7, name, first, 14), *looks(8, "octo/other", first, 14)])
        stores.run(first, first + timedelta(days=13))
        stores.assert_equal()
    assert set(stores.golden().filter(repo_id=7)["full_name"]) == {"octo/new"}
    break_period(stores.ends.golden, "2024-12-01")
    stores.observe(looks(7, "octo/new", date(2026, 1, 6), 14))
    stores.run_sql(date(2026, 1, 6), date(2026, 1, 19))


def test_old_days_rebuilt_later_keep_the_newest_name(stores: TwoStores) -> None:
    stores.lay_out(Period.YEAR, Period.YEAR)
    old, new = DAY - timedelta(days=60), DAY
    stores.observe([*looks(7, "octo/old", old, 14), *looks(7, "octo/new", new, 14)])
    stores.run(new, new + timedelta(days=13))
    stores.run(old, old + timedelta(days=13))
    stores.assert_equal()
    assert set(stores.golden()["full_name"]) == {"octo/new"}


def test_damaged_rows_grow_back(stores: TwoStores) -> None:
    stores.lay_out(Period.YEAR, Period.MONTH)
    stores.observe([*looks(7, "octo/a", DAY, 14), *looks(8, "octo/b", DAY, 14, count=9)])
    last = DAY + timedelta(days=13)
    stores.run(DAY, last)
    whole = stores.golden()
    damaged = DeltaTable(stores.ends.golden.uri)
    damaged.update(
        {"count": "0", "observations": "0", "status": "'partial'"}, predicate="repo_id = 7"
    )
    DeltaTable(stores.ends.golden.uri).delete("day > '2026-01-25'")
    advanced = stores.run_sql(DAY, last)
    assert_frame_equal(stores.golden(), whole)
    assert (advanced.added, advanced.changed) == (16, 6)


def test_a_stale_computation_lowers_nothing(stores: TwoStores) -> None:
    """What a run computed before another one's looks, and merges after it."""
    stores.lay_out(Period.YEAR, Period.YEAR)
    last = DAY + timedelta(days=13)
    stores.observe(looks(7, "octo/a", DAY, 14))
    later = [golden_row(DAY + timedelta(days=n), count=50, observations=3) for n in range(14)]
    write(stores.ends.golden, VIEWS, golden_frame(*later), run_id="faster")
    before = stores.golden()
    stores.run_sql(DAY, last)
    after = stores.golden()
    for name in ("count", "uniques", "observations", "last_observed_at"):
        assert (after[name] >= before[name]).all(), name
    assert set(after["count"]) == {50}
    assert set(after["status"]) == {"complete", "partial"}, "what it knew better is taken"


def test_both_engines_at_once_on_the_same_rows_end_with_the_greatest(
    stores: TwoStores, sail: str
) -> None:
    """Conflicts are met by beginning again, on either side."""
    stores.lay_out(Period.YEAR, Period.YEAR)
    last = DAY + timedelta(days=13)
    stores.observe(looks(7, "octo/a", DAY, 14))

    def by_spark(number: int) -> None:
        with spark_engine(sail) as engine:
            own = TwoStores(stores.folder, engine)
            for turn in range(3):
                row = (7, "octo/a", DAY, 10 * number + turn, 1, noon(last), f"{number}-{turn}", "x")
                append(own.ends.raw, RAW_VIEWS, raw_frame([row]), run_id=f"{number}-{turn}")
                own.run_sql(DAY, last)

    def by_polars(number: int) -> None:
        for turn in range(3):
            frame = golden_frame(golden_row(count=100 * number + turn, full_name="octo/a"))
            write(stores.ends.golden, VIEWS, frame, run_id=f"p-{number}-{turn}")

    with ThreadPoolExecutor(4) as pool:
        tasks = [pool.submit(by_spark, n) for n in (1, 2)]
        tasks += [pool.submit(by_polars, n) for n in (1, 2)]
        for task in tasks:
            task.result()
    golden = stores.golden()
    assert not golden.select(VIEWS.key).is_duplicated().any()
    assert golden.filter(day=DAY)["count"].item() == 202
    assert golden.height == 14


def test_a_raw_table_of_an_older_release_is_read_with_what_it_has(stores: TwoStores) -> None:
    """Without `source`, no look is known to be at the window's whole part: nothing is complete."""
    stores.lay_out(Period.YEAR, Period.YEAR)
    raw = stores.ends.raw
    shutil.rmtree(raw.uri)
    DeltaTable.create(
        raw.uri,
        Schema([field for field in delta_schema(RAW_VIEWS).fields if field.name != "source"]),
        partition_by=["period"],
        configuration=configuration(RAW_VIEWS, Period.YEAR),
        raise_if_key_not_exists=False,
    )
    rows = raw_frame(looks(7, "octo/a", DAY, 14)).drop("source")
    write_deltalake(raw.uri, with_period(rows, Period.YEAR), mode="append")
    stores.run(DAY, DAY + timedelta(days=13))
    stores.assert_equal()
    assert set(stores.golden()["status"]) == {"partial"}


def test_a_new_golden_table_is_laid_out_as_by_polars(spark: SparkEngine) -> None:
    for number, period in ((3, "year"), (LARGE, "month")):
        with two_stores(spark) as stores:
            stores.observe([looks(n, f"octo/{n}", DAY, 1)[0] for n in range(number)])
            stores.run(DAY, DAY)
            stores.assert_equal()
            metadata = DeltaTable(stores.ends.golden.uri).metadata()
            assert metadata.configuration["github_traffic.period"] == period
            theirs = DeltaTable(stores.by_polars.uri).metadata()
            claimed = {"github_traffic.compaction"}
            assert metadata.configuration.keys() - claimed == theirs.configuration.keys() - claimed
            assert metadata.description == theirs.description


def test_the_results_do_not_depend_on_the_sessions_time_zone(stores: TwoStores, sail: str) -> None:
    stores.lay_out(Period.YEAR, Period.YEAR)
    midnight = [
        (7, "octo/a", DAY, 5, 2, datetime.combine(DAY, time.min, UTC) + timedelta(days=n), "r", "x")
        for n in range(5)
    ]
    for zone in ("UTC", "Pacific/Kiritimati", "America/Los_Angeles"):
        with two_stores(stores.spark) as own, spark_engine(sail) as engine:
            engine.session.conf.set("spark.sql.session.timeZone", zone)
            own.spark = engine
            own.lay_out(Period.YEAR, Period.YEAR)
            own.observe(midnight)
            own.run(DAY, DAY)
            own.assert_equal()


def test_an_engine_that_wrote_somewhere_else_is_found_out(stores: TwoStores) -> None:
    stores.observe(looks(7, "octo/a", DAY, 14))
    carrier = StatementCarrier(lambda: nullcontext(Idle()))
    with pytest.raises(StoreError, match="14 repository-days of raw_views are not in"):
        advance_golden(
            stores.ends, DAY, DAY + timedelta(days=13), carrier, dg.build_asset_context()
        )


class Idle:
    """An engine that says it is done."""

    def execute(self, statement: str) -> list[dict[str, object]]:
        del statement
        return []


def test_days_without_observations_change_nothing(stores: TwoStores) -> None:
    stores.lay_out(Period.YEAR, Period.YEAR)
    assert stores.run_sql(DAY, DAY).version == 0
