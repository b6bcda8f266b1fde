"""Where a table stands after a kill: before, after, or in a state that nobody wrote."""

import polars as pl
import pytest

from reliability.states import compare

TOTALS = "raw_window_totals"
VIEWS = {"metric": "views", "repo_id": 1}
CLONES = {"metric": "clones", "repo_id": 1}
MORE_VIEWS = {"metric": "views", "repo_id": 2}


@pytest.mark.parametrize(
    ("rows", "stands"),
    [
        ([], "before"),
        ([VIEWS, MORE_VIEWS], "before"),
        ([CLONES], "before"),
        ([VIEWS, MORE_VIEWS, CLONES], "after"),
        ([VIEWS], "mixed"),
        ([VIEWS, CLONES], "mixed"),
        ([VIEWS, VIEWS, MORE_VIEWS, CLONES], "mixed"),
    ],
)
def test_views_and_clones_come_to_a_table_of_both_by_a_write_each_and_each_whole(
    rows: list[dict[str, object]], stands: str
) -> None:
    schema = {"metric": pl.String, "repo_id": pl.Int64}
    before = {TOTALS: pl.DataFrame(schema=schema)}
    after = {TOTALS: pl.DataFrame([VIEWS, MORE_VIEWS, CLONES], schema=schema)}
    found = compare({TOTALS: pl.DataFrame(rows, schema=schema)}, before, after)
    assert getattr(found, stands) == {TOTALS}
