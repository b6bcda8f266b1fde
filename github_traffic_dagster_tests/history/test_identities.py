"""Other tools' names become GitHub's ids, or are nobody's."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest

from github_traffic_dagster.github_api.identities import Asked, Identity
from github_traffic_dagster.history.identities import NOT_ASKED
from github_traffic_dagster.history.told import Told
from github_traffic_dagster.store.merging import merge
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.tables import REPOS
from github_traffic_dagster_tests.history import foreign_files as foreign
from github_traffic_dagster_tests.history.importing import (
    TODAY,
    identified,
    import_files,
)
from github_traffic_dagster_tests.traffic.rows import noon, repos_frame, repos_row


def told(repository: str | None = None, repo_id: int | None = None) -> Told:
    return Told(repository, repo_id, Metric.VIEWS, date(2026, 1, 5), 3, 1, None)


@pytest.mark.parametrize("name", ["octo/after", "octo/before", "OCTO/After"])
def test_a_repository_is_known_by_all_of_its_names(collected: dict[str, Place], name: str) -> None:
    found = identified(collected, [told(name)]).found
    assert found == {(name, None): Identity(1, "octo/after")}


@pytest.mark.parametrize("name", ["after", "before", "tool"])
def test_a_bare_name_is_enough_while_one_repository_has_it(
    collected: dict[str, Place], name: str
) -> None:
    [found] = identified(collected, [told(name)]).found.values()
    assert found.repo_id == (2 if name == "tool" else 1)


def test_a_bare_name_of_several_needs_its_owner(collected: dict[str, Place]) -> None:
    row = repos_row(TODAY, repo_id=3, full_name="octo/tool", observed_at=noon(TODAY))
    merge(collected["repos"], REPOS, repos_frame(row), run_id="run-9")
    [why] = identified(collected, [told("tool")]).unknown.values()
    assert why == (
        "it is the name of several repositories, labs/tool (2), octo/tool (3): "
        "--owner LOGIN says which"
    )
    [found] = identified(collected, [told("tool")], owner="octo").found.values()
    assert found.repo_id == 3


def test_a_name_that_two_repositories_had_is_nobodys_without_an_id(
    collected: dict[str, Place],
) -> None:
    row = repos_row(TODAY, repo_id=9, full_name="octo/before", observed_at=noon(TODAY))
    merge(collected["repos"], REPOS, repos_frame(row), run_id="run-9")
    result = identified(collected, [told("octo/before"), told("octo/before", 1)])
    [why] = result.unknown.values()
    assert "octo/after (1), octo/before (9): give repo_id in a CSV file" in why
    assert result.found == {("octo/before", 1): Identity(1, "octo/after")}


def test_github_is_asked_once_for_what_the_store_does_not_know(
    collected: dict[str, Place],
) -> None:
    asked: list[Asked] = []

    def ask(names: Sequence[Asked]) -> Mapping[Asked, Identity | str]:
        asked.extend(names)
        return {
            41: Identity(41, "octo/by-id"),
            "octo/former": Identity(1, "octo/after"),
            "octo/new": Identity(5, "octo/new"),
            "octo/gone": "not visible",
        }

    rows = [
        told("octo/after"),
        told("octo/new"),
        told("octo/new"),
        told("new"),
        told("octo/former"),
        told("octo/gone"),
        told(repo_id=41),
        # A tool that keeps ids and names needs no answer.
        told("octo/other", 42),
    ]
    result = identified(collected, rows, owner="octo", ask=ask)
    assert asked == [41, "octo/former", "octo/gone", "octo/new"]
    assert {key: one.repo_id for key, one in result.found.items()} == {
        ("octo/after", None): 1,
        ("octo/new", None): 5,
        ("new", None): 5,
        ("octo/former", None): 1,
        (None, 41): 41,
        ("octo/other", 42): 42,
    }
    assert result.unknown == {("octo/gone", None): "not visible"}


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (told("octo/new"), NOT_ASKED),
        (told("new"), "its owner is not named: --owner LOGIN says whose it is"),
        (told(repo_id=41), NOT_ASKED),
    ],
)
def test_without_a_token_the_unknown_are_named_and_left_out(
    places: dict[str, Place], row: Told, why: str
) -> None:
    assert list(identified(places, [row]).unknown.values()) == [why]


def test_rows_of_unknown_repositories_are_left_out_and_the_others_come_in(
    collected: dict[str, Place], tmp_path: Path
) -> None:
    path = foreign.plain_csv(
        tmp_path / "mine.csv",
        "repository,day,views,unique_visitors",
        f"octo/before,{TODAY - timedelta(days=400)},3,1",
        "octo/new,2026-01-05,3,1",
    )
    done = import_files(collected, path)
    assert {name: result.added for name, result in done.items()} == {
        "raw_views": 1,
        "golden_views": 1,
    }
