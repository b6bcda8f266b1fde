"""The IO manager as any Dagster asset meets it: frames in, days out."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest
from dagster_deltalake import AzureConfig, GcsConfig, LocalConfig, S3Config
from deltalake import DeltaTable
from polars.testing import assert_frame_equal

from github_traffic_dagster.io_manager import (
    TrafficStore,
    storage_config,
    table_places,
    traffic_io_manager,
)
from github_traffic_dagster.traffic.tables import RAW
from github_traffic_dagster_tests.pipeline import failure_texts

DAILY = dg.DailyPartitionsDefinition("2025-02-20", timezone="UTC", end_date="2025-03-20")
VIEWS = next(iter(RAW.values()))
FIRST = date(2025, 2, 26)


def observed(*days: int) -> pl.DataFrame:
    """One observation for each day after 26 February."""
    at = pl.datetime(2025, 3, 10, time_zone="UTC")
    return (
        pl.DataFrame({"day": [FIRST + timedelta(days=n) for n in days]}, schema={"day": pl.Date()})
        .with_columns(
            repo_id=pl.lit(1, dtype=pl.Int64),
            full_name=pl.lit("me/one"),
            count=pl.col("day").dt.day().cast(pl.Int64),
            uniques=pl.lit(1, dtype=pl.Int64),
            observed_at=at,
            run_id=pl.lit("run"),
            source=pl.lit("github"),
        )
        .select(VIEWS.schema.names())
        .cast(VIEWS.schema)
    )


def materialize(
    root: Path, output: Any, first: int, last: int, *, time_travel_days: int | None = None
) -> dg.ExecuteInProcessResult:
    """Let an asset `raw_views` return `output` for a range of days."""

    @dg.asset(
        name=VIEWS.name,
        partitions_def=DAILY,
        metadata={"partition_expr": "day"},
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def raw_views() -> Any:
        return output

    return run(root, [raw_views], first, last, time_travel_days)


def run(
    root: Path, assets: list[Any], first: int, last: int, time_travel_days: int | None = None
) -> dg.ExecuteInProcessResult:
    job = dg.Definitions(
        assets=assets,
        resources={"io_manager": traffic_io_manager(str(root), time_travel_days)},
        jobs=[dg.define_asset_job("job", executor_def=dg.in_process_executor)],
    ).resolve_job_def("job")
    return job.execute_in_process(
        tags={
            "dagster/asset_partition_range_start": str(FIRST + timedelta(days=first)),
            "dagster/asset_partition_range_end": str(FIRST + timedelta(days=last)),
        },
        raise_on_error=False,
        instance=dg.DagsterInstance.ephemeral(),
    )


@pytest.fixture
def store(tmp_path: Path) -> TrafficStore:
    return TrafficStore(root_uri=str(tmp_path))


@pytest.mark.parametrize("lazy", [True, False])
def test_data_frames_and_lazy_frames_are_stored_alike(
    tmp_path: Path, store: TrafficStore, lazy: bool
):
    frame = observed(0, 1, 2, 3, 4)
    assert materialize(tmp_path, frame.lazy() if lazy else frame, 0, 4).success
    assert_frame_equal(store.scan(VIEWS).collect(), frame, check_row_order=False)


@pytest.mark.parametrize(("first", "last"), [(2, 2), (1, 4), (0, 4)])
@pytest.mark.parametrize("kind", [pl.DataFrame, pl.LazyFrame])
def test_a_downstream_asset_loads_just_its_days(tmp_path: Path, first: int, last: int, kind: type):
    assert materialize(tmp_path, observed(0, 1, 2, 3, 4), 0, 4).success
    loaded: list[Any] = []

    @dg.asset(
        partitions_def=DAILY,
        ins={"rows": dg.AssetIn(VIEWS.name)},
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def reader(rows: kind) -> None:  # type: ignore[valid-type]
        loaded.append(rows)

    upstream = dg.AssetSpec(
        VIEWS.name, partitions_def=DAILY, metadata={"partition_expr": "day"}
    ).with_io_manager_key("io_manager")
    assert run(tmp_path, [upstream, reader], first, last).success
    assert isinstance(loaded[0], kind)
    wanted = observed(*range(first, last + 1))
    frame: Any = loaded[0]
    assert_frame_equal(frame.lazy().collect(), wanted, check_row_order=False)


def test_rows_outside_the_runs_days_are_refused_and_nothing_is_written(
    tmp_path: Path, store: TrafficStore
):
    result = materialize(tmp_path, observed(0, 5), 0, 4)
    assert not result.success
    assert "days outside 2025-02-26...2025-03-02" in failure_texts(result)[VIEWS.name]
    assert store.scan(VIEWS).collect().is_empty()
    assert not list(tmp_path.rglob("*.parquet"))


def test_a_frame_of_another_shape_is_refused_and_nothing_is_written(tmp_path: Path):
    result = materialize(tmp_path, observed(0).drop("source"), 0, 0)
    assert not result.success
    assert "expected" in failure_texts(result)[VIEWS.name]
    assert not list(tmp_path.rglob("*"))


def test_an_empty_frame_makes_the_table_and_no_rows(tmp_path: Path, store: TrafficStore):
    assert materialize(tmp_path, observed(), 0, 4).success
    assert (tmp_path / "github_traffic" / "raw_views" / "_delta_log").is_dir()
    assert store.scan(VIEWS).collect().is_empty()


def maintenance(result: dg.ExecuteInProcessResult) -> object:
    materialized = result.asset_materializations_for_node(VIEWS.name)
    return materialized[0].metadata["maintenance"].value


def test_the_days_of_time_travel_reach_new_tables_and_old_ones(tmp_path: Path):
    table = str(tmp_path / "github_traffic" / VIEWS.name)
    for days in (7, 14):
        assert materialize(tmp_path, observed(0), 0, 0, time_travel_days=days).success
        kept = DeltaTable(table).metadata().configuration["delta.deletedFileRetentionDuration"]
        assert kept == f"interval {days} days"


def test_a_run_says_what_maintenance_did_and_stays_green_when_it_fails(
    tmp_path: Path, store: TrafficStore
):
    assert maintenance(materialize(tmp_path, observed(0), 0, 0)) == "nothing was due"
    next((tmp_path / "github_traffic" / VIEWS.name).rglob("period=*/*.parquet")).unlink()
    second = materialize(tmp_path, observed(0), 0, 0)
    assert second.success
    assert "Maintenance failed and is tried again" in str(maintenance(second))
    assert DeltaTable(store.place(VIEWS).uri).count() == 2


@pytest.mark.parametrize(
    ("root", "config"),
    [
        ("data/store", LocalConfig()),
        ("s3://bucket/history", S3Config()),
        ("abfss://lake@mine.dfs.core.windows.net/history", AzureConfig(account_name="mine")),
        ("gs://bucket/history", GcsConfig()),
    ],
)
def test_every_provider_has_dagster_deltalakes_own_configuration(root: str, config: dg.Config):
    assert storage_config(root) == config
    assert table_places(root)["repos"].uri == f"{root}/github_traffic/repos"
