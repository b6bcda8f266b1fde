"""The two that are compared: our store, and the stock dagster-deltalake-polars IO manager.

The stock one writes a folder a day, one partition a run, and replaces it. Its tables here get the
same rows of the day that ours get.
"""

import time
from collections.abc import Mapping
from functools import cache
from typing import Final, Protocol

import dagster as dg
import polars as pl
from dagster_deltalake import S3Config
from dagster_deltalake.config import ClientConfig
from dagster_deltalake_polars import DeltaLakePolarsIOManager

from github_traffic_dagster.store.place import Place
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.golden import golden_from_observations
from github_traffic_dagster.traffic.tables import GOLDEN, RAW, REPOS, TABLES
from reliability.emulators import ObjectStore
from reliability.looks import WINDOW, Look
from reliability.runs import Step, our_writer, run
from reliability.states import (
    State,
    duplicate_keys,
    golden_as_undisturbed,
    golden_is_the_greatest,
)

IMPATIENT: Final[Mapping[str, str]] = {"timeout": "500ms", "retry_timeout": "1500ms"}
"""For faults that show only when the client's patience ends; the product waits 10 s and 20 s."""

_QUIET: Final = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
_BY_DAY: Final = {"partition_expr": "day"}
_PARTITIONS: Final = dg.DailyPartitionsDefinition(start_date="2026-01-01", end_offset=400)


class Side(Protocol):
    """Something that stores what a run looked at.

    Attributes:
        name: as tables call it, and what its prefixes begin with.
    """

    name: str

    def run(
        self,
        store: ObjectStore,
        prefix: str,
        look: Look,
        *,
        url: str | None = None,
        impatient: bool = False,
    ) -> list[Step]:
        """Store a look below a prefix of the bucket, through a proxy at `url` if given."""

    def healed(self, now: State, undisturbed: State) -> bool:
        """Whether the tables are as after a history without any fault."""


def places(
    store: ObjectStore, prefix: str, *, url: str | None = None, impatient: bool = False
) -> dict[str, Place]:
    """Places of the tables below a prefix of the bucket."""
    options = {**store.options(url), **(IMPATIENT if impatient else {})}
    return {name: Place(f"{store.root}/{prefix}/{name}", options) for name in TABLES}


class Ours:
    """`github_traffic_dagster.io_manager.write` for whole windows, as the assets use it."""

    name = "ours"

    def run(
        self,
        store: ObjectStore,
        prefix: str,
        look: Look,
        *,
        url: str | None = None,
        impatient: bool = False,
    ) -> list[Step]:
        """Store a look."""
        return run(our_writer(places(store, prefix, url=url, impatient=impatient), look))

    def healed(self, now: State, undisturbed: State) -> bool:
        """Golden as undisturbed, as its rule makes it of raw, and no key twice anywhere."""
        return (
            golden_as_undisturbed(now, undisturbed)
            and golden_is_the_greatest(now)
            and duplicate_keys(now) == 0
        )


class Stock:
    """`DeltaLakePolarsIOManager` in its default mode, within real Dagster runs."""

    name = "stock"

    def run(
        self,
        store: ObjectStore,
        prefix: str,
        look: Look,
        *,
        url: str | None = None,
        impatient: bool = False,
    ) -> list[Step]:
        """Store the look's own day; of the first look every day, a run each."""
        manager = _stock_manager(store, prefix, url, impatient=impatient)
        steps: list[Step] = []
        for number in range(1 - WINDOW if look.number == 0 else 0, 1):
            part = Look(look.run_id, look.number + number, look.hour)
            begun = time.monotonic()
            result = dg.materialize(
                _stock_assets(part),
                partition_key=str(part.day),
                resources={"io_manager": manager},
                run_config=_QUIET,
                instance=_instance(),
                raise_on_error=False,
            )
            steps += _steps(result, time.monotonic() - begun)
        return steps

    def healed(self, now: State, undisturbed: State) -> bool:
        """Every table as undisturbed: nothing of an earlier run is kept by design."""
        return all(rows.equals(undisturbed[name]) for name, rows in now.items())


@cache
def _instance() -> dg.DagsterInstance:
    """One for all runs of a process: making one takes longer than some of them."""
    return dg.DagsterInstance.ephemeral()


def _stock_manager(
    store: ObjectStore, prefix: str, url: str | None, *, impatient: bool
) -> DeltaLakePolarsIOManager:
    return DeltaLakePolarsIOManager(
        root_uri=store.root,
        schema=prefix,
        storage_options=S3Config(
            endpoint=url or store.url,
            access_key_id="test",
            secret_access_key="test",  # noqa: S106 - an emulator's
            region="us-east-1",
        ),
        client_options=ClientConfig(allow_http=True, timeout="500ms" if impatient else None),
    )


def _stock_assets(look: Look) -> list[dg.AssetsDefinition]:
    def own_day(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.filter(pl.col("day") == look.day)

    @dg.asset(name=REPOS.name, partitions_def=_PARTITIONS, metadata=_BY_DAY)
    def repos() -> pl.DataFrame:
        return own_day(look.listing())

    assets = [repos]
    for metric in Metric:
        assets += _stock_assets_of(metric, own_day(look.observations(metric)))
    return assets


def _stock_assets_of(metric: Metric, observations: pl.DataFrame) -> list[dg.AssetsDefinition]:
    raw_name, golden_name = RAW[metric].name, GOLDEN[metric].name

    @dg.asset(name=raw_name, deps=[REPOS.name], partitions_def=_PARTITIONS, metadata=_BY_DAY)
    def raw() -> pl.DataFrame:
        return observations

    @dg.asset(
        name=golden_name,
        ins={"rows": dg.AssetIn(raw_name)},
        partitions_def=_PARTITIONS,
        metadata=_BY_DAY,
    )
    def golden(rows: pl.DataFrame) -> pl.DataFrame:
        return golden_from_observations(rows.lazy()).collect()

    return [raw, golden]


def _steps(result: dg.ExecuteInProcessResult, seconds_of_all: float) -> list[Step]:
    """How a run's steps ended; Dagster does not tell how long a failed one took."""
    steps = []
    for event in result.all_events:
        if event.is_step_success:
            seconds = event.step_success_data.duration_ms / 1000
            steps.append(Step(str(event.step_key), "", clear=True, seconds=seconds))
        elif event.is_step_failure and event.step_failure_data.error:
            text = event.step_failure_data.error.to_string()
            steps.append(Step(str(event.step_key), text, clear=False, seconds=seconds_of_all))
    return steps
