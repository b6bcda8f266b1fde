"""What happened on a day: a release, a talk, a post. On the plots, a spike then has a reason."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

import obstore

from github_traffic_dagster.errors import SettingError
from github_traffic_dagster.report.files import parent_and_name
from github_traffic_dagster.store.faults import storage_faults
from github_traffic_dagster.store.objects import objects
from github_traffic_dagster.store.place import Place

COLUMNS: Final = ("date", "repository", "text")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_REPOSITORY: Final = re.compile(r"[\w.-]+/[\w.-]+")


@dataclass(frozen=True, slots=True, order=True)
class Event:
    """Something that happened on a day (UTC).

    Attributes:
        repository: "owner/name", in any case; empty for all repositories.
    """

    day: date
    repository: str
    text: str


def read_events(file: Place) -> tuple[Event, ...]:
    """The events of a CSV file.

    Args:
        file: its place; UTF-8, with the heading `date,repository,text`. A repository that is
            empty or `*` stands for all of them.

    Returns:
        Sorted by day.

    Raises:
        SettingError: it is not there, or not of this form. Names the line.
        StoreError: it could not be read.
    """
    with storage_faults(file, "read events from", setting="GITHUB_TRAFFIC_REPORT_EVENTS"):
        try:
            content = _content(file)
        except FileNotFoundError:
            raise SettingError(
                f"There is no file of events at {file.uri}: expected a CSV file with the heading "
                f"{','.join(COLUMNS)}."
            ) from None
    return tuple(sorted(parse_events(content, file.uri)))


def _content(file: Place) -> bytes:
    if path := file.local_path:
        return path.read_bytes()
    folder, name = parent_and_name(file)
    return bytes(obstore.get(objects(folder), name).bytes())


def parse_events(content: bytes, origin: str) -> Iterator[Event]:
    """The events of a file's content.

    Args:
        content: the file.
        origin: what errors call it.

    Raises:
        SettingError: it is not of the form. Names the line.
    """
    try:
        lines = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        heading = tuple(cell.strip().lower() for cell in next(lines, []))
        if heading != COLUMNS:
            raise _refused(origin, 1, f"its heading is not {','.join(COLUMNS)}")
        for cells in lines:
            if any(cell.strip() for cell in cells):
                yield _event(cells, origin, lines.line_num)
    except UnicodeDecodeError:
        raise SettingError(f"The events in {origin} are no text in UTF-8: save it so.") from None
    except csv.Error as error:
        raise _refused(origin, lines.line_num, str(error)) from None


def _event(cells: list[str], origin: str, line: int) -> Event:
    if len(cells) != len(COLUMNS):
        raise _refused(
            origin, line, f"it has {len(cells)} cells, not 3; a text with a comma needs quotes"
        )
    day, repository, text = (" ".join(cell.split()) for cell in cells)
    if repository == "*":
        repository = ""
    if repository and not _REPOSITORY.fullmatch(repository):
        raise _refused(origin, line, f"{repository!r} is no repository as owner/name, empty or *")
    if not text:
        raise _refused(origin, line, "its text is empty")
    return Event(_day(day, origin, line), repository, text)


def _day(text: str, origin: str, line: int) -> date:
    try:
        # Other forms of ISO 8601, which Python takes as well, are nobody's intention here.
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise _refused(origin, line, f"{text!r} is no day as 2026-11-24")


def _refused(origin: str, line: int, why: str) -> SettingError:
    return SettingError(f"The events in {origin} can't be used: line {line}: {why}.")
