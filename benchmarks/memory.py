"""The memory it takes to ask GitHub for many repositories, and that it stays flat.

    python benchmarks/memory.py [--repositories 1000 --repositories 50000]

One process lists them, asks for all views and all clones as the assets do, with the answers of the
run before remembered, and ends with the rows that would be stored. Its peak of resident memory is
told for each step. Without GitHub's points a minute: see `without_minutes.py`.
"""

import multiprocessing
import time
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import click
from pydantic import SecretStr
from results_file import tell
from simulated_github import TOKEN, github
from without_minutes import lift_the_minute


def peak_mb(process: int | str = "self") -> int:
    """The most memory a process ever held (https://man7.org/linux/man-pages/man5/proc.5.html)."""
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def measured(connection: Connection, url: str) -> None:
    """Collect twice, and send the peaks."""
    lift_the_minute()
    from github_traffic_dagster.assets.collection import gather  # noqa: PLC0415 - counted below
    from github_traffic_dagster.assets.days import DayRange  # noqa: PLC0415
    from github_traffic_dagster.assets.looks import Looks  # noqa: PLC0415
    from github_traffic_dagster.github_api.access import Access  # noqa: PLC0415
    from github_traffic_dagster.github_api.conversation import Conversation  # noqa: PLC0415
    from github_traffic_dagster.github_api.inventory import list_repositories  # noqa: PLC0415
    from github_traffic_dagster.github_api.routing import collect_windows  # noqa: PLC0415
    from github_traffic_dagster.github_api.selection import Selection  # noqa: PLC0415
    from github_traffic_dagster.store.latest_answers import SCHEMA  # noqa: PLC0415
    from github_traffic_dagster.traffic.answers import Metric  # noqa: PLC0415
    from github_traffic_dagster.traffic.listings import listing_frame, targets  # noqa: PLC0415
    from github_traffic_dagster.traffic.window import oldest_served  # noqa: PLC0415

    today = datetime.now(UTC).date()
    days = DayRange(oldest_served(today), today)
    peaks: dict[str, Any] = {"imports": peak_mb()}
    begun = time.perf_counter()
    with Conversation.open(Access(token=SecretStr(TOKEN), api_url=url)) as conversation:
        inventory = list_repositories(conversation, Selection())
        listing = listing_frame(inventory.repositories, first_day=days.first, last_day=days.last)
        del inventory
        peaks["the list and its rows"] = peak_mb()
        wanted = targets(listing.lazy())
        del listing
        latest = SCHEMA.to_frame()
        for look in ("first look", "second look, answers remembered"):
            for metric in Metric:
                looks = Looks(latest)
                found = collect_windows(conversation, wanted, metric, memory=looks.remembered)
                collection = gather(found, metric, days, run_id="run")
                rows = collection.observations.height
                if metric is Metric.VIEWS:
                    latest = collection.latest
                peaks[f"{look}: {metric}"] = peak_mb()
                # As between the steps of a run.
                del collection, found, looks
    peaks["rows"] = rows
    peaks["seconds"] = round(time.perf_counter() - begun)
    connection.send(peaks)


@click.command()
@click.option("--repositories", multiple=True, default=(1000, 10_000, 50_000), show_default=True)
def main(*, repositories: tuple[int, ...]) -> None:
    """Print the peaks for each number of repositories, in MB."""
    spawn = multiprocessing.get_context("spawn")
    found = {}
    for number in repositories:
        with github(number, latency=0.0) as served:
            ours, theirs = spawn.Pipe(duplex=False)
            process = spawn.Process(target=measured, args=(theirs, served.url))
            process.start()
            theirs.close()
            found[str(number)] = ours.recv()
            process.join()
    tell("memory", {"peak_mb": found})


if __name__ == "__main__":
    main()
