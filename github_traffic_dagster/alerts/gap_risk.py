"""Which repositories were not looked at for so long that days will be lost, which, and by when.

The figures are those of `traffic.window` and of the planner: every ten days keep every number
certain, every twelve every day with traffic. Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

import polars as pl

from github_traffic_dagster.alerts.alert import RISK, Alert
from github_traffic_dagster.github_api.planner import LONGEST_GAP, SAFE_GAP
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.window import (
    first_unseen,
    last_day_before_loss,
    last_safe_day,
    youngest_lost,
)

NOTICE: Final = 2
"""Days before the last safe one. With it, three days are left; weekly runs are no risk."""
NEVER_NOTICE: Final = 3
"""Days after which a repository that never answered is told; it loses a day every day."""

_NAMED: Final = 20
_NO_ACCESS: Final = "no push access any more"
_ALL: Final = (
    "To do: see that the daemon is up, the schedule is on and its runs succeed; or run now: "
    "github-traffic collect"
)
_SOME: Final = (
    "To do: see why these are not collected; the run names the reason. Those that are not wanted: "
    "leave them out with GITHUB_TRAFFIC_EXCLUDE."
)


@dataclass(frozen=True)
class Situation:
    """What is known of the looks at GitHub.

    Attributes:
        looks: as `last_looks` gives them.
        newest: the day (UTC) of the latest look at any repository; None if there was none.
        left_for_later: the latest run left repositories for the next ones, as GitHub's budget
            does not reach for all: old looks are then part of its plan.
        reasons: why repositories were not collected by the latest run, by their names, unless
            they were left for later.
        outlook: what the plan will lose, a line for each metric; empty if nothing.
    """

    looks: pl.DataFrame
    newest: date | None
    left_for_later: bool = False
    reasons: Mapping[str, str] = field(default_factory=dict)
    outlook: tuple[str, ...] = ()

    def planned(self, today: date) -> bool:
        """Whether old looks are part of a plan that is being followed."""
        followed = self.newest is not None and today - self.newest <= timedelta(days=1)
        return self.left_for_later and followed


def last_looks(listing: pl.DataFrame, looks: Mapping[Metric, pl.DataFrame]) -> pl.DataFrame:
    """The look that is longest ago, of those at the metrics of each listed repository.

    Args:
        listing: as `traffic.listings.latest_listing` gives it.
        looks: `repo_id, observed_at` for each metric.

    Returns:
        The listing with `last_look`, a day (UTC), null where a metric was never looked at.
    """
    frame = listing
    for metric, seen in looks.items():
        days = seen.select("repo_id", pl.col("observed_at").dt.date().alias(metric.value))
        frame = frame.join(days, on="repo_id", how="left")
    metrics = [metric.value for metric in looks]
    missing = pl.any_horizontal(pl.col(metrics).is_null())
    return frame.with_columns(last_look=pl.when(~missing).then(pl.min_horizontal(metrics))).drop(
        metrics
    )


def gap_risk(situation: Situation, today: date) -> Alert | None:
    """The alert, or None where every repository was looked at in time."""
    at_risk = _at_risk(situation, today)
    if at_risk.is_empty():
        return _too_slow(situation)
    since = at_risk["last_look"].drop_nulls()
    oldest = since.min()
    nothing = situation.newest is not None and today >= _told_from(situation.newest)
    who = f"{at_risk.height} repositories" if at_risk.height > 1 else at_risk["full_name"][0]
    title = (
        f"Nothing was collected since {situation.newest}" if nothing else f"Not collected: {who}"
    )
    if isinstance(oldest, date):
        end = last_day_before_loss(oldest)
        lost = f"days are lost after {end}" if today <= end else "days are being lost"
    else:
        lost = "days are being lost"
    groups = _groups(at_risk, situation.reasons, today)
    lines = (*groups, *situation.outlook, _ALL if nothing else _SOME)
    return Alert(RISK, f"{title}: {lost}", lines)


def deadline(last_look: date, today: date) -> str:
    """What is lost by when, of a repository last looked at on a day."""
    safe, end = last_safe_day(last_look), last_day_before_loss(last_look)
    first = first_unseen(last_look)
    after = f"days from {first} on are lost, one more each day"
    if today <= safe:
        return f"Looked at again by {safe}, no day is lost. After {end}, {after}."
    if today <= end:
        return (
            f"Looked at again by {end}, every day with traffic is still seen, but some numbers "
            f"stay too low. After that, {after}."
        )
    gone = youngest_lost(today)
    sure = f"; {first} to {gone} are gone for good" if gone >= first else ""
    return f"Days from {first} on are being lost, one more each day{sure}."


def at_stake(situation: Situation, today: date) -> str:
    """What a failing run puts at risk: the repository that was looked at longest ago."""
    theirs = situation.looks.filter("traffic_access")["last_look"].drop_nulls()
    oldest = theirs.min()
    if not isinstance(oldest, date):
        return "Nothing was collected so far. GitHub forgets a day two weeks after it."
    return f"Last look on {oldest}. {deadline(oldest, today)}"


def _at_risk(situation: Situation, today: date) -> pl.DataFrame:
    age = (pl.lit(today) - pl.col("last_look")).dt.total_days()
    listed_for = (pl.lit(today) - pl.col("first_listed")).dt.total_days()
    overdue, access = age > LONGEST_GAP, pl.col("traffic_access")
    late = age >= SAFE_GAP - NOTICE
    never = pl.col("last_look").is_null() & access & (listed_for >= NEVER_NOTICE)
    if situation.planned(today):
        stuck = pl.col("full_name").is_in(list(situation.reasons))
        late, never = (late & stuck) | overdue, never & stuck
    # A right that is gone is told as long as something can be saved: it may be gone on purpose.
    return situation.looks.filter(never | (late & (access | ~overdue))).sort(
        "last_look", "full_name", nulls_last=True
    )


def _too_slow(situation: Situation) -> Alert | None:
    if not situation.outlook:
        return None
    title = "GitHub's budget does not reach for all repositories: days will be lost"
    return Alert(RISK, title, situation.outlook)


def _groups(at_risk: pl.DataFrame, reasons: Mapping[str, str], today: date) -> Sequence[str]:
    """A line for each day on which some of them were last looked at."""
    lines, named = [], 0
    for group in at_risk.partition_by("last_look", maintain_order=True):
        names = [_named(row, reasons) for row in group.head(_NAMED - named).to_dicts()]
        named += len(names)
        if not names:
            lines.append(f"{at_risk.height - named} more are not named here.")
            break
        more = f" and {group.height - len(names)} more" if group.height > len(names) else ""
        last_look = group["last_look"][0]
        what = (
            f"Last look on {last_look}: {', '.join(names)}{more}. {deadline(last_look, today)}"
            if last_look
            else f"Never looked at: {', '.join(names)}{more}. They lose a day every day."
        )
        lines.append(what)
    return lines


def _named(row: Mapping[str, object], reasons: Mapping[str, str]) -> str:
    name = str(row["full_name"])
    reason = reasons.get(name) if row["traffic_access"] else _NO_ACCESS
    return f"{name} ({reason})" if reason else name


def _told_from(last_look: date) -> date:
    return last_look + timedelta(days=SAFE_GAP - NOTICE)
