from datetime import UTC, datetime
from typing import Any

import pytest

from github_traffic_dagster.github_api.outcomes import Reason
from github_traffic_dagster.github_api.selection import Selection
from github_traffic_dagster.traffic.answers import Repository


def repository(full_name: str = "Octo/Hello-World", **facts: Any) -> Repository:
    moment = datetime(2026, 7, 15, tzinfo=UTC)
    defaults: dict[str, Any] = {
        "repo_id": 1,
        "private": False,
        "fork": False,
        "archived": False,
        "traffic_access": True,
        "created_at": moment,
        "stargazers": 0,
        "forks": 0,
        "open_issues": 0,
        "observed_at": moment,
    }
    return Repository(full_name=full_name, **{**defaults, **facts})


def test_an_empty_selection_wants_everything() -> None:
    assert Selection().verdict(repository(fork=True, archived=True)) is None


@pytest.mark.parametrize("pattern", ["hello-*", "octo/*", "*/hello-world", "OCTO/HELLO-WORLD"])
def test_a_pattern_matches_names_or_full_names_in_any_case(pattern: str) -> None:
    assert Selection(include=(pattern,)).verdict(repository()) is None
    assert Selection(exclude=(pattern,)).verdict(repository()) is Reason.EXCLUDED


@pytest.mark.parametrize("pattern", ["hello", "octo", "other/*", "octo/hello"])
def test_a_pattern_matches_the_whole_or_nothing(pattern: str) -> None:
    assert Selection(include=(pattern,)).verdict(repository()) is Reason.EXCLUDED


def test_exclude_is_stronger_than_include() -> None:
    selection = Selection(include=("octo/*",), exclude=("hello-*",))
    assert selection.verdict(repository()) is Reason.EXCLUDED


def test_other_accounts_are_left_out() -> None:
    assert Selection(accounts=("LABS",)).verdict(repository("labs/x")) is None
    assert Selection(accounts=("labs",)).verdict(repository()) is Reason.EXCLUDED


def test_forks_and_archived_ones_are_left_out_on_demand() -> None:
    selection = Selection(forks=False, archived=False)
    assert selection.verdict(repository(fork=True)) is Reason.FORK
    assert selection.verdict(repository(archived=True)) is Reason.ARCHIVED
    assert selection.verdict(repository()) is None


def test_only_the_users_own_choices_are_deliberate() -> None:
    deliberate = {reason for reason in Reason if reason.deliberate}
    assert deliberate == {Reason.EXCLUDED, Reason.FORK, Reason.ARCHIVED}
