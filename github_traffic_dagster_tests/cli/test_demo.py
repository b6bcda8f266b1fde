"""`collect --demo`: the first thing a newcomer does, on an empty home, without a token."""

from pathlib import Path

import dagster as dg
import duckdb
import polars as pl
import pytest

from github_traffic_dagster_tests.cli.program import Program, today


@pytest.fixture
def demo_root(program: Program) -> Path:
    return program.root / "demo"


def test_the_demo_ends_with_a_summary_tables_and_a_run_in_the_instance(
    program: Program, demo_root: Path
) -> None:
    answer = program.run("collect", "--demo")

    assert answer.returncode == 0, answer.stderr
    views = program.table("golden_views", demo_root)
    summary = answer.stdout
    assert "9 of 11 repositories collected, 15 days: " in summary
    assert f"...{today()} (UTC)" in summary
    assert "invented" in summary
    assert f"{views['count'].sum():,}" in summary
    assert "demo-labs/read-only" in summary
    assert "permission missing" in summary
    assert str(demo_root / "store" / "github_traffic") in summary
    assert "ui --demo" in summary
    assert "uniques" not in summary
    for word in ("Traceback", "DEBUG", "Warning: Class", "dagster - "):
        assert word not in answer.stderr
    assert "views: 11 of 11 repositories" in answer.stderr

    assert views.height > 0
    assert set(views["status"]) == {"complete", "partial"}
    file = pl.scan_delta(str(demo_root / "store/github_traffic/golden_views"))
    assert_readable_by_duckdb(demo_root, file.collect())

    with dg.DagsterInstance.from_config(str(demo_root / "dagster_home")) as instance:
        runs = instance.get_runs()
        assert [run.status for run in runs] == [dg.DagsterRunStatus.SUCCESS]
        assert runs[0].job_name == "collect_traffic"
        partitions = instance.get_materialized_partitions(dg.AssetKey("golden_views"))
        assert len(partitions) == 15
        assert str(today()) in partitions
        checks = instance.get_records_for_run(
            runs[0].run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION
        )
        assert len(checks.records) == 22
    assert {path.name for path in program.root.iterdir()} == {"demo"}


def assert_readable_by_duckdb(root: Path, expected: pl.DataFrame) -> None:
    """The same sum, read from the Parquet files alone."""
    files = root / "store/github_traffic/golden_views/*/*.parquet"
    with duckdb.connect() as connection:
        found = connection.execute(f"select sum(count) from read_parquet('{files}')").fetchone()
    assert found == (expected["count"].sum(),)


def test_a_second_run_on_the_same_day_adds_no_golden_rows_and_real_data_are_never_touched(
    program: Program, demo_root: Path
) -> None:
    real_store, real_home = program.working_folder / "store", program.working_folder / "instance"
    program.settings |= {
        "GITHUB_TOKEN": "a-real-one",
        "GITHUB_TRAFFIC_STORE": str(real_store),
        "DAGSTER_HOME": str(real_home),
        # What selects real repositories would leave none of the demo's.
        "GITHUB_TRAFFIC_ACCOUNTS": "nobody",
        "GITHUB_TRAFFIC_INCLUDE": "nobody/*",
        # Half an App would end every other run.
        "GITHUB_APP_ID": "7",
    }
    first = program.run("collect", "--demo")
    before = program.table("golden_views", demo_root)

    second = program.run("collect", "--demo")

    assert first.returncode == 0, first.stderr
    assert second.returncode == 0, second.stderr
    assert "golden_views 0 new rows" in second.stdout
    key = ["repo_id", "day"]
    after = program.table("golden_views", demo_root)
    assert after.select(key).sort(key).equals(before.select(key).sort(key))
    assert len(program.runs(demo_root)) == 2
    assert not real_store.exists()
    assert not real_home.exists()
