"""Files give back exactly what was put into them, CSV as well."""

from datetime import UTC, date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from github_traffic_dagster.errors import StoreError
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.store.transfer.files import describe_file, from_bytes, to_bytes
from github_traffic_dagster.store.transfer.manifest import ExportedTable, Format, columns_of
from github_traffic_dagster.traffic.tables import REPOS
from github_traffic_dagster_tests.traffic.rows import repos_row

SOURCE = Place("/export")
TEXTS = [
    None,
    "",
    " ",
    "null",
    "NA",
    "\\N",
    'say "hi"',
    "a,b",
    "line\nend",
    "\r\n",
    "ünï ✓",
    "'",
    "0",
]
INSTANTS = st.none() | st.datetimes(timezones=st.just(UTC))
NUMBERS = st.none() | st.integers(-(2**63), 2**63 - 1)
SOME_TEXT = (
    st.none()
    | st.sampled_from(TEXTS[1:])
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
)


def there_and_back(frame: pl.DataFrame, form: Format) -> pl.DataFrame:
    content = to_bytes(frame, form)
    file = describe_file(f"repos/2026-01.{form}", frame, content)
    table = ExportedTable(version=0, columns=columns_of(REPOS), files=(file,))
    return from_bytes(SOURCE, REPOS, table, file, content)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(Format),
    st.lists(st.tuples(SOME_TEXT, INSTANTS, NUMBERS, st.none() | st.booleans()), max_size=5),
)
def test_every_value_comes_back_as_it_was(form: Format, values: list[tuple[object, ...]]) -> None:
    rows = [
        repos_row(
            date(2026, 1, 20),
            repo_id=number,
            owner=text,
            observed_at=instant,
            stargazers=count,
            private=flag,
        )
        for number, (text, instant, count, flag) in enumerate(values)
    ]
    frame = pl.DataFrame(rows, schema=REPOS.schema)
    assert there_and_back(frame, form).equals(frame, null_equal=True)


@pytest.mark.parametrize("form", Format)
def test_a_null_and_an_empty_text_stay_two_things(form: Format) -> None:
    rows = [repos_row(repo_id=number, owner=text) for number, text in enumerate(TEXTS)]
    frame = pl.DataFrame(rows, schema=REPOS.schema)
    assert there_and_back(frame, form)["owner"].to_list() == TEXTS


@pytest.mark.parametrize("form", Format)
def test_no_rows_are_no_rows(form: Format) -> None:
    frame = pl.DataFrame(schema=REPOS.schema)
    assert there_and_back(frame, form).equals(frame)


def test_a_file_of_other_bytes_is_named() -> None:
    frame = pl.DataFrame([repos_row()], schema=REPOS.schema)
    content = to_bytes(frame, Format.PARQUET)
    file = describe_file("repos/2026-01.parquet", frame, content)
    table = ExportedTable(version=0, columns=columns_of(REPOS), files=(file,))
    for other in (content[:-1], content[:-1] + b"x", b""):
        with pytest.raises(StoreError, match=r"repos/2026-01\.parquet"):
            from_bytes(SOURCE, REPOS, table, file, other)
