"""Which repositories are asked for first when GitHub's budget does not reach for all. Pure.

GitHub serves two weeks, so a repository can wait: as long as it is looked at every 12 days, no
day with traffic is lost, and every 10 days, each day is also seen when it was settled
(`traffic.window`). A run that can't afford everything looks at those whose time runs out, takes
in new ones with what is left, and then follows the traffic.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from github_traffic_dagster.traffic.answers import Target
from github_traffic_dagster.traffic.window import last_day_before_loss, last_safe_day

_LOOK = date(2000, 1, 1)  # any: only the distance to the last day counts
SAFE_GAP = (last_safe_day(_LOOK) - _LOOK).days
"""Days from one look to the next that keep every number certain."""
LONGEST_GAP = (last_day_before_loss(_LOOK) - _LOOK).days
"""Days from one look to the next that keep every day with traffic."""
_NAMED = 50
_A_WINDOW = timedelta(days=LONGEST_GAP)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A repository that could be asked for.

    Attributes:
        target: whom to ask for.
        last_look: the day (UTC) its whole window was last stored; None if it never was, or so
            long ago that GitHub has nothing left to save.
        traffic: views or clones in the window at that look.
        free: it had none, and will cost nothing as long as that is so: its answer is remembered,
            and the same every day.
    """

    target: Target
    last_look: date | None
    traffic: int = 0
    free: bool = False


def in_order_of_urgency(
    candidates: Iterable[Candidate], *, today: date, affordable: int | None
) -> list[Candidate]:
    """All candidates, the most urgent first.

    First those that must be looked at today so that, with as much to spend on each day to come,
    all others still get their turn in time: the oldest look first. Then those never looked at.
    Then the others, those with most traffic first; last those that were looked at today.

    Args:
        candidates: in any order.
        today: the day of the run (UTC).
        affordable: requests a day may be spent on them; None means enough for all.
    """
    seen: list[tuple[date, Candidate]] = []
    new: list[Candidate] = []
    for one in candidates:
        if one.last_look is None or last_day_before_loss(one.last_look) < today - _A_WINDOW:
            new.append(one)
        else:
            seen.append((one.last_look, one))
    seen.sort(key=lambda pair: (pair[0], -pair[1].traffic, pair[1].target.full_name))
    due = _due_today(seen, len(new), today, affordable) if affordable else len(seen)
    waiting = [one for _, one in seen[due:]]
    waiting.sort(key=lambda one: (one.last_look == today, -one.traffic))
    return [one for _, one in seen[:due]] + new + waiting


def within_budget(ordered: Iterable[Candidate], affordable: int) -> Iterator[Candidate]:
    """Those whose turn it is before so many requests are spent."""
    spent = 0
    for one in ordered:
        if spent >= affordable:
            return
        spent += not one.free
        yield one


def _due_today(
    seen: Sequence[tuple[date, Candidate]], new: int, today: date, affordable: int
) -> int:
    """How many of the oldest looks can't wait.

    Args:
        seen: with the day of the last look, ascending.
        new: how many will want a turn besides.
        today: the day of the run.
        affordable: requests a day may be spent.
    """
    paid = [number for number, (_, one) in enumerate(seen) if not one.free]
    looks = [seen[number][0] for number in paid]
    overdue = bisect_right(seen, today - _A_WINDOW, key=lambda pair: pair[0])
    for gap in range(_closest_gap(len(looks) + new, affordable), LONGEST_GAP + 1):
        due = max(
            _due_within(looks, today, gap, days) - affordable * days for days in range(gap + 1)
        )
        if due <= affordable:
            return max(paid[due - 1] + 1 if due > 0 else 0, overdue)
    return len(seen)


def _closest_gap(repositories: int, affordable: int) -> int:
    """Days between two looks at each of so many repositories, within what makes sense."""
    a_round = -(-repositories // affordable)
    return min(max(a_round, SAFE_GAP), LONGEST_GAP)


def _due_within(looks: Sequence[date], today: date, gap: int, days: int) -> int:
    """How many must be looked at again today or in the next so many days."""
    return bisect_right(looks, today + timedelta(days=days - gap))


def allowance(
    needed: int, *, reachable: int | None, followers: int, share_of_call_budget: int | None
) -> int | None:
    """How many requests a step may spend, so that the steps after it get as much.

    Args:
        needed: requests it would spend on everything; it has proved its token already, and each
            of the others will spend one more on that.
        reachable: what GitHub's hourly budget allows within the time a run may wait; None where
            GitHub tells no limit.
        followers: steps of the same run that have yet to collect as much.
        share_of_call_budget: its share of the run's call budget, if there is one.

    Returns:
        None where nothing but GitHub's own limits need hold it back.
    """
    shares = [] if share_of_call_budget is None else [max(share_of_call_budget, 0)]
    steps = followers + 1
    if reachable is not None and needed * steps + followers > reachable:
        shares.append(max(reachable - followers, 0) // steps)
    return min(shares, default=None)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What will be lost if every day to come affords as much as this one.

    Attributes:
        losses: repositories that will be looked at too late, with the last day on which a look
            would still save all their days, the earliest first.
        new: repositories that were never looked at and lose a day every day until their turn.
        first_turns_until: the day of the last of these turns; None where there is nobody new, or
            some will have none.
        never_seen: how many will have none.
        affordable: requests a day that were spent on looks.
        needed: how many a day would lose nothing.
    """

    losses: tuple[tuple[str, date], ...]
    new: int
    first_turns_until: date | None
    never_seen: int
    affordable: int
    needed: int

    @property
    def nothing_is_lost(self) -> bool:
        """Every repository gets its turn in time."""
        return not self.losses and not self.never_seen

    def as_record(self, calls_besides: int, *, windows: int) -> dict[str, Any]:
        """As plain values, of which a check makes its text.

        Args:
            calls_besides: requests of a run for other things than windows.
            windows: how many a repository has.
        """
        return {
            "too_late": len(self.losses),
            "new": self.new,
            "first_turns_until": str(self.first_turns_until or ""),
            "never_seen": self.never_seen,
            "first": [[name, str(until)] for name, until in self.losses[:_NAMED]],
            "calls_needed": self.needed * windows + calls_besides,
        }


def forecast(candidates: Sequence[Candidate], *, today: date, affordable: int) -> Forecast:
    """Look ahead as long as two rounds of looks take.

    Args:
        candidates: as they stand after the day's run.
        today: the day of that run (UTC).
        affordable: requests it spent on looks.
    """
    by_id = {one.target.repo_id: one for one in candidates}
    new = {repo_id for repo_id, one in by_id.items() if one.last_look is None}
    unseen, first_turns_until = set(new), None
    lost: dict[int, date] = {}
    for ahead in range(1, 2 * LONGEST_GAP + 1):
        day = today + timedelta(days=ahead)
        for repo_id, one in by_id.items():
            if one.last_look is not None and last_day_before_loss(one.last_look) < day:
                lost.setdefault(repo_id, last_day_before_loss(one.last_look))
        ordered = in_order_of_urgency(by_id.values(), today=day, affordable=affordable)
        for one in within_budget(ordered, affordable):
            by_id[one.target.repo_id] = replace(one, last_look=day)
        if unseen and not (unseen := {number for number in unseen if not by_id[number].last_look}):
            first_turns_until = day
    return Forecast(
        losses=tuple(
            (by_id[repo_id].target.full_name, until)
            for repo_id, until in sorted(lost.items(), key=lambda pair: pair[1])
        ),
        new=len(new),
        first_turns_until=first_turns_until,
        never_seen=len(unseen),
        affordable=affordable,
        needed=_needed(candidates, today),
    )


def _needed(candidates: Sequence[Candidate], today: date) -> int:
    """Looks a day by which each repository has its turn in time, from the next day on."""
    paid = [one for one in candidates if not one.free]
    looks = sorted(one.last_look for one in paid if one.last_look is not None)
    a_round = -(-len(paid) // LONGEST_GAP)
    catching_up = (
        -(-_due_within(looks, today, LONGEST_GAP, days) // days) for days in range(1, LONGEST_GAP)
    )
    return max(a_round, *catching_up)
