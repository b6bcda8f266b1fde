"""What a foreign file tells: one metric of one repository's day, and the checks it has to pass.

Nobody knows when another tool looked, unless its file says so: then an import claims no more than
what is certain, a look on the day itself or later, which settles nothing.
"""

import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final

from github_traffic_dagster.errors import HistoryFileError
from github_traffic_dagster.traffic.answers import Metric

EARLIEST: Final = date(2013, 12, 1)
"""GitHub shows traffic since January 2014
(https://github.blog/news-insights/product-news/introducing-github-traffic-analytics/)."""

_LARGEST: Final = 10**12
# pandas writes whole numbers as 4.0 in a column that lacks one.
_WHOLE: Final = re.compile(r"(\d{1,12})(\.0+)?")
_NAME: Final = re.compile(r"(?!\.{1,2}(/|$))[\w.-]+(/(?!\.{1,2}$)[\w.-]+)?", re.ASCII)
_LONGEST_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class Told:
    """One row.

    Attributes:
        repository: "owner/name", or the bare name where the tool kept no owner.
        repo_id: GitHub's id, where the file has it.
        uniques: None where the tool did not keep them.
        looked_at: when GitHub was asked (UTC); None where the file does not prove it.
    """

    repository: str | None
    repo_id: int | None
    metric: Metric
    day: date
    count: int
    uniques: int | None
    looked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Given:
    """What is known beside the files.

    Attributes:
        today: the current day (UTC).
        repository: whose numbers they are, "owner/name", where the files don't say.
    """

    today: date
    repository: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a foreign file, for the messages.

    Attributes:
        file: the file or table.
        where: which row of it, as "line 5".
    """

    file: str
    where: str
    given: Given

    def refused(self, what: str, expected: str) -> HistoryFileError:
        """The error that names the row."""
        return refused(f"{self.file}, {self.where}", what, expected)

    def told(
        self,
        metric: Metric,
        *,
        day: object,
        count: object,
        uniques: object,
        repository: object = None,
        repo_id: object = None,
        looked_at: datetime | None = None,
    ) -> Told | None:
        """The row, checked; None where it has no count of this metric.

        Raises:
            HistoryFileError: it says something impossible.
        """
        number = self.figure(metric.value, count)
        people = self.figure(f"unique {metric.value}", uniques)
        traffic_day = self.day(day)
        if number is None:
            if people is not None:
                raise self.refused(f"unique {metric.value} without {metric.value}", "both")
            return None
        if people is not None and people > number:
            raise self.refused(
                f"{people} unique {metric.value} of {number}", "no more unique ones than all"
            )
        if looked_at is not None and looked_at.date() < traffic_day:
            raise self.refused(
                f"{traffic_day} was looked at on {looked_at.date()}", "a look on the day or later"
            )
        name, number_of_repo = self._repository(repository), self._id(repo_id)
        if name is None and number_of_repo is None:
            name = self.given.repository
        if name is None and number_of_repo is None:
            raise self.refused(
                "no repository is named", "--repository OWNER/NAME to say whose numbers they are"
            )
        return Told(name, number_of_repo, metric, traffic_day, number, people, looked_at)

    def figure(self, what: str, value: object) -> int | None:
        """A whole number; None for nothing at all."""
        if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
            return None
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        text = value.strip() if isinstance(value, str) else str(value)
        found = _WHOLE.fullmatch(text)
        if isinstance(value, bool) or not found or int(found[1]) >= _LARGEST:
            raise self.refused(f"{what} is {_shown(value)}", "a whole number, 0 or more")
        return int(found[1])

    def day(self, value: object) -> date:
        """A traffic day: a date, or midnight in UTC."""
        day = self._day(value)
        if day > self.given.today:
            raise self.refused(f"{day} lies in the future", f"at most {self.given.today} (UTC)")
        if day < EARLIEST:
            raise self.refused(f"{day} lies before GitHub counted traffic", f"{EARLIEST} or later")
        return day

    def moment(self, value: str) -> datetime:
        """A time in UTC, as 2026-11-24T02:00:03Z; without a time zone it is taken for UTC."""
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise self.refused(f"{_shown(value)} is no time", "2026-11-24T02:00:03Z") from None
        return _in_utc(moment)

    def _day(self, value: object) -> date:
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        try:
            moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
            moment = _in_utc(moment)
        except (ValueError, OverflowError):
            raise self.refused(f"{_shown(value)} is no day", "a day as 2026-11-24") from None
        if moment.time() != time.min:
            raise self.refused(
                f"{_shown(str(value))} is not the beginning of a day in UTC",
                "days as GitHub counts them, as 2026-11-24",
            )
        return moment.date()

    def _id(self, value: object) -> int | None:
        number = self.figure("repo_id", value)
        if number == 0:
            raise self.refused("repo_id is 0", "GitHub's number, or nothing where it is not known")
        return number

    def _repository(self, value: object) -> str | None:
        if value is None or value == "":
            return None
        if not isinstance(value, str) or not _NAME.fullmatch(value):
            raise self.refused(f"{_shown(value)} is no repository", "OWNER/NAME")
        return value


def refused(place: str, what: str, expected: str) -> HistoryFileError:
    """A file, or a row of it, that can't be imported.

    Args:
        place: which.
        what: is wrong.
        expected: instead.
    """
    return HistoryFileError(f"{place}: {what}; expected {expected}. Nothing stored was changed.")


def is_full_name(name: str) -> bool:
    """Whether a text is "owner/name"."""
    return "/" in name and _NAME.fullmatch(name) is not None


def _in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."
