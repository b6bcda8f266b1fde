from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from deltalake import DeltaTable, Field, Schema
from deltalake.schema import PrimitiveType

from github_traffic_dagster.errors import (
    ForeignTableError,
    GitHubTrafficError,
    StoreError,
    TableMissingError,
)
from github_traffic_dagster.store import opening
from github_traffic_dagster.store.appending import append
from github_traffic_dagster.store.layout import configuration, delta_schema
from github_traffic_dagster.store.merging import merge
from github_traffic_dagster.store.naming import with_newest_names
from github_traffic_dagster.store.opening import open_or_create, open_table
from github_traffic_dagster.store.periods import Period
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.store.reading import scan
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.tables import GOLDEN, RAW, Table
from github_traffic_dagster_tests.store.disk import fingerprint
from github_traffic_dagster_tests.traffic.rows import golden_frame, golden_row, raw_frame, raw_row

VIEWS = GOLDEN[Metric.VIEWS]
RAW_VIEWS = RAW[Metric.VIEWS]

Prepare = Callable[[Path], object]


def other_files(path: Path) -> None:
    path.mkdir(parents=True)
    (path / "thesis.docx").write_text("years of work")
    (path / "notes").mkdir()


def a_file(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_text("not a folder")


def a_file_in_place_of_the_store(path: Path) -> None:
    path.parent.write_text("not a folder")


def parquet_without_a_log(path: Path) -> None:
    path.mkdir(parents=True)
    golden_frame(golden_row()).write_parquet(path / "part-0.parquet")


def a_table(path: Path, schema: Schema, *, by: str = "period", **settings: str) -> None:
    """A table that one thing makes another one than ours."""
    DeltaTable.create(
        str(path),
        schema,
        partition_by=[by],
        configuration=configuration(VIEWS, Period.YEAR) | settings,
        raise_if_key_not_exists=False,
    )


def columns(table: Table = VIEWS) -> list[Field]:
    return list(delta_schema(table).fields)


def without_a_key(path: Path) -> None:
    a_table(path, Schema([field for field in columns() if field.name != "repo_id"]))


def with_a_column_too_many(path: Path) -> None:
    a_table(path, Schema([*columns(), Field("mood", PrimitiveType("string"))]))


def with_another_type(path: Path) -> None:
    changed = Field("count", PrimitiveType("string"))
    a_table(path, Schema([changed if field.name == "count" else field for field in columns()]))


def partitioned_by_day(path: Path) -> None:
    a_table(path, delta_schema(VIEWS), by="day")


def of_a_newer_format(path: Path) -> None:
    a_table(path, delta_schema(VIEWS), **{"github_traffic.format": "2"})


def of_an_unreadable_format(path: Path) -> None:
    a_table(path, delta_schema(VIEWS), **{"github_traffic.format": "two"})


def by_weeks(path: Path) -> None:
    a_table(path, delta_schema(VIEWS), **{"github_traffic.period": "week"})


def our_other_table(path: Path) -> None:
    append(Place(str(path)), RAW_VIEWS, raw_frame(raw_row()), run_id="run-1")


def somebody_elses_table(path: Path) -> None:
    pl.DataFrame({"customer": ["a"], "price": [1.5]}).write_delta(str(path))


def our_table(path: Path) -> Path:
    place = Place(str(path))
    for run in range(3):
        merge(place, VIEWS, golden_frame(golden_row(count=5 + run)), run_id=f"run-{run}")
    return max((path / "_delta_log").glob("*.json"))


def a_truncated_commit(path: Path) -> None:
    last = our_table(path)
    last.write_bytes(last.read_bytes()[:-40])


def a_commit_of_random_bytes(path: Path) -> None:
    our_table(path).write_bytes(bytes(range(256)))


def a_log_with_a_hole(path: Path) -> None:
    our_table(path).with_name("00000000000000000001.json").unlink()


def a_log_without_any_version(path: Path) -> None:
    (path / "_delta_log").mkdir(parents=True)
    (path / "_delta_log" / "0000.json.tmp").write_text("{}")


def a_log_that_is_a_file(path: Path) -> None:
    path.mkdir(parents=True)
    (path / "_delta_log").write_text("{}")


foreign = pytest.mark.parametrize(
    ("prepare", "says"),
    [
        (other_files, "holds files (notes, thesis.docx) but no Delta table"),
        (a_file, "is a file, not a folder"),
        (a_file_in_place_of_the_store, "is a file, not a folder"),
        (parquet_without_a_log, "holds files (part-0.parquet)"),
        (without_a_key, "it lacks repo_id"),
        (with_a_column_too_many, "it has unknown columns mood"),
        (with_another_type, "of another type: count"),
        (partitioned_by_day, "it is not partitioned by period"),
        (by_weeks, "its property github_traffic.period is neither year nor month"),
        (of_a_newer_format, "written by a newer release (format 2, this one knows 1)"),
        (of_an_unreadable_format, "written by a newer release (format two"),
        (our_other_table, "is not our table golden_views"),
        (somebody_elses_table, "is not our table golden_views"),
    ],
)
corrupt = pytest.mark.parametrize(
    "prepare",
    [
        a_truncated_commit,
        a_commit_of_random_bytes,
        a_log_with_a_hole,
        a_log_without_any_version,
        a_log_that_is_a_file,
    ],
)
FRAME = golden_frame(golden_row(count=99))
WAYS_IN: list[Callable[[Place], object]] = [
    lambda place: open_table(place, VIEWS),
    lambda place: open_or_create(place, VIEWS, Period.YEAR),
    lambda place: scan(place, VIEWS),
    lambda place: merge(place, VIEWS, FRAME, run_id="run-9"),
    lambda place: with_newest_names(place, VIEWS, FRAME, run_id="run-9"),
]


@foreign
def test_what_is_not_ours_is_refused_by_every_way_in_and_left_byte_for_byte(
    place: Place, prepare: Prepare, says: str
) -> None:
    path = Path(place.uri)
    prepare(path)
    before = fingerprint(path.parent)
    for enter in WAYS_IN:
        with pytest.raises(ForeignTableError) as raised:
            enter(place)
        assert says in str(raised.value)
        assert str(path) in str(raised.value)
        assert fingerprint(path.parent) == before


@corrupt
def test_a_corrupt_log_is_never_taken_for_a_missing_table(place: Place, prepare: Prepare) -> None:
    path = Path(place.uri)
    prepare(path)
    before = fingerprint(path.parent)
    for enter in WAYS_IN:
        with pytest.raises(StoreError) as raised:
            enter(place)
        assert not isinstance(raised.value, TableMissingError)
        assert str(path) in str(raised.value)
        assert fingerprint(path.parent) == before


def test_a_missing_table_is_an_error_of_its_own_and_looking_for_it_creates_nothing(
    place: Place,
) -> None:
    with pytest.raises(TableMissingError, match="Materialize golden_views first"):
        open_table(place, VIEWS)
    with pytest.raises(TableMissingError):
        scan(place, VIEWS)
    assert not Path(place.uri).exists()


def test_an_empty_folder_is_a_place_for_a_new_table(place: Place) -> None:
    Path(place.uri).mkdir(parents=True)
    with pytest.raises(TableMissingError):
        open_table(place, VIEWS)
    assert open_or_create(place, VIEWS, Period.YEAR).version() == 0


@pytest.mark.parametrize("left_over", [[], ["00000000000000000000.json#1"]])
def test_a_creation_that_died_before_its_first_version_is_finished(
    place: Place, left_over: list[str]
) -> None:
    log = Path(place.uri) / "_delta_log"
    log.mkdir(parents=True)
    for name in left_over:
        (log / name).write_text('{"commitInfo":{"oper')
    with pytest.raises(TableMissingError):
        open_table(place, VIEWS)
    assert merge(place, VIEWS, FRAME, run_id="run-1").inserted == 1


def test_a_table_of_the_first_release_without_the_format_is_ours(place: Place) -> None:
    settings = configuration(VIEWS, Period.YEAR)
    del settings["github_traffic.format"]
    DeltaTable.create(
        place.uri,
        delta_schema(VIEWS),
        partition_by=["period"],
        configuration=settings,
        raise_if_key_not_exists=False,
    )
    assert open_table(place, VIEWS).version() == 0


def test_every_refusal_is_one_line_a_user_can_act_on(tmp_path: Path) -> None:
    for prepare in (other_files, a_file, with_another_type, of_a_newer_format, a_truncated_commit):
        path = tmp_path / prepare.__name__
        prepare(path / "table")
        with pytest.raises(GitHubTrafficError) as raised:
            open_or_create(Place(str(path / "table")), VIEWS, Period.YEAR)
        assert "\n" not in str(raised.value)


def test_a_listing_that_left_out_the_newest_commit_is_not_believed(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One failing `statx` is enough: object_store passes over the file without a word."""
    newest = open_or_create(place, VIEWS, Period.YEAR)
    newest.alter.set_table_properties({"github_traffic.test": "1"}, raise_if_not_exists=False)
    looks = iter([newest.version() - 1])

    def short_sighted(uri: str, storage_options: dict[str, str]) -> DeltaTable:
        return DeltaTable(uri, next(looks, None), storage_options=storage_options)

    monkeypatch.setattr(opening, "DeltaTable", short_sighted)
    assert open_table(place, VIEWS).version() == newest.version()
