"""The whole pipeline for tests: a simulated GitHub over HTTP, real tables, a real instance.

The clock is moved with time-machine, which GitHub, Dagster and the pipeline all read.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from github_traffic_dagster.assets.days import DayRange, current_window, ended_window, today
from github_traffic_dagster.definitions import build_definitions
from github_traffic_dagster.demo_github.clock import SimulatedClock
from github_traffic_dagster.demo_github.limits import Limits
from github_traffic_dagster.demo_github.repository import SimulatedRepository
from github_traffic_dagster.demo_github.server import GitHubServer
from github_traffic_dagster.demo_github.world import World
from github_traffic_dagster.github_api import credentials
from github_traffic_dagster.settings import load_settings
from github_traffic_dagster.traffic.window import oldest_served

TOKEN = "ghp_theSecretOfTheTests0123456789abcdef"


@dataclass
class Pipeline:
    """One user's GitHub and store."""

    world: World
    server: GitHubServer
    home: Path
    instance: dg.DagsterInstance

    def definitions(self) -> dg.Definitions:
        """The code location, loaded anew as a run worker does."""
        return build_definitions(load_settings())

    def run(
        self,
        days: DayRange | None = None,
        *,
        assets: Sequence[str] | None = None,
        definitions: dg.Definitions | None = None,
        job: str = "collect_traffic",
    ) -> dg.ExecuteInProcessResult:
        """Materialize a job's assets with their checks, or some assets, for some days."""
        credentials._KEPT.clear()  # a run has a process of its own
        definitions = definitions or self.definitions()
        days = days or current_window(self.start(definitions), today())
        if assets is None:
            ready = definitions.resolve_job_def(job)
        else:
            ready = dg.Definitions(
                assets=definitions.assets,
                resources=definitions.resources,
                executor=dg.in_process_executor,
                jobs=[dg.define_asset_job("some_assets", selection=list(assets))],
            ).resolve_job_def("some_assets")
        return ready.execute_in_process(
            instance=self.instance,
            tags=days.run_tags,
            raise_on_error=False,
        )

    def snapshots(self, days: DayRange | None = None) -> dg.ExecuteInProcessResult:
        """Run the job of the snapshots, for today by default; a setting must ask for some."""
        return self.run(days or DayRange(today(), today()), job="collect_snapshots")

    def checkouts(self, days: DayRange | None = None) -> dg.ExecuteInProcessResult:
        """Run the job of workflow runs, for what the schedule asks; a setting must ask for it."""
        ended = days or ended_window(oldest_served(today()))
        assert ended
        return self.run(ended, job="count_checkouts")

    def scheduled_run(self, at: datetime) -> dg.ExecuteInProcessResult:
        """What the daily schedule would run at a tick."""
        definitions = self.definitions()
        schedule = definitions.resolve_schedule_def("daily_collection")
        with dg.build_schedule_context(instance=self.instance, scheduled_execution_time=at) as tick:
            request = schedule.evaluate_tick(tick).run_requests[0]  # type: ignore[index]
        job = definitions.resolve_job_def("collect_traffic")
        return job.execute_in_process(
            instance=self.instance, tags=dict(request.tags), raise_on_error=False
        )

    @staticmethod
    def start(definitions: dg.Definitions) -> date:
        """The partitions' first day."""
        assets = definitions.resolve_asset_graph()
        partitions = assets.get(dg.AssetKey("repos")).partitions_def
        assert isinstance(partitions, dg.DailyPartitionsDefinition)
        return partitions.start.date()

    def table(self, name: str) -> pl.DataFrame:
        """A table as any reader sees it."""
        return pl.read_delta(str(self.home / "store" / "github_traffic" / name))

    def files(self) -> dict[str, bytes]:
        """Every file below the store, for before-and-after comparisons."""
        root = self.home / "store"
        return {str(path): path.read_bytes() for path in root.rglob("*") if path.is_file()}

    def materialized(self, asset: str) -> set[str]:
        """The partitions Dagster shows as materialized."""
        return set(self.instance.get_materialized_partitions(dg.AssetKey(asset)))

    def add_repository(
        self,
        full_name: str,
        views: Mapping[date, tuple[int, int]] | None = None,
        clones: Mapping[date, tuple[int, int]] | None = None,
        created_at: datetime = datetime(2020, 1, 1, tzinfo=UTC),
    ) -> SimulatedRepository:
        """A repository with its true traffic."""
        return self.world.add_repository(
            full_name, views=views or {}, clones=clones or {}, created_at=created_at
        )


@contextmanager
def running_pipeline(
    home: Path,
    patch: pytest.MonkeyPatch,
    *,
    limits: Limits | None = None,
) -> Iterator[Pipeline]:
    """A pipeline below an empty `home`, with one user `me` whose token is `TOKEN`."""
    world = World(SimulatedClock())
    world.add_user("me")
    world.add_token(TOKEN, "me")
    instance_folder = home / "dagster_home"
    instance_folder.mkdir(parents=True)
    (instance_folder / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    for name in [name for name in os.environ if name.startswith(("GITHUB_", "DAGSTER_"))]:
        patch.delenv(name)
    patch.chdir(home)
    with GitHubServer(world, limits=limits or Limits()) as server:
        patch.setenv("GITHUB_TOKEN", TOKEN)
        patch.setenv("GITHUB_API_URL", server.url)
        patch.setenv("GITHUB_TRAFFIC_HOME", str(home))
        patch.setenv("DAGSTER_HOME", str(instance_folder))
        with dg.DagsterInstance.get() as instance:
            yield Pipeline(world, server, home, instance)


def failure_texts(result: dg.ExecuteInProcessResult) -> dict[str, str]:
    """What each failed step says: its failure's description, or its error."""
    texts = {}
    for event in result.all_events:
        if event.is_step_failure:
            data = event.step_failure_data
            said = data.user_failure_data.description if data.user_failure_data else None
            texts[str(event.step_key)] = said or (data.error.to_string() if data.error else "")
    return texts
