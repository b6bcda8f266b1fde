"""How long it takes to ask GitHub for everything, beside the notebook's way.

    python benchmarks/collecting.py [--repositories 60] [--latency 0.1] [--rounds 3]

The notebook's way is PyGithub as it comes: one repository after the other, thirty a page. Both ask
the same simulated GitHub, which runs in a process of its own and answers after `latency` seconds.
The wall is what the latency alone would take: proving the token, one page of the list after the
other, and the windows, a hundred at once.
"""

import statistics
import time
from collections.abc import Callable
from typing import Final

import click
from github import Auth, Github
from pydantic import SecretStr
from results_file import tell
from simulated_github import TOKEN, github

from github_traffic_dagster.github_api.access import MOST_AT_ONCE, Access
from github_traffic_dagster.github_api.conversation import Conversation
from github_traffic_dagster.github_api.inventory import list_repositories
from github_traffic_dagster.github_api.pages import PER_PAGE
from github_traffic_dagster.github_api.routing import collect_windows
from github_traffic_dagster.github_api.selection import Selection
from github_traffic_dagster.traffic.answers import Metric, Target

WORKERS: Final = (16, 32, 64, 100)


def the_notebooks_way(url: str) -> int:
    """Windows collected."""
    client = Github(auth=Auth.Token(TOKEN), base_url=url)
    windows = 0
    for repository in client.get_user().get_repos():
        windows += repository.get_views_traffic(per="day") is not None
        windows += repository.get_clones_traffic(per="day") is not None
    client.close()
    return windows


def our_way(url: str, workers: int) -> int:
    """Windows collected."""
    access = Access(token=SecretStr(TOKEN), api_url=url, workers=workers)
    with Conversation.open(access) as conversation:
        listed = list_repositories(conversation, Selection()).repositories
        targets = [
            Target(one.repo_id, one.full_name, one.created_at, one.observed_at) for one in listed
        ]
        return sum(
            outcome.collected
            for metric in Metric
            for outcome in collect_windows(conversation, targets, metric)
        )


def seconds(work: Callable[[], int], expected: int) -> float:
    """How long it took to collect so many windows."""
    begun = time.perf_counter()
    if work() != expected:
        raise RuntimeError("not everything was collected")
    return time.perf_counter() - begun


@click.command()
@click.option("--repositories", default=60, show_default=True)
@click.option("--latency", default=0.1, show_default=True, help="Seconds every answer takes.")
@click.option("--rounds", default=3, show_default=True, help="Of which the median counts.")
@click.option("--notebook/--no-notebook", default=True, help="Its way takes its time.")
def main(*, repositories: int, latency: float, rounds: int, notebook: bool) -> None:
    """Print both sides and the ratio."""
    windows = repositories * len(Metric)
    with github(repositories, latency=latency) as served:
        theirs = seconds(lambda: the_notebooks_way(served.url), windows) if notebook else None
        ours = {
            workers: statistics.median(
                seconds(lambda workers=workers: our_way(served.url, workers), windows)
                for _ in range(rounds)
            )
            for workers in WORKERS
        }
        counted = served.figures()
    answers = 1 + -(-repositories // PER_PAGE) + len(Metric) * -(-repositories // MOST_AT_ONCE)
    tell(
        "collecting",
        {
            "repositories": repositories,
            "latency_s": latency,
            "notebook_s": theirs and round(theirs, 2),
            "ours_s": {str(workers): round(took, 2) for workers, took in ours.items()},
            "wall_s": round(answers * latency, 2),
            "ratio": {
                str(workers): round(theirs / took, 1) for workers, took in ours.items() if theirs
            },
            "violations": counted.violations,
        },
    )


if __name__ == "__main__":
    main()
