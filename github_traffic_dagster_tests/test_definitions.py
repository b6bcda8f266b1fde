"""What the code location offers: assets as the UI shows them, the job, the schedule."""

from datetime import UTC, date, datetime, timedelta

import dagster as dg
import pytest
import time_machine

from github_traffic_dagster.traffic.tables import TABLES
from github_traffic_dagster_tests.pipeline import Pipeline

NOW = datetime(2026, 3, 10, 5, tzinfo=UTC)


@pytest.fixture
def definitions(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> dg.Definitions:
    monkeypatch.setenv("GITHUB_TRAFFIC_SNAPSHOTS", "referrers,paths,releases")
    monkeypatch.setenv("GITHUB_TRAFFIC_AUTOMATION", "true")
    with time_machine.travel(NOW):
        return pipeline.definitions()


FIVE = {"repos", "raw_views", "raw_clones", "golden_views", "golden_clones"}


def steps(definitions: dg.Definitions, job: str) -> set[str]:
    return {
        key.to_user_string()
        for key in definitions.resolve_job_def(job).asset_layer.executable_asset_keys
    }


def test_every_table_is_an_asset_and_nothing_else(definitions: dg.Definitions):
    keys = {key.to_user_string() for key in definitions.resolve_asset_graph().get_all_asset_keys()}
    assert keys == set(TABLES)


def test_what_is_asked_besides_is_no_part_of_the_daily_collection(definitions: dg.Definitions):
    assert steps(definitions, "collect_traffic") == FIVE
    snapshots = {"raw_referrers", "raw_paths", "raw_release_downloads"}
    assert steps(definitions, "collect_snapshots") == {"repos"} | snapshots
    automation = {"raw_workflow_checkouts", "clones_less_automation"}
    assert steps(definitions, "count_checkouts") == {"repos"} | automation


def test_without_a_setting_nothing_is_asked_besides(pipeline: Pipeline):
    with time_machine.travel(NOW):
        definitions = pipeline.definitions()
    keys = {key.to_user_string() for key in definitions.resolve_asset_graph().get_all_asset_keys()}
    assert keys == FIVE | {"raw_window_totals"}
    assert [job.name for job in definitions.jobs or []] == ["collect_traffic"]
    assert len(list(definitions.schedules or [])) == 1


def test_snapshots_have_a_schedule_of_their_own_an_hour_later(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("GITHUB_TRAFFIC_SNAPSHOTS", "paths")
    monkeypatch.setenv("GITHUB_TRAFFIC_HOUR", "23:15")
    with time_machine.travel(NOW):
        schedule = pipeline.definitions().resolve_schedule_def("daily_snapshots")
        assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING
        assert schedule.cron_schedule == "15 0 * * *"
        assert schedule.execution_timezone == "UTC"
        assert ranges(pipeline, NOW, "daily_snapshots") == ("2026-03-10", "2026-03-10")


def test_automation_is_counted_two_hours_later_on_the_days_that_have_ended(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("GITHUB_TRAFFIC_AUTOMATION", "true")
    monkeypatch.setenv("GITHUB_TRAFFIC_HOUR", "23:15")
    with time_machine.travel(NOW):
        schedule = pipeline.definitions().resolve_schedule_def("daily_checkouts")
        assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING
        assert schedule.cron_schedule == "15 1 * * *"
        assert ranges(pipeline, NOW, "daily_checkouts") == ("2026-02-24", "2026-03-09")
    just_after_midnight = datetime(2026, 3, 11, 0, 30, tzinfo=UTC)
    with time_machine.travel(just_after_midnight):
        ended = ranges(pipeline, just_after_midnight, "daily_checkouts")
        assert ended == ("2026-02-25", "2026-03-09"), "what the day before did is told an hour on"


def test_automation_waits_for_the_historys_first_day_to_end(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("GITHUB_TRAFFIC_AUTOMATION", "true")
    monkeypatch.setenv("GITHUB_TRAFFIC_START_DATE", "2026-03-10")
    with time_machine.travel(NOW):
        schedule = pipeline.definitions().resolve_schedule_def("daily_checkouts")
        with dg.build_schedule_context(scheduled_execution_time=NOW) as tick:
            assert "ended" in str(schedule.evaluate_tick(tick).skip_message)


@pytest.mark.parametrize("name", TABLES)
def test_an_asset_explains_itself(definitions: dg.Definitions, name: str):
    node = definitions.resolve_asset_graph().get(dg.AssetKey(name))
    assert TABLES[name].grain in str(node.description)
    assert node.group_name in {"github", "raw", "golden", "snapshots", "automation"}
    assert {"deltalake"} < node.kinds
    assert node.owners == ["team:github-traffic"]
    schema = node.metadata["dagster/column_schema"]
    assert isinstance(schema, dg.TableColumnLineage | dg.TableSchema)
    columns = {column.name: column for column in schema.columns}  # type: ignore[union-attr]
    assert set(columns) == {column.name for column in TABLES[name].columns} | {"period"}
    assert all(column.description for column in columns.values())
    if node.is_executable:
        assert node.backfill_policy == dg.BackfillPolicy.single_run()


def test_partitions_are_utc_days_up_to_today_whose_day_is_partial(definitions: dg.Definitions):
    partitions = definitions.resolve_asset_graph().get(dg.AssetKey("repos")).partitions_def
    assert isinstance(partitions, dg.DailyPartitionsDefinition)
    assert partitions.timezone == "UTC"
    with time_machine.travel(NOW):
        keys = partitions.get_partition_keys()
    assert keys[0] == "2026-02-24", "the oldest day GitHub serves a newcomer"
    assert keys[-1] == "2026-03-10"


def test_the_start_stays_when_the_code_is_loaded_again_later(pipeline: Pipeline):
    with time_machine.travel(NOW):
        first = pipeline.start(pipeline.definitions())
    with time_machine.travel(NOW + timedelta(days=90)):
        assert pipeline.start(pipeline.definitions()) == first


def ranges(pipeline: Pipeline, at: datetime, name: str = "daily_collection") -> tuple[str, str]:
    schedule = pipeline.definitions().resolve_schedule_def(name)
    with dg.build_schedule_context(instance=pipeline.instance, scheduled_execution_time=at) as tick:
        (request,) = schedule.evaluate_tick(tick).run_requests or []
    tags = request.tags
    return tags["dagster/asset_partition_range_start"], tags["dagster/asset_partition_range_end"]


def test_the_schedule_is_on_daily_in_utc_and_asks_for_the_whole_window(pipeline: Pipeline):
    with time_machine.travel(NOW):
        schedule = pipeline.definitions().resolve_schedule_def("daily_collection")
        assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING
        assert schedule.cron_schedule == "0 2 * * *"
        assert schedule.execution_timezone == "UTC"
        assert ranges(pipeline, NOW) == ("2026-02-24", "2026-03-10")
    with time_machine.travel(NOW + timedelta(days=9)):
        assert ranges(pipeline, NOW + timedelta(days=9)) == ("2026-03-05", "2026-03-19")


def test_the_schedules_hour_is_a_setting(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GITHUB_TRAFFIC_HOUR", "04:45")
    schedule = pipeline.definitions().resolve_schedule_def("daily_collection")
    assert schedule.cron_schedule == "45 4 * * *"


def test_the_schedule_never_asks_for_days_before_the_history(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("GITHUB_TRAFFIC_START_DATE", "2026-03-08")
    with time_machine.travel(NOW):
        assert ranges(pipeline, NOW) == ("2026-03-08", "2026-03-10")


def test_the_token_is_in_no_resource(definitions: dg.Definitions):
    for resource in (definitions.resources or {}).values():
        assert "theSecret" not in repr(resource)


def test_the_history_can_begin_long_ago(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GITHUB_TRAFFIC_START_DATE", "2019-08-21")
    assert pipeline.start(pipeline.definitions()) == date(2019, 8, 21)


def test_a_tick_just_before_midnight_asks_for_what_the_day_of_the_run_can_have(pipeline: Pipeline):
    late = datetime(2026, 3, 10, 23, 59, tzinfo=UTC)
    with time_machine.travel(late + timedelta(seconds=90)):
        assert ranges(pipeline, late) == ("2026-02-25", "2026-03-11")
