"""From an answer of GitHub to observations: the rows of `raw_views` and `raw_clones`.

An observation is what was seen, never what is believed: later answers add rows and change none.
Days that an answer leaves out become explicit zeros where the window proves them
(`window.window_bounds`), so that zero and unknown stay different things.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

import polars as pl

from github_traffic_dagster.traffic.answers import DayEntry, WindowAnswer
from github_traffic_dagster.traffic.tables import RAW_COLUMNS, polars_schema
from github_traffic_dagster.traffic.window import utc_day, window_bounds

IMPORTED: Final = "import:"
"""What the source of an observation begins with that another tool kept; the tool's name follows."""

_SCHEMA = polars_schema(RAW_COLUMNS)
_SEEN = pl.Schema({name: dtype for name, dtype in _SCHEMA.items() if name != "run_id"})


class Source(StrEnum):
    """Where an observation comes from; imports of older history begin with `IMPORTED`."""

    GITHUB = "github"
    """An entry of the answer."""
    GITHUB_OLDEST = "github_oldest"
    """The entry of the window's oldest day, which GitHub may have truncated: a lower bound."""
    GITHUB_ZERO = "github_zero"
    """No entry, within the part of the window that proves zero traffic."""


def observe(answer: WindowAnswer) -> Iterator[tuple[DayEntry, Source]]:
    """All that one answer tells, oldest day first."""
    bounds = window_bounds(answer)
    named = {entry.day: entry for entry in answer.entries}
    for entry in answer.entries:
        if entry.day <= bounds.uncertain:
            yield entry, Source.GITHUB_OLDEST
    day = max(bounds.uncertain + timedelta(days=1), utc_day(answer.created_at))
    while day <= bounds.proven_until:
        if day not in named:
            yield DayEntry(day, 0, 0), Source.GITHUB_ZERO
        day += timedelta(days=1)
    for entry in answer.entries:
        if entry.day > bounds.uncertain:
            yield entry, Source.GITHUB


def observations_frame(
    answers: Iterable[WindowAnswer], *, run_id: str, first_day: date, last_day: date
) -> pl.DataFrame:
    """The observations of all `answers` for the traffic days `first_day` to `last_day`.

    Returns:
        One row per observation in the columns of the raw tables, sorted by repository and day.
    """
    rows = [
        (
            answer.repo_id,
            answer.full_name,
            entry.day,
            entry.count,
            entry.uniques,
            answer.observed_at,
            source.value,
        )
        for answer in answers
        for entry, source in observe(answer)
        if first_day <= entry.day <= last_day
    ]
    frame = pl.DataFrame(rows, schema=_SEEN, orient="row")
    # One text for all rows, not one each.
    return frame.with_columns(run_id=pl.lit(run_id)).select(_SCHEMA.names()).sort("repo_id", "day")
