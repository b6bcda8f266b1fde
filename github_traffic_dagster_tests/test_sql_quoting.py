"""No name and no text can say anything in SQL."""

import sqlglot
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from github_traffic_dagster.sql_quoting import literal, quoted

nasty = st.text(st.sampled_from("`'\\\";-/*\n\r\0 ab.$:é{}%"), min_size=1) | st.text(min_size=1)


@given(nasty)
def test_a_text_is_one_literal_whatever_it_holds(text: str):
    parsed = sqlglot.parse(f"SELECT {literal(text)} AS a", dialect="databricks")
    assert len(parsed) == 1
    found = parsed[0]
    assert isinstance(found, exp.Select)
    value = found.expressions[0].this
    assert isinstance(value, exp.Literal)
    assert value.is_string
    if "\r" not in text and "\0" not in text:  # sqlglot keeps \r and \0 as they are written
        assert value.this == text


@given(nasty)
def test_a_name_is_one_name_whatever_it_holds(name: str):
    parsed = sqlglot.parse(f"SELECT * FROM {quoted('main', name)}", dialect="databricks")
    assert len(parsed) == 1
    tables = list(parsed[0].find_all(exp.Table))  # type: ignore[union-attr]
    assert [(table.db, table.name, table.catalog) for table in tables] == [("main", name, "")]
