"""Which names catalogs and schemas may have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from github_traffic_dagster.databricks.identifiers import object_name
from github_traffic_dagster.databricks.target import Namespace
from github_traffic_dagster.errors import SettingError


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
