"""How much of what GitHub's limits allow is used, and that none is ever exceeded.

    python benchmarks/limits.py [--repositories 1800] [--latency 0.1] [--workers 100]

The simulated GitHub enforces 100 requests at once and 900 points a minute, and counts whoever tries
to exceed one. What the limits allow: 900 at once, then as many with each minute that begins.
"""

import time
from typing import Final

import click
from pydantic import SecretStr
from results_file import tell
from simulated_github import TOKEN, github

from github_traffic_dagster.demo_github.limits import Limits
from github_traffic_dagster.github_api.access import POINTS_PER_MINUTE, Access
from github_traffic_dagster.github_api.conversation import Conversation
from github_traffic_dagster.github_api.inventory import list_repositories
from github_traffic_dagster.github_api.routing import collect_windows
from github_traffic_dagster.github_api.selection import Selection
from github_traffic_dagster.traffic.answers import Metric, Target

_MINUTE: Final = 60.0
_LIMITS: Final = Limits(hourly=10**9)


@click.command()
@click.option("--repositories", default=1800, show_default=True)
@click.option("--latency", default=0.1, show_default=True, help="Seconds every answer takes.")
@click.option("--workers", default=100, show_default=True)
def main(*, repositories: int, latency: float, workers: int) -> None:
    """Print the rate that was reached, beside the one allowed."""
    waits: list[str] = []
    with github(repositories, latency=latency, limits=_LIMITS) as served:
        access = Access(
            token=SecretStr(TOKEN), api_url=served.url, workers=workers, max_wait=86_400
        )
        begun = time.perf_counter()
        with Conversation.open(access, on_wait=lambda _, why: waits.append(why)) as conversation:
            listed = list_repositories(conversation, Selection()).repositories
            targets = [
                Target(one.repo_id, one.full_name, one.created_at, one.observed_at)
                for one in listed
            ]
            for metric in Metric:
                outcomes = list(collect_windows(conversation, targets, metric))
                if not all(outcome.collected for outcome in outcomes):
                    raise RuntimeError("not everything was collected")
            sent = conversation.calls_made
        took = time.perf_counter() - begun
        counted = served.figures()
    full_minutes = (sent - 1) // POINTS_PER_MINUTE
    least = full_minutes * _MINUTE
    tell(
        "limits",
        {
            "repositories": repositories,
            "latency_s": latency,
            "workers": workers,
            "requests": sent,
            "seconds": round(took, 1),
            "least_seconds_allowed": least,
            "share_of_the_allowed_rate": round(least / took, 3),
            "violations": counted.violations,
            "most_at_once": counted.most_under_way,
            "waits_told": len(waits),
        },
    )


if __name__ == "__main__":
    main()
