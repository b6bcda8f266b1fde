"""No name and no text can say anything in SQL."""

import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from github_traffic_dagster.databricks.identifiers import literal, object_name, quoted
from github_traffic_dagster.databricks.target import Namespace
from github_traffic_dagster.errors import SettingError

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


@given(st.text())
def test_what_is_let_in_as_a_name_has_no_sign_of_sql_or_of_an_address(text: str):
    try:
        name = object_name(text)
    except ValueError:
        return
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789_-")
    assert 1 <= len(name) <= 255


def test_names_are_kept_in_small_letters_as_unity_catalog_does():
    namespace = Namespace("Main", "GitHub-Traffic")
    assert str(namespace) == "main.github-traffic"
    assert namespace.object("views") == "`main`.`github-traffic`.`views`"


@pytest.mark.parametrize("bad", ["", "a.b", "a b", "x`; DROP TABLE y", "K" * 256, "ﬀ"])
def test_a_bad_name_is_refused_with_the_setting_to_change(bad: str):
    with pytest.raises(SettingError, match=r"no name of a catalog.*GITHUB_TRAFFIC_CATALOG"):
        Namespace(bad, "fine")
    with pytest.raises(SettingError, match=r"no name of a schema.*GITHUB_TRAFFIC_SCHEMA"):
        Namespace("fine", bad)
