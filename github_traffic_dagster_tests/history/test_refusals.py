"""What can't be imported is one line that names the file, the row and what is expected."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from deltalake import write_deltalake

from github_traffic_dagster.errors import GitHubTrafficError, HistoryFileError
from github_traffic_dagster.history.formats import Format, read
from github_traffic_dagster.history.told import Given
from github_traffic_dagster.store.place import Place
from github_traffic_dagster_tests.history import foreign_files as foreign
from github_traffic_dagster_tests.history.foreign_files import Day
from github_traffic_dagster_tests.history.importing import TODAY, told_by

DAY = date(2026, 1, 5)
HEADER = "repository,day,views,unique_visitors"


def refusal(path: Path, form: Format | None = None) -> str:
    with pytest.raises(GitHubTrafficError) as caught:
        told_by(path, form=form)
    text = str(caught.value)
    assert "\n" not in text
    assert "Nothing stored was changed." in text
    assert str(path) in text
    return text


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (f"octo/hello,{DAY},-3,1", "line 2: views is '-3'; expected a whole number"),
        (f"octo/hello,{DAY},3,-1", "unique views is '-1'"),
        (f"octo/hello,{DAY},3.5,1", "views is '3.5'"),
        (f"octo/hello,{DAY},many,1", "views is 'many'"),
        (f"octo/hello,{DAY},{10**15},1", "a whole number"),
        (f"octo/hello,{DAY},3,4", "4 unique views of 3; expected no more unique ones than all"),
        (f"octo/hello,{DAY},,4", "unique views without views"),
        (f"octo/hello,{TODAY + timedelta(days=1)},3,1", "lies in the future; expected at most"),
        ("octo/hello,1970-01-01,3,1", "before GitHub counted traffic"),
        ("octo/hello,05/01/2026,3,1", "'05/01/2026' is no day; expected a day as 2026-11-24"),
        ("octo/hello,2026-01-05T12:00:00Z,3,1", "not the beginning of a day in UTC"),
        ("octo/hello,2026-01-05T00:00:00+02:00,3,1", "not the beginning of a day in UTC"),
        ("octo/hello/x,2026-01-05,3,1", "'octo/hello/x' is no repository; expected OWNER/NAME"),
        ("octo/..,2026-01-05,3,1", "is no repository"),
        (",2026-01-05,3,1", "no repository is named; expected --repository"),
        ("octo/hello,2026-01-05,3", "3 values; expected 4"),
        ('octo/hello,2026-01-05,3,"1', "it can't be read"),
    ],
)
def test_a_line_that_says_something_impossible(tmp_path: Path, line: str, says: str) -> None:
    path = foreign.plain_csv(tmp_path / "mine.csv", HEADER, line)
    assert says in refusal(path)


def test_a_zero_in_place_of_an_id_is_no_id(tmp_path: Path) -> None:
    line = f"octo/hello,0,{DAY},3"
    path = foreign.plain_csv(tmp_path / "a.csv", "repository,repo_id,day,views", line)
    assert "line 2: repo_id is 0; expected GitHub's number" in refusal(path)


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("repository;day;views", "line 1: the columns are parted by ';'; expected commas"),
        ("repository\tday\tviews", "line 1: the columns are parted by '\\t'; expected commas"),
        ("repository,day,view", "line 1: unknown columns view; expected a header of repository"),
        ("repository,day", "the columns are repository, day; expected day, repository"),
        ("day,views", "expected day, repository (or repo_id, or --repository), and views"),
        ("repository,day,views,views", "a column is there twice"),
        ("", "the columns are none"),
        ("time_iso8601,clones_total", "the columns are time_iso8601, clones_total; expected"),
    ],
)
def test_a_header_that_is_none_of_those_known(tmp_path: Path, header: str, says: str) -> None:
    assert says in refusal(foreign.plain_csv(tmp_path / "mine.csv", header, "a,b"))


@pytest.mark.parametrize(
    ("observed_at", "says"),
    [
        ("2026-01-04T10:00:00Z", "2026-01-05 was looked at on 2026-01-04"),
        ("2026-12-04T10:00:00Z", "lies in the future"),
        ("yesterday", "'yesterday' is no time"),
    ],
)
def test_a_look_that_can_not_have_been(tmp_path: Path, observed_at: str, says: str) -> None:
    line = f"octo/hello,{DAY},3,{observed_at}"
    path = foreign.plain_csv(tmp_path / "a.csv", "repository,day,views,observed_at", line)
    assert says in refusal(path)


def broken_sqlite(folder: Path) -> Path:
    path = foreign.ghstats_db(folder / "ghstats.db", [Day("octo/hello", DAY, 3, 1)])
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content[:9000])
    return path


def other_sqlite(folder: Path) -> Path:
    path = folder / "songs.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE songs (title TEXT)")
    return path


def negative_in_sqlite(folder: Path) -> Path:
    return foreign.gghstats_db(folder / "gghstats.db", [Day("octo/hello", DAY, -3, 1)])


def text_in_sqlite(folder: Path) -> Path:
    path = foreign.ghstats_db(folder / "ghstats.db", [Day("octo/hello", DAY, 3, 1)])
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE repo_stats SET views_count = 'three'")
    return path


def broken_json(folder: Path) -> Path:
    path = folder / "state.json"
    path.write_text('{"dailyHistory": [')
    return path


def other_json(folder: Path) -> Path:
    path = folder / "package.json"
    path.write_text("[1, 2]")
    return path


def entry_without_a_date(folder: Path) -> Path:
    return foreign.tracker_json(folder / "state.json", [{"views": 3}], repo="octo/hello")


def state_without_a_repository(folder: Path) -> Path:
    return foreign.tracker_json(folder / "state.json", [foreign.tracker_entry(DAY, views=3)])


def bytes_of_no_text(folder: Path) -> Path:
    path = folder / "picture.csv"
    path.write_bytes(b"\x89PNG\r\n\xff\xfe")
    return path


def foreign_delta_table(folder: Path) -> Path:
    write_deltalake(folder / "views", pl.DataFrame({"repo": ["a"], "day": [DAY], "count": ["x"]}))
    return folder / "views"


def delta_table_in_local_time(folder: Path) -> Path:
    rows = {"repo": ["a"], "uniques": [1], "count": [1], "timestamp": ["2026-01-05T22:00:00Z"]}
    write_deltalake(folder / "views", pl.DataFrame(rows))
    return folder / "views"


def delta_table_that_lacks_a_file(folder: Path) -> Path:
    foreign.notebook_tables(folder, [[Day("octo/hello", DAY, 3, 1)]])
    for file in (folder / "views").glob("*.parquet"):
        file.unlink()
    return folder / "views"


def snapshot_from_the_future(folder: Path) -> Path:
    name = "2026-11-24_231835_views_clones_series_fragment.csv"
    return foreign.repo_stats_csv(folder / name, [Day("octo/hello", DAY, 3, 1)])


def snapshot_at_no_time(folder: Path) -> Path:
    name = "2026-02-31_231835_views_clones_series_fragment.csv"
    return foreign.repo_stats_csv(folder / name, [Day("octo/hello", DAY, 3, 1)])


def our_own_export(folder: Path) -> Path:
    (folder / "manifest.json").write_text("{}")
    return folder


def empty_folder(folder: Path) -> Path:
    return folder


def folder_of_two_tools(folder: Path) -> Path:
    foreign.tracker_json(folder / "state.json", [])
    foreign.repo_stats_aggregate(folder, "octo/hello", [])
    return folder


def nothing(folder: Path) -> Path:
    return folder / "nothing.csv"


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (broken_sqlite, "expected a whole SQLite database"),
        (other_sqlite, "its tables are songs; expected repo_stats (ghstats), or views and clones"),
        (negative_in_sqlite, "views of octo/hello on 2026-01-05: views is -3"),
        (text_in_sqlite, "repo_stats of octo/hello on 2026-01-05T00:00:00Z: views is 'three'"),
        (broken_json, "expected JSON in UTF-8"),
        (other_json, "it has no list dailyHistory"),
        (entry_without_a_date, "entry 1 of dailyHistory: it has no date"),
        (state_without_a_repository, "--repository OWNER/NAME"),
        (bytes_of_no_text, "expected a CSV file in UTF-8"),
        (foreign_delta_table, "it has the columns repo string, day date, count string; expected"),
        (delta_table_in_local_time, "a at 2026-01-05T22:00:00Z: '2026-01-05T22:00:00Z' is not the"),
        (delta_table_that_lacks_a_file, "Could not read"),
        (snapshot_from_the_future, "lies in the future"),
        (snapshot_at_no_time, "its name holds no time"),
        (our_own_export, "github-traffic import "),
        (empty_folder, "it holds nothing that is known"),
        (folder_of_two_tools, "it may be of github-repo-stats or github-traffic-tracker"),
        (nothing, "it does not exist"),
    ],
)
def test_a_file_that_can_not_be_used(
    tmp_path: Path, make: Callable[[Path], Path], says: str
) -> None:
    path = make(tmp_path)
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    assert says in refusal(path)
    assert {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == before


def test_a_format_that_is_asked_for_is_not_guessed_at(tmp_path: Path) -> None:
    path = foreign.gghstats_db(tmp_path / "gghstats.db", [])
    assert "no such table: repo_stats" in refusal(path, Format.GHSTATS)
    assert "it is a folder; expected a file of csv" in refusal(tmp_path, Format.CSV)
    assert "there is no Delta table views or clones" in refusal(tmp_path, Format.NOTEBOOK)


def test_only_delta_tables_are_read_in_object_stores() -> None:
    with pytest.raises(HistoryFileError, match="only Delta tables are read there"):
        list(read(Place("s3://bucket/mine.csv"), Format.CSV, Given(TODAY)))
