"""What came of each repository in a run, in words a user can act on."""

from dataclasses import dataclass
from enum import StrEnum

from github_traffic_dagster.github_api.remembered import Remembered
from github_traffic_dagster.traffic.answers import SnapshotAnswer, WindowAnswer
from github_traffic_dagster.traffic.workflow_runs import CheckoutsAnswer


class Reason(StrEnum):
    """Why a repository was collected, or was not. The value is what a user reads."""

    COLLECTED = "collected"
    NO_PUSH_ACCESS = "no push access"
    EXCLUDED = "excluded by a pattern"
    FORK = "fork left out"
    ARCHIVED = "archived left out"
    FORBIDDEN = "permission missing"
    NOT_FOUND = "not visible"
    BLOCKED = "blocked for legal reasons"
    TIMED_OUT = "timed out"
    SERVER_ERROR = "GitHub error"
    BAD_ANSWER = "bad answer"
    NO_CREDENTIAL = "no credential works"
    NAME_REUSED = "name belongs to another repository"
    OUT_OF_BUDGET = "left for the next run"

    @property
    def deliberate(self) -> bool:
        """The user chose to leave it out."""
        return self in {Reason.EXCLUDED, Reason.FORK, Reason.ARCHIVED}


_PASSING = frozenset(
    {Reason.TIMED_OUT, Reason.SERVER_ERROR, Reason.BAD_ANSWER, Reason.OUT_OF_BUDGET}
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One repository's result; never holds a token.

    Attributes:
        repo_id: GitHub's numeric id.
        full_name: "owner/name", the newest that is known.
        reason: what happened.
        detail: what exactly, and what to do; empty when `reason` says it all.
        answer: what GitHub said; only when collected.
        latest: the same as GitHub sent it, to ask next time whether it changed.
        snapshot: what GitHub showed; only when that was asked for and collected.
        checkouts: what its workflow runs did, likewise.
    """

    repo_id: int
    full_name: str
    reason: Reason
    detail: str = ""
    answer: WindowAnswer | None = None
    latest: Remembered | None = None
    snapshot: SnapshotAnswer | None = None
    checkouts: CheckoutsAnswer | None = None

    @property
    def collected(self) -> bool:
        """GitHub's answer is here and valid."""
        return self.reason is Reason.COLLECTED

    @property
    def heals_by_itself(self) -> bool:
        """A later run may succeed without anybody doing anything."""
        return self.reason in _PASSING
