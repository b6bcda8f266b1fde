"""Each foreign format tells what its tool knew, and no more."""

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from deltalake import write_deltalake

from github_traffic_dagster.history.formats import Format, format_of, read
from github_traffic_dagster.history.told import Given
from github_traffic_dagster.io_manager import storage_place
from github_traffic_dagster.store.place import Place
from github_traffic_dagster_tests.history import foreign_files as foreign
from github_traffic_dagster_tests.history.foreign_files import Day
from github_traffic_dagster_tests.history.importing import facts, told_by

FIRST, SECOND = date(2026, 1, 5), date(2026, 1, 6)
KEPT = [
    Day("octo/hello", FIRST, 10, 4),
    Day("octo/hello", SECOND, 8, 8),
    Day("octo/hello", SECOND, 3, 1, "clones"),
]
EXPECTED = sorted(
    [("views", FIRST, 10, 4), ("views", SECOND, 8, 8), ("clones", SECOND, 3, 1)], key=str
)


def written(form: Format, folder: Path) -> Path:
    """The same three facts in each format."""
    match form:
        case Format.NOTEBOOK:
            return foreign.notebook_tables(folder / "warehouse", [KEPT])
        case Format.REPO_STATS:
            return foreign.repo_stats_aggregate(folder, "octo/hello", KEPT)
        case Format.TRAFFIC_TRACKER:
            entries = [
                foreign.tracker_entry(FIRST, views=10, uniqueViews=4),
                foreign.tracker_entry(SECOND, views=8, uniqueViews=8, clones=3, uniqueClones=1),
            ]
            return foreign.tracker_json(folder / "a.json", entries, repo="octo/hello")
        case Format.GHSTATS:
            return foreign.ghstats_db(folder / "ghstats.db", KEPT)
        case Format.GGHSTATS:
            return foreign.gghstats_db(folder / "gghstats.db", KEPT)
        case Format.CSV:
            return foreign.plain_csv(
                folder / "mine.csv",
                "repository,day,views,unique_visitors,clones,unique_cloners",
                f"octo/hello,{FIRST},10,4,,",
                f"octo/hello,{SECOND},8,8,3,1",
            )


@pytest.mark.parametrize("form", list(Format))
def test_a_format_is_recognised_and_read(form: Format, tmp_path: Path) -> None:
    path = written(form, tmp_path)
    assert format_of(Place(str(path))) is form
    told = told_by(path)
    assert facts(told) == EXPECTED
    assert {one.repository for one in told} == {
        "hello" if form is Format.NOTEBOOK else "octo/hello"
    }
    assert {one.looked_at for one in told} == {None}


def test_all_rows_of_the_notebook_are_evidence_each_once(tmp_path: Path) -> None:
    runs = [
        [Day("octo/hello", FIRST, 2, 1), Day("octo/hello", SECOND, 5, 2)],
        [Day("octo/hello", FIRST, 9, 4), Day("octo/hello", SECOND, 5, 2)],
        [Day("octo/hello", FIRST, 3, 2)],
    ]
    told = told_by(foreign.notebook_tables(tmp_path, runs))
    assert facts(told) == sorted(
        [("views", FIRST, count, uniques) for count, uniques in ((2, 1), (3, 2), (9, 4))]
        + [("views", SECOND, 5, 2)],
        key=str,
    )


@pytest.mark.parametrize("kind", ["naive", "date", "text"])
def test_a_notebook_may_have_written_its_days_in_other_types(kind: str, tmp_path: Path) -> None:
    timestamp = {
        "naive": datetime(2026, 1, 5),  # noqa: DTZ001 - as PyGithub handed them on
        "date": FIRST,
        "text": "2026-01-05T00:00:00Z",
    }[kind]
    rows = pl.DataFrame({"repo": ["hello"], "uniques": [1], "count": [2], "timestamp": [timestamp]})
    write_deltalake(tmp_path / "views", rows)
    assert facts(told_by(tmp_path / "views")) == [("views", FIRST, 2, 1)]
    assert facts(told_by(tmp_path)) == [("views", FIRST, 2, 1)]


def test_the_deduplicated_table_of_the_notebook_is_read_when_it_is_named(tmp_path: Path) -> None:
    foreign.notebook_tables(tmp_path, [KEPT])
    (tmp_path / "clones").rename(tmp_path / "clones_golden")
    assert facts(told_by(tmp_path / "clones_golden")) == [("clones", SECOND, 3, 1)]


def test_a_checkout_of_github_repo_stats_names_its_repositories(tmp_path: Path) -> None:
    foreign.repo_stats_aggregate(tmp_path, "octo/hello", KEPT)
    foreign.repo_stats_aggregate(tmp_path, "labs/tool", [Day("labs/tool", FIRST, 1, 1)])
    (tmp_path / "octo" / "hello" / "ghrs-data" / "forks.csv").write_text("time_iso8601,forks\n")
    told = told_by(tmp_path)
    assert {one.repository for one in told} == {"octo/hello", "labs/tool"}
    assert len(told) == 4


def test_a_hole_in_a_column_of_github_repo_stats_is_no_zero(tmp_path: Path) -> None:
    days = [Day("octo/hello", FIRST, 0, 0), Day("octo/hello", SECOND, 3, 1, "clones")]
    path = foreign.repo_stats_aggregate(tmp_path, "octo/hello", days)
    assert "3.0" in path.read_text()
    assert facts(told_by(path)) == [("clones", SECOND, 3, 1), ("views", FIRST, 0, 0)]


def test_a_snapshot_proves_when_its_days_were_looked_at_but_for_the_oldest(tmp_path: Path) -> None:
    at = datetime(2026, 1, 20, 23, 18, 35, tzinfo=UTC)
    days = [at.date() - timedelta(days=age) for age in range(15)]
    path = foreign.repo_stats_snapshot(
        tmp_path, "octo/hello", at, [Day("octo/hello", day, 5, 2) for day in days]
    )
    looked_at = {one.day: one.looked_at for one in told_by(path)}
    assert looked_at.pop(days[-1]) is None
    assert set(looked_at.values()) == {at}


def test_a_snapshot_proves_nothing_of_a_day_that_began_while_it_was_made(tmp_path: Path) -> None:
    at = datetime(2026, 1, 20, 23, 59, 58, tzinfo=UTC)
    days = [at.date() + timedelta(days=1), at.date()]
    path = foreign.repo_stats_snapshot(
        tmp_path, "octo/hello", at, [Day("octo/hello", day, 5, 2) for day in days]
    )
    assert {one.day: one.looked_at for one in told_by(path)} == {days[0]: None, days[1]: at}


def test_zeros_that_github_traffic_tracker_writes_of_its_own_prove_nothing(tmp_path: Path) -> None:
    entries = [
        foreign.tracker_entry(FIRST, views=95, clones=0),
        foreign.tracker_entry(SECOND, views=0, uniqueViews=0, clones=4, uniqueClones=0),
    ]
    path = foreign.tracker_json(tmp_path / "state.json", entries)
    told = told_by(path, repository="octo/hello")
    # Early versions kept no uniques, later ones fill them up with zeros.
    assert facts(told) == [("clones", SECOND, 4, None), ("views", FIRST, 95, None)]
    assert {one.repository for one in told} == {"octo/hello"}


def test_a_clone_of_the_gists_is_read_whole(tmp_path: Path) -> None:
    foreign.tracker_json(
        tmp_path / "archive-2026-01.json",
        [foreign.tracker_entry(FIRST, views=5, uniqueViews=2)],
        repo="octo/hello",
    )
    foreign.tracker_json(tmp_path / "state.json", [foreign.tracker_entry(SECOND, views=6)])
    (tmp_path / "views.json").write_text('{"schemaVersion": 1, "label": "views"}')
    assert len(told_by(tmp_path, repository="octo/hello")) == 2


def test_ghstats_has_ids_and_its_zeros_prove_nothing(tmp_path: Path) -> None:
    kept = [Day("octo/hello", SECOND, 3, 1, "clones", repo_id=41)]
    path = foreign.ghstats_db(tmp_path / "ghstats.db", kept, stars=[(41, FIRST)])
    [told] = told_by(path)
    assert (told.repo_id, told.repository, told.day, told.count) == (41, "octo/hello", SECOND, 3)


def test_zeros_of_gghstats_are_those_that_github_named(tmp_path: Path) -> None:
    path = foreign.gghstats_db(tmp_path / "gghstats.db", [Day("octo/hello", FIRST, 0, 0)])
    assert facts(told_by(path)) == [("views", FIRST, 0, 0)]


def test_a_database_that_is_in_use_is_read_with_its_log_and_not_touched(tmp_path: Path) -> None:
    path = foreign.gghstats_db(tmp_path / "a #1?.db", [])
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("INSERT INTO views VALUES ('octo/hello', '2026-01-05', 3, 2)")
        writer.commit()
        before = path.read_bytes()
        assert facts(told_by(path)) == [("views", FIRST, 3, 2)]
        assert path.read_bytes() == before


def test_a_database_at_rest_is_read_where_nothing_may_be_written(tmp_path: Path) -> None:
    path = foreign.gghstats_db(tmp_path / "a.db", [Day("octo/hello", FIRST, 3, 2)])
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
    before = tmp_path.stat().st_mtime_ns
    assert facts(told_by(path)) == [("views", FIRST, 3, 2)]
    # A reader's log, made beside it and taken away again, would show here.
    assert tmp_path.stat().st_mtime_ns == before


def test_a_csv_may_lack_either_half_and_the_uniques_and_name_the_look(tmp_path: Path) -> None:
    path = foreign.plain_csv(
        tmp_path / "mine.csv",
        "\ufeffrepo_id, day ,clones,observed_at",
        f"41,{FIRST},7,2026-01-09 04:00:00+02:00",
        "",
        f"41,{SECOND},,",
    )
    [told] = told_by(path)
    assert (told.repo_id, told.repository, told.metric, told.count) == (41, None, "clones", 7)
    assert told.uniques is None
    assert told.looked_at == datetime(2026, 1, 9, 2, tzinfo=UTC)


def test_a_csv_of_one_repository_needs_no_column_for_it(tmp_path: Path) -> None:
    path = foreign.plain_csv(tmp_path / "mine.csv", "day,views", f"{FIRST},7")
    [told] = told_by(path, repository="octo/hello")
    assert told.repository == "octo/hello"


def test_delta_tables_of_the_notebook_are_read_where_they_lie_in_an_object_store(s3: str) -> None:
    rows = pl.DataFrame(
        {"repo": ["hello"], "uniques": [1], "count": [2], "timestamp": [FIRST]},
        schema_overrides={"uniques": pl.Int32, "count": pl.Int32},
    )
    write_deltalake(f"{s3}/warehouse/views", rows, storage_options={})
    place = storage_place(f"{s3}/warehouse")
    [told] = read(place, format_of(place), Given(date(2026, 3, 1)))
    assert (told.repository, told.count) == ("hello", 2)
