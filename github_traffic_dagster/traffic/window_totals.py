"""The totals of whole windows: what no sum of days can give.

Whoever comes on two days is one unique visitor of the window and one of each day (a recorded case:
4 against a sum of 11). So GitHub's own figure for two weeks is kept from every answer.
"""

from collections.abc import Iterable

import polars as pl

from github_traffic_dagster.traffic.answers import Metric, WindowAnswer
from github_traffic_dagster.traffic.tables import WINDOW_TOTALS
from github_traffic_dagster.traffic.window import utc_day, window_bounds


def window_totals_frame(
    answers: Iterable[WindowAnswer], metric: Metric, *, run_id: str
) -> pl.DataFrame:
    """A row for each answer, whatever days its run was asked for.

    Returns:
        The columns of `raw_window_totals`, sorted by repository.
    """
    rows = []
    for answer in answers:
        bounds = window_bounds(answer)
        rows.append(
            (
                answer.repo_id,
                answer.full_name,
                utc_day(answer.observed_at),
                metric.value,
                bounds.uncertain,
                bounds.proven_until,
                answer.totals.count,
                answer.totals.uniques,
                answer.observed_at,
                run_id,
            )
        )
    return pl.DataFrame(rows, schema=WINDOW_TOTALS.schema, orient="row").sort("repo_id")


def latest_totals(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Of each repository and metric what the latest look told.

    Args:
        rows: of `raw_window_totals`, in any order, with any repetition.
    """
    in_order = rows.sort("day", "observed_at", "run_id")
    return in_order.unique(("repo_id", "metric"), keep="last", maintain_order=True)
