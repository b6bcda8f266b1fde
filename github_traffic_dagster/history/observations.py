"""From what foreign files tell to rows of the raw tables.

An import's rows name the tool in `source`, and in `run_id` what they say: the same file imported
again, also after it has grown, adds only what is new, whatever files it comes in.

`observed_at` is the time of the look where the file proves it. Where it does not, it is the
beginning of the traffic day itself: that somebody looked then or later is all that is certain. So
such a row never makes a day complete, never makes a look at GitHub seem fresher than it was, and
never gives a repository back a name that it no longer has. The file's own time would do all three.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time
from typing import Final

import polars as pl

from github_traffic_dagster.history.identities import Identified
from github_traffic_dagster.history.told import Told
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.observations import IMPORTED
from github_traffic_dagster.traffic.tables import RAW_COLUMNS, polars_schema

_SCHEMA: Final = polars_schema(RAW_COLUMNS)
_KEY: Final = ("repo_id", "day", "run_id")


def imported_frames(
    told: Iterable[Told], identified: Identified, form: str
) -> dict[Metric, pl.DataFrame]:
    """The rows whose repository is known.

    Args:
        told: rows of foreign files.
        identified: whose they are.
        form: the format's name.

    Returns:
        For each metric rows in the columns of the raw tables.
    """
    source = f"{IMPORTED}{form}"
    rows: dict[Metric, set[tuple[object, ...]]] = {metric: set() for metric in Metric}
    for one in told:
        who = identified.found.get((one.repository, one.repo_id))
        if who is None:
            continue
        said = f"{one.count}/{'?' if one.uniques is None else one.uniques}"
        at = f" {one.looked_at:%Y-%m-%dT%H:%M:%SZ}" if one.looked_at else ""
        observed_at = one.looked_at or datetime.combine(one.day, time.min, tzinfo=UTC)
        rows[one.metric].add(
            (
                who.repo_id,
                who.full_name,
                one.day,
                one.count,
                one.uniques,
                observed_at,
                f"{source} {said}{at}",
                source,
            )
        )
    return {
        metric: pl.DataFrame(list(found), schema=_SCHEMA, orient="row")
        for metric, found in rows.items()
    }


def together(frames: Iterable[Mapping[Metric, pl.DataFrame]]) -> dict[Metric, pl.DataFrame]:
    """The rows of several imports, each key once, sorted by it."""
    frames = list(frames)
    return {
        metric: pl.concat([_SCHEMA.to_frame(), *(one[metric] for one in frames)])
        .sort(*_KEY, "full_name")
        .unique(_KEY, keep="first", maintain_order=True)
        for metric in Metric
    }
