"""Events are taken as they are meant, or refused by their line."""

from datetime import date
from pathlib import Path

import pytest

from github_traffic_dagster.errors import SettingError
from github_traffic_dagster.report.events import Event, parse_events, read_events
from github_traffic_dagster.store.place import Place

HEADING = "date,repository,text\n"


def parsed(text: str) -> list[Event]:
    return list(parse_events(text.encode(), "events.csv"))


def test_an_event_is_of_a_repository_or_of_all():
    assert parsed(
        f"{HEADING}2026-01-25,me/alpha,v1.0\n2026-01-26,,A talk\n2026-01-27,*,On the news\n"
    ) == [
        Event(date(2026, 1, 25), "me/alpha", "v1.0"),
        Event(date(2026, 1, 26), "", "A talk"),
        Event(date(2026, 1, 27), "", "On the news"),
    ]


def test_what_a_spreadsheet_saves_is_understood():
    text = '\ufeffDate,Repository,Text\r\n2026-01-25,me/alpha,"Talk, and\r\npost"\r\n\r\n,,\r\n'
    assert parsed(text) == [Event(date(2026, 1, 25), "me/alpha", "Talk, and post")]


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("", 1, "heading"),
        ("day,repository,text\n", 1, "heading"),
        (f"{HEADING}2026-02-30,,x\n", 2, "no day"),
        (f"{HEADING}20260225,,x\n", 2, "no day"),
        (f"{HEADING}2026-02-03,,x\n25.1.2026,,x\n", 3, "no day"),
        (f"{HEADING}2026-02-03,alpha,x\n", 2, "no repository"),
        (f"{HEADING}2026-02-03,me/alpha, \n", 2, "empty"),
        (f"{HEADING}2026-02-03,me/alpha,a,b\n", 2, "quotes"),
        (f'{HEADING}2026-02-03,me/alpha,"a\n', 2, "unexpected end"),
    ],
)
def test_what_is_no_event_is_refused_by_its_line(text: str, line: int, why: str):
    with pytest.raises(SettingError, match=rf"events\.csv .* line {line}: .*{why}"):
        parsed(text)


def test_another_encoding_is_refused():
    with pytest.raises(SettingError, match="UTF-8"):
        list(parse_events(f"{HEADING}2026-02-03,,Größe\n".encode("latin-1"), "events.csv"))


def test_they_are_read_from_a_folder_by_day(tmp_path: Path):
    file = tmp_path / "my events.csv"
    file.write_text(f"{HEADING}2026-02-03,,later\n2026-01-03,,sooner\n")
    assert [event.text for event in read_events(Place(str(file)))] == ["sooner", "later"]


def test_a_missing_file_is_named_and_no_folder_is_made(tmp_path: Path):
    file = tmp_path / "missing" / "events.csv"
    with pytest.raises(SettingError, match="date,repository,text"):
        read_events(Place(str(file)))
    assert not file.parent.exists()
