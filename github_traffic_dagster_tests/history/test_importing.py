"""Imported numbers are evidence: golden is built from raw by the rule, as often as one likes."""

import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import github_traffic_dagster
from github_traffic_dagster.history.bringing_in import bring_in
from github_traffic_dagster.store.doctor.content_findings import lost_in_raw
from github_traffic_dagster.store.doctor.examination import examine_store
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.store.reading import scan
from github_traffic_dagster.traffic import quality
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.coverage import coverage
from github_traffic_dagster.traffic.golden import golden_from_observations
from github_traffic_dagster.traffic.tables import GOLDEN, RAW, REPOS
from github_traffic_dagster_tests.history import foreign_files as foreign
from github_traffic_dagster_tests.history.foreign_files import Day
from github_traffic_dagster_tests.history.importing import (
    TODAY,
    frames_of,
    import_files,
    plan_files,
)
from github_traffic_dagster_tests.store.transfer.histories import (
    Looks,
    contents,
    fill,
    places_below,
    versions,
)
from github_traffic_dagster_tests.traffic.rows import noon

LONG_AGO = date(2023, 12, 30)
WITH_ID = "repo_id,repository,day,views"


def golden(places: dict[str, Place], metric: Metric = Metric.VIEWS) -> pl.DataFrame:
    table = GOLDEN[metric]
    return scan(places[table.name], table).sort("repo_id", "day").collect()


def raw(places: dict[str, Place], metric: Metric = Metric.VIEWS) -> pl.DataFrame:
    table = RAW[metric]
    return scan(places[table.name], table).sort(*table.key).collect()


def day_of(places: dict[str, Place], repo_id: int, day: date) -> dict[str, object]:
    found = golden(places).filter(pl.col("repo_id") == repo_id, pl.col("day") == day)
    return found.row(0, named=True)


def test_a_history_lands_in_raw_and_golden_with_its_source_named(
    collected: dict[str, Place], tmp_path: Path
) -> None:
    path = foreign.ghstats_db(
        tmp_path / "ghstats.db",
        [
            Day("octo/before", LONG_AGO, 10, 4, repo_id=1),
            Day("octo/before", LONG_AGO + timedelta(days=5), 3, 1, "clones", repo_id=1),
            Day("else/where", LONG_AGO, 7, 7, repo_id=77),
        ],
    )
    import_files(collected, path)
    row = raw(collected).filter(pl.col("day") == LONG_AGO, pl.col("repo_id") == 1)
    assert row.row(0, named=True) == {
        "repo_id": 1,
        "full_name": "octo/after",
        "day": LONG_AGO,
        "count": 10,
        "uniques": 4,
        "observed_at": datetime(2023, 12, 30, tzinfo=UTC),
        "run_id": "import:ghstats 10/4",
        "source": "import:ghstats",
    }
    assert day_of(collected, 1, LONG_AGO) == {
        "repo_id": 1,
        "full_name": "octo/after",
        "day": LONG_AGO,
        "count": 10,
        "uniques": 4,
        "status": "partial",
        "first_observed_at": datetime(2023, 12, 30, tzinfo=UTC),
        "last_observed_at": datetime(2023, 12, 30, tzinfo=UTC),
        "observations": 1,
    }
    assert day_of(collected, 77, LONG_AGO)["full_name"] == "else/where"
    assert golden(collected, Metric.CLONES)["day"].min() == date(2024, 1, 4)


def test_golden_is_what_raw_says_also_for_the_days_that_were_there(
    collected: dict[str, Place], tmp_path: Path
) -> None:
    days = [TODAY - timedelta(days=age) for age in range(40)]
    path = foreign.gghstats_db(
        tmp_path / "gghstats.db",
        [Day("octo/after", day, 30 + day.day, 5) for day in days]
        + [Day("labs/tool", day, 2, 1, "clones") for day in days],
    )
    import_files(collected, path)
    for metric in Metric:
        expected = golden_from_observations(raw(collected, metric).lazy()).collect()
        assert golden(collected, metric).equals(expected)
        assert (
            quality.below_raw(golden(collected, metric).lazy(), raw(collected, metric).lazy())
            .collect()
            .is_empty()
        )


@pytest.mark.parametrize("change", ["same file", "grown file", "another format"])
def test_to_import_again_adds_only_what_is_new(
    collected: dict[str, Place], tmp_path: Path, change: str
) -> None:
    days = [Day("octo/after", LONG_AGO + timedelta(days=n), 10 + n, 4) for n in range(3)]
    import_files(collected, foreign.gghstats_db(tmp_path / "first.db", days))
    before, then = contents(collected), versions(collected)
    if change == "same file":
        again = foreign.gghstats_db(tmp_path / "copy.db", days)
        os.utime(again, (0, 0))
        import_files(collected, again)
        assert versions(collected) == then
        assert all(frame.equals(before[name]) for name, frame in contents(collected).items())
    elif change == "grown file":
        days[2] = Day("octo/after", days[2].day, 20, 5)
        days.append(Day("octo/after", LONG_AGO + timedelta(days=9), 1, 1))
        import_files(collected, foreign.gghstats_db(tmp_path / "grown.db", days))
        assert raw(collected).height == before["raw_views"].height + 2
        assert day_of(collected, 1, days[2].day)["count"] == 20
    else:
        import_files(collected, foreign.repo_stats_aggregate(tmp_path, "octo/after", days))
        # Another witness, who says the same.
        assert raw(collected).height == before["raw_views"].height + 3
        assert golden(collected).equals(before["golden_views"].sort("repo_id", "day"))


def test_the_greatest_wins_whoever_saw_it(collected: dict[str, Place], tmp_path: Path) -> None:
    more, less, new = (TODAY - timedelta(days=age) for age in (5, 6, 60))
    path = foreign.plain_csv(
        tmp_path / "mine.csv",
        "repository,day,views,unique_visitors",
        f"octo/after,{more},500,1",
        f"octo/after,{less},0,0",
        f"octo/after,{new},4,2",
    )
    before = {day: day_of(collected, 1, day) for day in (more, less)}
    planned = plan_files(collected, path)
    assert {
        row["day"]: (row["effect"], row["count"], row["golden_count"])
        for row in planned.conflicts.to_dicts()
    } == {
        more: ("rises", 500, before[more]["count"]),
        less: ("stays", 0, before[less]["count"]),
    }
    [row] = planned.repositories.to_dicts()
    assert {name: row[name] for name in ("days", "new", "rises", "stays", "same")} == {
        "days": 3,
        "new": 1,
        "rises": 1,
        "stays": 1,
        "same": 0,
    }
    assert (row["first_day"], row["last_day"], row["observations"]) == (new, more, 3)

    import_files(collected, path)
    assert day_of(collected, 1, more)["count"] == 500
    assert day_of(collected, 1, more)["uniques"] == max(1, before[more]["uniques"])  # type: ignore[call-overload]
    assert day_of(collected, 1, less)["count"] == before[less]["count"]
    # What our own looks have settled stays settled.
    assert day_of(collected, 1, less)["status"] == before[less]["status"] == "complete"

    after = plan_files(collected, path)
    [row] = after.repositories.to_dicts()
    assert (row["observations"], row["new"], row["rises"]) == (0, 0, 0)


def test_a_dry_run_writes_nothing(places: dict[str, Place], tmp_path: Path) -> None:
    path = foreign.plain_csv(tmp_path / "a.csv", WITH_ID, "5,a/b,2026-01-05,3")
    planned = plan_files(places, path)
    assert planned.first_day == date(2026, 1, 5)
    assert not (tmp_path / "store").exists()


def test_a_store_that_an_import_began_is_a_whole_one(
    places: dict[str, Place], tmp_path: Path
) -> None:
    path = foreign.plain_csv(tmp_path / "a.csv", WITH_ID, "5,a/b,2026-01-05,3")
    assert set(import_files(places, path)) == {"raw_views", "golden_views"}
    assert examine_store(places) == []


def test_nothing_to_import_does_nothing(places: dict[str, Place], tmp_path: Path) -> None:
    path = foreign.gghstats_db(tmp_path / "gghstats.db", [])
    assert plan_files(places, path).first_day is None
    assert import_files(places, path) == {}
    assert not (tmp_path / "store").exists()


def test_imported_days_are_never_complete_unless_the_file_proves_the_look(
    places: dict[str, Place], tmp_path: Path
) -> None:
    at = datetime(2026, 1, 20, 23, 18, 35, tzinfo=UTC)
    days = [at.date() - timedelta(days=age) for age in range(14)]
    kept = [Day("octo/hello", day, 5, 2) for day in days]
    aggregate = foreign.repo_stats_aggregate(tmp_path / "one", "octo/hello", kept)
    snapshot = foreign.repo_stats_snapshot(tmp_path / "two", "octo/hello", at, kept)
    known = foreign.plain_csv(tmp_path / "a.csv", WITH_ID, "7,octo/hello,2025-01-01,1")
    import_files(places, known)
    import_files(places, aggregate)
    assert set(golden(places)["status"]) == {"partial"}
    import_files(places, snapshot)
    complete = golden(places).filter(pl.col("status") == "complete")["day"].to_list()
    # The last three had not settled, the first may be truncated.
    assert complete == sorted(days[3:-1])


def test_uniques_that_a_tool_did_not_keep_are_unknown_and_no_zero(
    places: dict[str, Place], tmp_path: Path
) -> None:
    day = date(2026, 1, 5)
    entries = [foreign.tracker_entry(day, views=95)]
    state = foreign.tracker_json(tmp_path / "state.json", entries)
    identity = foreign.plain_csv(tmp_path / "a.csv", WITH_ID, "7,octo/hello,2025-01-01,1")
    import_files(places, identity)
    import_files(places, state, repository="octo/hello")
    assert day_of(places, 7, day)["uniques"] is None
    covered = coverage(golden(places).lazy(), REPOS.schema.to_frame().lazy(), today=TODAY)
    known = covered.filter(pl.col("day") == day).collect().row(0, named=True)
    assert known["coverage"] == "measured"
    # A later witness knew them: the same count, seen at no later time.
    more = foreign.plain_csv(
        tmp_path / "b.csv", "repository,day,views,unique_visitors", f"octo/hello,{day},95,40"
    )
    assert plan_files(places, more).conflicts["effect"].to_list() == ["rises"]
    import_files(places, more)
    assert day_of(places, 7, day)["uniques"] == 40
    # One that does not know them takes nothing away.
    import_files(
        places,
        foreign.plain_csv(tmp_path / "c.csv", "repository,day,views", f"octo/hello,{day},96"),
    )
    assert day_of(places, 7, day) | {"count": 96, "uniques": 40} == day_of(places, 7, day)


def test_the_doctor_and_the_checks_know_that_uniques_may_be_unknown(
    places: dict[str, Place], tmp_path: Path
) -> None:
    path = foreign.plain_csv(tmp_path / "a.csv", WITH_ID, "7,octo/hello,2026-01-05,95")
    import_files(places, path)
    views = {"raw_views", "golden_views"}
    assert [one.damage for one in examine_store(places) if one.table in views] == []
    lacking, stored = golden(places), raw(places)
    more = pl.lit(40, dtype=pl.Int64).alias("uniques")
    assert lost_in_raw(lacking, stored).is_empty()
    # Golden that knows more than raw is kept, golden that knows less is behind.
    assert lost_in_raw(lacking.with_columns(more), stored).height == 1
    assert quality.below_raw(lacking.lazy(), stored.lazy()).collect().is_empty()
    assert quality.below_raw(lacking.lazy(), stored.with_columns(more).lazy()).collect().height == 1


def test_an_import_gives_no_repository_its_old_name_back(
    collected: dict[str, Place], tmp_path: Path
) -> None:
    path = foreign.gghstats_db(
        tmp_path / "gghstats.db",
        [Day("octo/before", TODAY - timedelta(days=age), 3, 1) for age in (1, 5, 400)],
    )
    import_files(collected, path)
    names = golden(collected).filter(pl.col("repo_id") == 1)["full_name"].unique().to_list()
    assert names == ["octo/after"]
    later = Looks("run-later", noon(TODAY + timedelta(days=1)), {1: "labs/moved"})
    fill(collected, later)
    names = golden(collected).filter(pl.col("repo_id") == 1)["full_name"].unique().to_list()
    assert names == ["labs/moved"]


def test_days_among_those_seen_under_an_old_name_show_the_newest(
    places: dict[str, Place], tmp_path: Path
) -> None:
    for day, name in ((date(2025, 12, 20), "octo/before"), (TODAY, "octo/after")):
        fill(places, Looks(f"run-{day}", noon(day), {1: name}))
    days = [Day("octo/before", date(2025, 12, day), 3, 1) for day in (1, 15)]
    import_files(places, foreign.gghstats_db(tmp_path / "gghstats.db", days))
    assert golden(places)["full_name"].unique().to_list() == ["octo/after"]


def test_an_import_makes_no_look_seem_fresher_and_no_incident_of_zeros(
    collected: dict[str, Place], tmp_path: Path
) -> None:
    before = golden(collected)["last_observed_at"].max()
    days = [TODAY - timedelta(days=age) for age in range(3, 9)]
    path = foreign.gghstats_db(
        tmp_path / "gghstats.db", [Day("octo/after", day, 0, 0) for day in days]
    )
    import_files(collected, path)
    assert golden(collected)["last_observed_at"].max() == before
    assert quality.everything_zero_days(golden(collected).lazy(), raw(collected).lazy()) == []


def test_a_kill_between_raw_and_golden_is_healed_by_the_same_import(
    collected: dict[str, Place], tmp_path: Path
) -> None:
    path = foreign.gghstats_db(tmp_path / "gghstats.db", [Day("octo/after", LONG_AGO, 3, 1)])
    script = f"""
        import os
        from pathlib import Path
        from github_traffic_dagster.history import bringing_in
        from github_traffic_dagster_tests.history.importing import import_files
        from github_traffic_dagster_tests.store.transfer.histories import places_below

        bringing_in.golden_rows = lambda *_: os.kill(os.getpid(), 9)
        import_files(places_below({str(tmp_path / "store")!r}), Path({str(path)!r}))
    """
    root = str(Path(github_traffic_dagster.__file__).parents[1])
    killed = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        env=os.environ | {"PYTHONPATH": root},
        check=False,
    )
    assert killed.returncode == -9
    assert LONG_AGO in raw(collected)["day"]
    assert LONG_AGO not in golden(collected)["day"]
    # The dry run sees what is lacking.
    [row] = plan_files(collected, path).repositories.to_dicts()
    assert (row["observations"], row["new"]) == (0, 1)

    height = raw(collected).height
    import_files(collected, path)
    assert raw(collected).height == height
    assert day_of(collected, 1, LONG_AGO)["count"] == 3


def test_a_large_import_into_an_empty_store_is_laid_out_by_months(
    places: dict[str, Place], tmp_path: Path
) -> None:
    lines = [f"{n},a/r{n},{LONG_AGO + timedelta(days=40 * (n % 2))},1" for n in range(1, 1_001)]
    path = foreign.plain_csv(tmp_path / "a.csv", WITH_ID, *lines)
    import_files(places, path)
    folders = {entry.name for entry in Path(places["golden_views"].uri).glob("period=*")}
    assert folders == {"period=2023-12-01", "period=2024-02-01"}
    assert golden(places).height == 1_000


Line = tuple[int, int, int, int | None, bool]


def lines() -> st.SearchStrategy[list[Line]]:
    """Rows of a CSV: repository, day, count, uniques, and whether the look is proven."""
    numbers = st.integers(1, 9)
    uniques = st.none() | st.integers(0, 1)
    line = st.tuples(st.integers(1, 2), st.integers(0, 3), numbers, uniques, st.booleans())
    return st.lists(line, min_size=1, max_size=12)


def csv_of(rows: list[Line], path: Path) -> Path:
    text = ["repo_id,repository,day,views,unique_visitors,observed_at"]
    for repo_id, age, count, uniques, proven in rows:
        day = LONG_AGO + timedelta(days=age)
        at = datetime.combine(day + timedelta(days=5), time(2), tzinfo=UTC)
        known = "" if uniques is None else uniques
        text.append(f"{repo_id},a/r{repo_id},{day},{count},{known},{at if proven else ''}")
    return foreign.plain_csv(path, *text)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with TemporaryDirectory() as name:
        yield Path(name)


@settings(deadline=None, max_examples=4)
@given(rows=lines(), shuffled=st.randoms(use_true_random=False), cut=st.integers(0, 12))
def test_the_same_rows_in_any_order_and_any_files_give_the_same_tables(
    folder: Path, rows: list[Line], shuffled: Random, cut: int
) -> None:
    with TemporaryDirectory(dir=folder) as name:
        one, other = places_below(f"{name}/one"), places_below(f"{name}/other")
        import_files(one, csv_of(rows, Path(name, "all.csv")))
        mixed = [*rows]
        shuffled.shuffle(mixed)
        parts = [part for part in (mixed[:cut], mixed[cut:], mixed[:1]) if part]
        for number, part in enumerate(parts):
            import_files(other, csv_of(part, Path(name, f"{number}.csv")))
        assert raw(one).equals(raw(other))
        assert golden(one).equals(golden(other))
        assert golden(one).equals(golden_from_observations(raw(one).lazy()).collect())


@settings(deadline=None, max_examples=60)
@given(rows=lines(), shuffled=st.randoms(use_true_random=False), cut=st.integers(0, 12))
def test_the_same_rows_in_any_order_and_any_files_are_the_same_observations(
    folder: Path, rows: list[Line], shuffled: Random, cut: int
) -> None:
    whole = frames_of({}, csv_of(rows, folder / "all.csv"))
    mixed = [*rows]
    shuffled.shuffle(mixed)
    parts = [part for part in (mixed[:cut], mixed[cut:], mixed[:1]) if part]
    files = [csv_of(part, folder / f"{number}.csv") for number, part in enumerate(parts)]
    assert frames_of({}, *files)[Metric.VIEWS].equals(whole[Metric.VIEWS])
    assert (
        quality.duplicate_keys(whole[Metric.VIEWS].lazy(), RAW[Metric.VIEWS].key)
        .collect()
        .is_empty()
    )


def test_several_files_at_once_are_one_import(collected: dict[str, Place], tmp_path: Path) -> None:
    first = foreign.gghstats_db(tmp_path / "a.db", [Day("octo/after", LONG_AGO, 3, 1)])
    second = foreign.repo_stats_aggregate(tmp_path, "octo/before", [Day("", LONG_AGO, 9, 2)])
    frames = frames_of(collected, first, second)
    assert set(frames[Metric.VIEWS]["source"]) == {"import:gghstats", "import:github-repo-stats"}
    bring_in(frames, collected)
    assert day_of(collected, 1, LONG_AGO)["count"] == 9
