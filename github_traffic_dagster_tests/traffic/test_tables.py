import random
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from github_traffic_dagster.traffic.tables import (
    BIGINT,
    BOOLEAN,
    DATE,
    REPOS,
    TABLES,
    TEXT,
    TIMESTAMP,
    Table,
)
from github_traffic_dagster_tests.traffic.pure_merge import fold
from github_traffic_dagster_tests.traffic.rows import DAY, noon, repos_frame, repos_row
from github_traffic_dagster_tests.traffic.strategies import moderate

every_table = pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
with_rule = pytest.mark.parametrize(
    "table",
    [table for table in TABLES.values() if table.merge],
    ids=lambda table: table.name,
)


def test_the_tables_go_by_their_own_names_and_five_are_always_there() -> None:
    always = {"repos", "raw_views", "raw_clones", "golden_views", "golden_clones"}
    assert {name for name, table in TABLES.items() if not table.optional} == always
    others = {"raw_window_totals", "raw_referrers", "raw_paths", "raw_release_downloads"}
    others |= {"raw_workflow_checkouts", "clones_less_automation"}
    assert set(TABLES) == always | others
    assert all(name == table.name for name, table in TABLES.items())


@every_table
def test_the_table_and_each_of_its_columns_explain_themselves(table: Table) -> None:
    assert table.grain.startswith("One row per ")
    for column in table.columns:
        assert len(column.comment) > 5
        assert column.comment != column.name


@every_table
def test_columns_are_of_types_that_need_no_table_feature(table: Table) -> None:
    for column in table.columns:
        assert column.dtype in (BIGINT, TEXT, BOOLEAN, DATE, TIMESTAMP)


@every_table
def test_column_names_are_unique_and_the_key_is_made_of_them(table: Table) -> None:
    names = [column.name for column in table.columns]
    assert len(names) == len(set(names))
    assert set(table.key) <= set(names)
    assert {"day", "repo_id"} <= set(table.key)


@every_table
def test_only_raw_tables_are_append_only_and_their_key_names_the_run(table: Table) -> None:
    assert (table.merge is None) == table.name.startswith("raw_")
    assert ("run_id" in table.key) == table.name.startswith("raw_")


@with_rule
def test_the_merge_rule_speaks_of_real_columns_and_never_changes_a_key(table: Table) -> None:
    assert table.merge is not None
    names = set(table.schema.names())
    texts = [table.merge.when, *table.merge.updates.values()]
    spoken_of = {name for text in texts for name in re.findall(r"\b[st]\.(\w+)", text)}
    assert spoken_of <= names
    assert set(table.merge.updates) <= names - set(table.key)


@st.composite
def listings(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Looks at one repository for two days, each at a moment of its own from then on."""
    offsets = draw(st.lists(st.integers(0, 100), min_size=1, max_size=8, unique=True))
    rows = []
    for offset in offsets:
        observed_at = noon(DAY) + timedelta(hours=offset)
        first = DAY + timedelta(days=draw(st.integers(0, 1)))
        if first <= observed_at.date():
            rows.append(repos_row(first, observed_at=observed_at, stargazers=offset))
    return rows or [repos_row(DAY)]


def best(rows: list[dict[str, Any]]) -> dict[str, Any]:
    def rank(row: dict[str, Any]) -> tuple[bool, datetime]:
        return row["observed_at"].date() == row["day"], row["observed_at"]

    return max(rows, key=rank)


@given(listings(), st.randoms())
@moderate
def test_a_listing_of_the_day_itself_wins_in_any_order(
    rows: list[dict[str, Any]], chance: random.Random
) -> None:
    again = rows + chance.choices(rows, k=2)
    chance.shuffle(again)
    expected = [
        best([row for row in rows if row["day"] == day]) for day in {r["day"] for r in rows}
    ]
    merged = fold(REPOS, [repos_frame(row) for row in again])
    assert_frame_equal(merged, repos_frame(*expected).sort("day", "repo_id"))


def test_a_later_look_does_not_replace_the_popularity_of_the_day_itself() -> None:
    of_the_day = repos_frame(repos_row(DAY))
    later = repos_frame(
        repos_row(DAY, observed_at=noon(DAY + timedelta(days=1)), stargazers=None, archived=True)
    )
    assert_frame_equal(fold(REPOS, [of_the_day, later]), of_the_day)
    assert_frame_equal(fold(REPOS, [later, of_the_day]), of_the_day)
