"""The Dagster code location: the only place that wires settings, store, GitHub and assets."""

import warnings

import dagster as dg

from github_traffic_dagster.assets.automation import checkouts_asset, estimate_asset
from github_traffic_dagster.assets.automation_checks import automation_checks
from github_traffic_dagster.assets.checks import golden_checks, raw_check, repos_checks
from github_traffic_dagster.assets.databricks_publication import databricks_publication
from github_traffic_dagster.assets.days import daily_partitions, today
from github_traffic_dagster.assets.github_resource import GitHub
from github_traffic_dagster.assets.golden import golden_asset
from github_traffic_dagster.assets.golden_on_engine import golden_asset_on
from github_traffic_dagster.assets.progress import LogProgress, Progress
from github_traffic_dagster.assets.raw import raw_asset
from github_traffic_dagster.assets.report import report_asset
from github_traffic_dagster.assets.repos import repos_asset
from github_traffic_dagster.assets.snapshot_checks import snapshot_checks
from github_traffic_dagster.assets.snapshots import snapshot_asset, window_totals_spec
from github_traffic_dagster.golden_engine import golden_carrier
from github_traffic_dagster.history_start import history_start
from github_traffic_dagster.io_manager import TrafficStore, table_places, traffic_io_manager
from github_traffic_dagster.jobs import COLLECT_TRAFFIC, automation_job, snapshot_job
from github_traffic_dagster.report.reading import Scope
from github_traffic_dagster.schedules import automation_schedule, daily_schedule, snapshot_schedule
from github_traffic_dagster.settings import Settings, load_settings
from github_traffic_dagster.traffic.answers import Metric


def build_definitions(settings: Settings, progress: Progress | None = None) -> dg.Definitions:
    """Wire everything for the given settings.

    Args:
        settings: where the store lies, what is collected, when.
        progress: how far a collection is; by default lines in the run's log.
    """
    root = settings.root
    start = history_start(settings, table_places(root), today=today())
    partitions = daily_partitions(start)
    published = settings.publication() is not None
    kinds = settings.snapshots
    snapshots = [snapshot_job(kinds)] if kinds else []
    automation = [automation_job()] if settings.automation else []
    with warnings.catch_warnings():
        # `backfill_policy` is marked beta in 1.13; a user can do nothing about it.
        warnings.simplefilter("ignore", dg.BetaWarning)
        return dg.Definitions(
            assets=[
                repos_asset(partitions),
                *(raw_asset(metric, partitions) for metric in Metric),
                *_golden_assets(settings, partitions),
                *([databricks_publication()] if published else []),
                *_report(settings),
                window_totals_spec(partitions),
                *(snapshot_asset(kind, partitions, kinds=kinds) for kind in kinds),
                *([checkouts_asset(partitions), estimate_asset(partitions)] if automation else []),
            ],
            asset_checks=[
                *repos_checks(),
                *(raw_check(metric) for metric in Metric),
                *(golden_checks(metric) for metric in Metric),
                *(snapshot_checks(kind) for kind in kinds),
                *(automation_checks() if automation else []),
            ],
            jobs=[COLLECT_TRAFFIC, *snapshots, *automation],
            schedules=[
                daily_schedule(cron=settings.cron, start=start),
                *(snapshot_schedule(job, cron=settings.cron) for job in snapshots),
                *(automation_schedule(job, cron=settings.cron, start=start) for job in automation),
            ],
            sensors=_alert_sensors(settings),
            resources={
                "io_manager": traffic_io_manager(root, settings.time_travel_days),
                "store": TrafficStore(root_uri=root, time_travel_days=settings.time_travel_days),
                "github": GitHub.from_settings(settings),
                "progress": progress or LogProgress(),
            },
            executor=dg.in_process_executor,
        )


def _golden_assets(
    settings: Settings, partitions: dg.DailyPartitionsDefinition
) -> list[dg.AssetsDefinition]:
    carrier = golden_carrier(settings)
    if carrier is None:
        return [golden_asset(metric, partitions) for metric in Metric]
    return [golden_asset_on(carrier, metric, partitions) for metric in Metric]


def _alert_sensors(settings: Settings) -> list[dg.SensorDefinition]:
    """The alerts, where there is somebody to tell."""
    if not settings.alerts_on:
        return []
    from github_traffic_dagster.sensors import alert_sensors  # noqa: PLC0415 - off by default

    return alert_sensors()


def _report(settings: Settings) -> list[dg.AssetsDefinition]:
    """The report, where there is a place for it."""
    if not settings.report:
        return []
    scope = Scope(private=settings.report_private, plotted=settings.report_plotted)
    events, kinds = settings.report_events, settings.snapshots
    return [report_asset(settings.report, scope, events, kinds=kinds)]


@dg.definitions
def github_traffic() -> dg.Definitions:
    """The definitions of this environment's settings."""
    return build_definitions(load_settings())
