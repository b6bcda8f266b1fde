"""What an alert says: plain text, a few lines."""

import hashlib
import re
from dataclasses import dataclass, replace
from typing import Final

LONGEST_LINE: Final = 3000

RISK: Final = "gap_risk"
TOKEN: Final = "token_expiry"  # noqa: S105 - a cause, no secret
ACCOUNTS: Final = "accounts_reached"
FAILURE: Final = "run_failure"
TEST: Final = "test"


@dataclass(frozen=True, slots=True)
class Alert:
    """A few lines of plain text.

    Attributes:
        kind: what sort of trouble it is, one of the names above.
        cause: tells the troubles of a kind apart: each is told once.
        over: the trouble has ended.
        title: what is wrong, in one line.
        lines: what is lost by when, and what to do.
        link: a page of the Dagster UI; empty where its address is not known.
    """

    kind: str
    title: str
    lines: tuple[str, ...]
    link: str = ""
    cause: str = ""
    over: bool = False

    @property
    def text(self) -> str:
        """All of it."""
        below = [_shortened(line) for line in self.lines]
        return "\n".join([_shortened(self.title), *below, *([self.link] if self.link else [])])

    def with_link(self, link: str) -> "Alert":
        """The same, leading to a page."""
        return replace(self, link=link)


def fingerprint(text: str) -> str:
    """The same for texts that differ in numbers, dates and times only."""
    return hashlib.sha256(re.sub(r"\d+", "0", text).encode()).hexdigest()[:12]


def _shortened(line: str) -> str:
    line = " ".join(line.split())
    return line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]}..."
