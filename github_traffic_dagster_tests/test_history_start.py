import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime, timedelta
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
import time_machine

from github_traffic_dagster.errors import SettingError, StoreError
from github_traffic_dagster.history_start import FILE_NAME, history_start, move_start
from github_traffic_dagster.io_manager import table_places
from github_traffic_dagster.settings import Settings
from github_traffic_dagster.store.appending import append
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.tables import RAW
from github_traffic_dagster_tests.store.disk import fingerprint
from github_traffic_dagster_tests.traffic.rows import raw_frame, raw_row

TODAY = date(2026, 1, 20)

_starting_line: list[Barrier] = []


def settings_below(folder: Path) -> Settings:
    """Store and instance in one folder; nothing of the environment that decides the start."""
    places = {"GITHUB_TRAFFIC_HOME": folder, "DAGSTER_HOME": folder / "dagster_home"}
    return Settings.model_validate(
        {**places, "GITHUB_TRAFFIC_STORE": "", "GITHUB_TRAFFIC_START_DATE": None}
    )


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "dagster_home").mkdir()
    return settings_below(tmp_path)


def start(settings: Settings, today: date = TODAY) -> date:
    return history_start(settings, table_places(settings.root), today=today)


def note(settings: Settings) -> Path:
    assert settings.dagster_home
    return settings.dagster_home / FILE_NAME


def with_start(settings: Settings, start_date: date) -> Settings:
    return settings.model_copy(update={"start_date": start_date})


def store_day(settings: Settings, metric: Metric, day: date) -> None:
    table = RAW[metric]
    append(table_places(settings.root)[table.name], table, raw_frame(raw_row(day)), run_id="run-1")


def test_a_newcomers_history_starts_on_the_oldest_day_github_still_has(settings: Settings) -> None:
    assert start(settings) == date(2026, 1, 6)
    assert note(settings).read_text() == "2026-01-06\n"


def test_what_was_picked_stays_on_the_next_day_and_a_year_later(settings: Settings) -> None:
    picked = start(settings)
    written = fingerprint(note(settings).parent)
    for days in (1, 15, 400):
        assert start(settings, TODAY + timedelta(days=days)) == picked
    assert fingerprint(note(settings).parent) == written


def test_the_start_is_written_down_alone_and_whole(settings: Settings) -> None:
    start(settings)
    assert [path.name for path in note(settings).parent.iterdir()] == [FILE_NAME]


def test_the_day_counts_that_is_given_not_the_machines(settings: Settings) -> None:
    with time_machine.travel(datetime(2031, 5, 5, tzinfo=UTC), tick=False):
        assert start(settings) == date(2026, 1, 6)


def test_a_set_start_date_wins_over_what_was_written_down(settings: Settings) -> None:
    start(settings)
    assert start(with_start(settings, date(2020, 2, 29))) == date(2020, 2, 29)
    assert start(with_start(settings, TODAY)) == TODAY
    assert start(settings) == date(2026, 1, 6)


def test_a_set_start_date_writes_nothing_down(settings: Settings) -> None:
    start(with_start(settings, date(2020, 2, 29)))
    assert not note(settings).exists()


def test_a_start_date_in_the_future_is_refused_in_one_line(settings: Settings) -> None:
    with pytest.raises(SettingError) as raised:
        start(with_start(settings, TODAY + timedelta(days=1)))
    assert "GITHUB_TRAFFIC_START_DATE lies in the future (2026-01-21)" in str(raised.value)
    assert Settings.expected("start_date") in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("metric", list(Metric))
def test_a_store_with_older_days_starts_the_history_there(
    settings: Settings, metric: Metric
) -> None:
    store_day(settings, metric, date(2023, 7, 1))
    store_day(settings, Metric.VIEWS, date(2025, 12, 1))
    expected = date(2023, 7, 1)
    assert start(settings) == expected
    assert note(settings).read_text() == f"{expected}\n"


def test_a_store_with_younger_days_only_does_not_shorten_the_window(settings: Settings) -> None:
    store_day(settings, Metric.VIEWS, date(2026, 1, 19))
    assert start(settings) == date(2026, 1, 6)


def test_tables_without_rows_are_no_history(settings: Settings) -> None:
    table = RAW[Metric.VIEWS]
    append(table_places(settings.root)[table.name], table, raw_frame(), run_id="run-1")
    assert start(settings) == date(2026, 1, 6)


def test_a_store_that_cant_be_read_ends_it_instead_of_picking_a_start_for_ever(
    settings: Settings,
) -> None:
    store_day(settings, Metric.VIEWS, date(2023, 7, 1))
    log = Path(table_places(settings.root)["raw_views"].uri) / "_delta_log"
    (log / "00000000000000000001.json").write_text('{"add":')
    with pytest.raises(StoreError):
        start(settings)
    assert not note(settings).exists()


@pytest.mark.parametrize("text", ["", "soon", "2026-02-30", "2026-01-06 and more"])
def test_a_note_that_is_no_date_is_refused_and_kept(settings: Settings, text: str) -> None:
    note(settings).write_text(text)
    with pytest.raises(SettingError, match="holds no date") as raised:
        start(settings)
    assert str(note(settings)) in str(raised.value)
    assert note(settings).read_text() == text


def test_without_an_instance_folder_the_start_is_picked_and_not_written(
    settings: Settings, tmp_path: Path
) -> None:
    homeless = settings.model_copy(update={"dagster_home": None})
    before = fingerprint(tmp_path)
    assert start(homeless) == date(2026, 1, 6)
    assert fingerprint(tmp_path) == before


def line_up(barrier: Barrier) -> None:
    _starting_line.append(barrier)


def pick_at_once(root: Path, today: date) -> date:
    settings = settings_below(root)
    _starting_line[0].wait(60)
    return start(settings, today)


def test_processes_that_pick_at_once_around_midnight_agree(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    pickers = 4
    days = [TODAY, TODAY + timedelta(days=1)] * (pickers // 2)
    with ProcessPoolExecutor(
        pickers, mp_context=spawn, initializer=line_up, initargs=(spawn.Barrier(pickers),)
    ) as pool:
        for attempt in range(5):
            root = tmp_path / str(attempt)
            home = root / "dagster_home"
            home.mkdir(parents=True)
            picked = set(pool.map(pick_at_once, [root] * pickers, days, timeout=120))
            assert len(picked) == 1
            assert (home / FILE_NAME).read_text() == f"{picked.pop()}\n"
            assert [path.name for path in home.iterdir()] == [FILE_NAME]


def test_a_written_start_moves_to_an_earlier_day_and_never_to_a_later_one(
    settings: Settings,
) -> None:
    before, earlier = start(settings), date(2025, 3, 1)
    assert move_start(settings, before + timedelta(days=1)) is None
    assert start(settings) == before
    assert move_start(settings, earlier) == before
    assert start(settings) == earlier
    assert [path.name for path in settings.instance_folder.iterdir()] == [FILE_NAME]


def test_where_no_start_is_written_down_none_is(settings: Settings) -> None:
    assert move_start(settings, date(2025, 3, 1)) is None
    assert not (settings.instance_folder / FILE_NAME).exists()
