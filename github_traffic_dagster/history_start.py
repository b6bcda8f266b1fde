"""The first day of the history, picked once and written down.

Dagster's partitions start there, so the UI never shows years that can't be filled, and the start
must not move when the code is loaded again tomorrow.
"""

import os
from datetime import date
from pathlib import Path
from typing import Final

import polars as pl

from github_traffic_dagster.errors import SettingError, TableMissingError
from github_traffic_dagster.settings import Settings
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.store.reading import collect, scan
from github_traffic_dagster.traffic.tables import RAW
from github_traffic_dagster.traffic.window import oldest_served

FILE_NAME: Final = "github_traffic_start_date"


def history_start(settings: Settings, places: dict[str, Place], *, today: date) -> date:
    """The partitions' first day: the setting, or what was written down, or picked now.

    Picked is the oldest day the store holds, or, for a newcomer, the oldest day GitHub serves.

    Args:
        settings: `start_date` wins; `dagster_home` is where the choice is written down.
        places: the tables' places by name.
        today: the current day in UTC.

    Raises:
        SettingError: the start lies in the future, or the written one is no date.
    """
    if settings.start_date:
        if settings.start_date > today:
            raise SettingError(
                f"GITHUB_TRAFFIC_START_DATE lies in the future ({settings.start_date}): "
                f"expected {Settings.expected('start_date')}, at most today"
            )
        return settings.start_date
    note = settings.dagster_home / FILE_NAME if settings.dagster_home else None
    if note and note.exists():
        return _written(note)
    start = min([oldest_served(today), *_oldest_stored(places)])
    if note:
        return _write_down(note, start)
    return start


def move_start(settings: Settings, first_day: date) -> date | None:
    """Let the written-down history begin at `first_day`, unless it begins as early already.

    Returns:
        The day it began at before; None if nothing was changed, as where nothing is written down
        yet: then the oldest day of the store is picked.

    Raises:
        SettingError: what is written down is no date.
    """
    note = settings.instance_folder / FILE_NAME
    if not note.exists():
        return None
    before = _written(note)
    if before <= first_day:
        return None
    draft = note.with_name(f"{note.name}.{os.getpid()}")
    draft.write_text(f"{first_day}\n")
    draft.replace(note)
    return before


def _oldest_stored(places: dict[str, Place]) -> list[date]:
    found = []
    for table in RAW.values():
        place = places[table.name]
        try:
            oldest = collect(place, scan(place, table).select(pl.col("day").min()))
        except TableMissingError:
            continue
        found += [day for day in oldest["day"] if day is not None]
    return found


def _written(note: Path) -> date:
    text = note.read_text().strip()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise SettingError(
            f"{note} holds no date ({text[:20]!r}): write the first day of the history into it, "
            "as 2026-11-24, or remove it"
        ) from None


def _write_down(note: Path, start: date) -> date:
    """Write the start unless another process was faster; the first one counts for all."""
    draft = note.with_name(f"{note.name}.{os.getpid()}")
    try:
        draft.write_text(f"{start}\n")
        os.link(draft, note)
    except FileExistsError:
        return _written(note)
    except OSError as error:
        raise SettingError(
            f"The first day of the history can't be written to {note} ({error.strerror}): let "
            "DAGSTER_HOME be a folder that exists and can be written to, or set "
            "GITHUB_TRAFFIC_START_DATE"
        ) from None
    finally:
        draft.unlink(missing_ok=True)
    return start
