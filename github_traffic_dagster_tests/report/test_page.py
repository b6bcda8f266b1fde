"""The page is one file: it loads nothing, runs its own scripts alone, and shows text as text."""

import hashlib
import json
import re
from datetime import date, datetime, timedelta
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any

from github_traffic_dagster.report.events import Event
from github_traffic_dagster.report.reading import Scope
from github_traffic_dagster.report.settings import Private
from github_traffic_dagster_tests.report.histories import LOOKS, History, write_by_hand
from github_traffic_dagster_tests.traffic.rows import DAY, golden_row, repos_row

VENDORED = {
    # As in the npm packages d3 7.9.2 and @observablehq/plot 0.6.17.
    "d3.min.js": "912111098ea99503a6f4967361d2bbdc9dbf58cf9c678c8e27e5b02d1a07f0c1",
    "plot.umd.min.js": "4358086467740777dd788d6b27a95cebdbaefdd50c730a3060117073bd7134cb",
}
LOADING = {"src", "srcset", "href", "action", "data", "poster", "background", "xlink:href"}


class Elements(HTMLParser):
    """What a browser would find in the page."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.attributes: list[tuple[str, str, str | None]] = []
        self.names: list[str] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]


def data_of(page: bytes) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page.decode())
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


def test_nothing_is_loaded_from_anywhere(history: History, now: datetime):
    page = history.report(now).page
    elements = Elements(page)
    loaded = {value for _, name, value in elements.attributes if name in LOADING}
    assert loaded == {"#main", "data:,"}
    assert not {"img", "iframe", "object", "embed", "base"} & set(elements.names)
    style = page.decode().split("<style>")[1].split("</style>")[0]
    assert "@import" not in style
    assert "http" not in style
    markup = re.sub(r"<script.*?</script>", "", page.decode(), flags=re.DOTALL)
    assert "http:" not in markup
    assert "https:" not in markup


def test_the_pages_policy_allows_its_own_scripts_alone(history: History, now: datetime):
    page = history.report(now).page
    policies = [value for tag, _, value in Elements(page).attributes if tag == "meta" and value]
    policy = next(value for value in policies if value.startswith("default-src"))
    assert "default-src 'none'" in policy
    script_rule = policy.split("script-src")[1]
    assert "unsafe" not in script_rule
    assert script_rule.count("sha256-") == page.count(b"<script>") == 3


def test_the_libraries_are_those_that_were_published():
    vendor = files("github_traffic_dagster.report").joinpath("page", "vendor")
    for name, digest in VENDORED.items():
        assert hashlib.sha256(vendor.joinpath(name).read_bytes()).hexdigest() == digest
    licences = vendor.joinpath("LICENSES.txt").read_text()
    for name in (
        "d3",
        "@observablehq/plot",
        "isoformat",
        "interval-tree-1d",
        "binary-search-bounds",
    ):
        assert f"== {name}\n" in licences


def test_names_and_texts_are_never_markup(tmp_path: Path):
    evil = "</script><img src=x onerror=alert(1)>\u2028"
    history = write_by_hand(
        tmp_path,
        views=[golden_row(full_name=f"octo/{evil}")],
        repos=[repos_row(full_name=f"octo/{evil}")],
    )
    page = history.report(LOOKS[-1], events=(Event(DAY, "", evil),)).page
    assert "img" not in Elements(page).names
    assert b"<img" not in page
    assert b"</script><" not in page.replace(b"</script>\n<", b"")
    data = data_of(page)
    assert data["plotted"][1]["name"] == f"octo/{evil}"
    assert data["events"][0]["text"] == evil


def test_all_repositories_are_in_the_table_and_the_file_stays_small(tmp_path: Path):
    number = 1200
    views = [
        golden_row(repo_id=repo_id, full_name=f"octo/number-{repo_id}", count=repo_id)
        for repo_id in range(number)
    ]
    history = write_by_hand(tmp_path, views=views)
    empty = history.report(LOOKS[-1], Scope(patterns=("octo/number-1",)))
    page = history.report(LOOKS[-1]).page
    names = re.findall(r'<th scope="row">octo/(number-\d+)', page.decode())
    assert len(names) == 500
    names += [row[0].removeprefix("octo/") for row in data_of(page)["others"]]
    assert names == [f"number-{repo_id}" for repo_id in reversed(range(number))]
    assert len(data_of(page)["plotted"]) == 21
    assert (len(page) - len(empty.page)) / number < 250


def test_events_of_other_repositories_are_left_out_and_named(history: History, now: datetime):
    events = (
        Event(date(2026, 1, 10), "me/ALPHA", "v1"),
        Event(date(2026, 1, 11), "me/unheard-of", "secret"),
        Event(date(2026, 1, 12), "", "all"),
    )
    report = history.report(now, events=events)
    assert report.strangers == ("me/unheard-of",)
    assert [event["text"] for event in data_of(report.page)["events"]] == ["v1", "all"]
    assert b"secret" not in report.page


def test_a_report_that_nobody_looked_for_says_so_but_none_of_earlier_days(
    history: History, now: datetime
):
    said = b"Nobody has looked at GitHub since 2026-03-06."
    assert said not in history.report(now).page
    assert said in history.report(now + timedelta(days=1)).page
    earlier = history.report(now, Scope(last_day=date(2026, 2, 1))).page
    assert b"Nobody has looked" not in earlier


def test_private_repositories_can_be_kept_out_of_it(history: History, now: datetime):
    assert b"me/hidden" in history.report(now).page
    assert b"me/hidden" not in history.report(now, Scope(private=Private.NOWHERE)).page
