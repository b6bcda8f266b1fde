"""Two months of more repositories than a token's budget: what is lost, and what was foretold.

    python benchmarks/two_months.py [--repositories 30000] [--budget 5000] [--days 61]

The planner alone, without network: each day a run that may spend `budget` requests on the list and
on views and clones. Repositories without any traffic answer the same every day: once looked at,
they cost nothing. How many there are of them decides how far a budget reaches.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Final

import click
from results_file import tell

from github_traffic_dagster.assets.github_resource import calls_besides
from github_traffic_dagster.github_api.planner import (
    LONGEST_GAP,
    Candidate,
    forecast,
    in_order_of_urgency,
    within_budget,
)
from github_traffic_dagster.traffic.answers import Metric, Target

_FIRST: Final = date(2026, 1, 1)
_LONG_AGO: Final = datetime(2020, 1, 1, tzinfo=UTC)
_QUIET_PERCENT: Final = (0, 10, 25, 50, 75)


def lived(repositories: int, budget: int, days: int, quiet_percent: int) -> dict[str, object]:
    """Live through the days with so many repositories that never have any traffic."""
    now = [
        Candidate(Target(number, f"o/r{number:05}", _LONG_AGO, _LONG_AGO), None)
        for number in range(repositories)
    ]
    quiet = {number for number in range(repositories) if number % 100 < quiet_percent}
    allowed = (budget - calls_besides(repositories, len(Metric))) // len(Metric)
    longest = lost = 0
    for ahead in range(days):
        today = _FIRST + timedelta(days=ahead)
        ordered = in_order_of_urgency(now, today=today, affordable=allowed)
        turn = list(within_budget(ordered, allowed))
        for one in turn:
            number = one.target.repo_id
            if one.last_look:
                gap = (today - one.last_look).days
                longest = max(longest, gap)
                lost += max(gap - LONGEST_GAP, 0)
            now[number] = Candidate(one.target, today, free=number in quiet)
        spent = sum(not one.free for one in turn)
    told_at_the_end = forecast(now, today=today, affordable=spent)
    unseen = sum(one.last_look is None for one in now)
    return {
        "quiet_percent": quiet_percent,
        "longest_gap_days": longest,
        "repository_days_lost": lost,
        "never_looked_at": unseen,
        "foretold": told_at_the_end.as_record(
            calls_besides(repositories, len(Metric)), windows=len(Metric)
        )
        | {"first": []},
    }


@click.command()
@click.option("--repositories", default=30_000, show_default=True)
@click.option("--budget", default=5000, show_default=True, help="Requests a day.")
@click.option("--days", default=61, show_default=True)
def main(*, repositories: int, budget: int, days: int) -> None:
    """Print what was lost, for different shares of quiet repositories."""
    tell(
        "two_months",
        {
            "repositories": repositories,
            "budget": budget,
            "days": days,
            "lived": [
                lived(repositories, budget, days, quiet_percent) for quiet_percent in _QUIET_PERCENT
            ],
        },
    )


if __name__ == "__main__":
    main()
