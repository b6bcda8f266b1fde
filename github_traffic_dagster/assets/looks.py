"""What earlier runs remember of GitHub's answers, and what that means for this one."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

import polars as pl

from github_traffic_dagster.github_api.outcomes import Outcome, Reason
from github_traffic_dagster.github_api.planner import Candidate, Forecast, forecast
from github_traffic_dagster.github_api.remembered import Remembered
from github_traffic_dagster.store.latest_answers import SCHEMA
from github_traffic_dagster.traffic.answers import Target


class Looks:
    """The latest look at each repository, for one metric.

    Args:
        frame: as `store.latest_answers` keeps it.
    """

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame
        self._rows = {repo_id: row for row, repo_id in enumerate(frame["repo_id"].to_list())}
        # Once for all accounts, each of which has its own candidates.
        self._days = frame["observed_at"].dt.date().to_list()
        self._totals = frame["total"].to_list()
        self._tags = frame["etag"].is_not_null().to_list()

    def remembered(self, repo_id: int) -> Remembered | None:
        """GitHub's latest answer, if it can be asked whether that changed."""
        row = self._rows.get(repo_id)
        if row is None:
            return None
        etag, body = self._frame["etag"][row], self._frame["body"][row]
        return Remembered(etag, body) if etag is not None and body is not None else None

    def candidates(
        self, targets: Iterable[Target], *, lasting_token: bool = True
    ) -> list[Candidate]:
        """The targets, each with what decides how urgent it is.

        Args:
            targets: in any order.
            lasting_token: asked with the token of the day before. GitHub's ETags hold for one
                token, so that with an installation's, of which there is a new one every hour,
                nothing is free.
        """
        found = []
        for target in targets:
            row = self._rows.get(target.repo_id)
            if row is None:
                found.append(Candidate(target, None))
            else:
                quiet = lasting_token and self._totals[row] == 0 and self._tags[row]
                found.append(Candidate(target, self._days[row], self._totals[row], free=quiet))
        return found


def looks_frame(outcomes: Iterable[Outcome]) -> pl.DataFrame:
    """What to remember of the collected ones, in the columns of `latest_answers.SCHEMA`."""
    rows = [
        (
            answer.repo_id,
            answer.observed_at,
            sum(entry.count for entry in answer.entries),
            latest.etag if latest else None,
            latest.body if latest else None,
        )
        for answer, latest in ((outcome.answer, outcome.latest) for outcome in outcomes)
        if answer
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def outlook(
    candidates: Sequence[Candidate], outcomes: Iterable[Outcome], *, today: date
) -> Forecast | None:
    """What leaving repositories for later will cost; None when none was left.

    Args:
        candidates: as they stood before the run.
        outcomes: of the run.
        today: the day of the run (UTC).
    """
    asked = {one.target.repo_id for one in candidates}
    found = {one.repo_id: one.reason for one in outcomes if one.repo_id in asked}
    if Reason.OUT_OF_BUDGET not in found.values():
        return None
    collected = {one for one, reason in found.items() if reason is Reason.COLLECTED}
    after = [
        replace(one, last_look=today) if one.target.repo_id in collected else one
        for one in candidates
    ]
    spent = sum(one.target.repo_id in collected and not one.free for one in candidates)
    return forecast(after, today=today, affordable=spent)
