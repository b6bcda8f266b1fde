"""The reference says what the code says."""

import pytest

from github_traffic_dagster.settings import Settings
from github_traffic_dagster_tests.docs.pages import DOCS, PAGES
from reference_pages.pages import FOLDER
from reference_pages.pages import PAGES as WRITTEN

pytestmark = pytest.mark.skipif(not PAGES, reason="not a checkout")


@pytest.mark.parametrize("name", WRITTEN)
def test_a_page_is_what_the_code_writes_today(name: str) -> None:
    stale = (FOLDER / name).read_text(encoding="utf-8") != WRITTEN[name]()

    assert not stale, "run `python -m reference_pages`"


def test_every_setting_has_one_row() -> None:
    page = (DOCS / "reference" / "settings.md").read_text(encoding="utf-8")

    for field in Settings.model_fields:
        assert page.count(f"\n| `{Settings.variable(field)}` | ") == 1
