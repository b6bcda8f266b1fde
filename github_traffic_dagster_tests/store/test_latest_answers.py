"""What is remembered of GitHub's latest answers: replaced whole, forgotten when of no use."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from github_traffic_dagster.errors import StoreError
from github_traffic_dagster.store.latest_answers import (
    SCHEMA,
    read_latest_answers,
    read_latest_looks,
    remember_latest_answers,
)
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.traffic.answers import Metric

DAY = date(2026, 7, 15)


def seen(repo_id: int, days_ago: int = 0, body: str = "{}") -> pl.DataFrame:
    look = datetime(2026, 7, 15, 2, tzinfo=UTC) - timedelta(days=days_ago)
    return pl.DataFrame([(repo_id, look, 7, 'W/"1"', body)], schema=SCHEMA, orient="row")


def remember(place: Place, frame: pl.DataFrame, metric: Metric = Metric.VIEWS) -> None:
    remember_latest_answers(place, metric, frame, today=DAY)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(str(tmp_path / "memory"))


def test_nothing_is_remembered_before_the_first_run(place: Place) -> None:
    assert read_latest_answers(place, Metric.VIEWS).equals(SCHEMA.to_frame())


def test_what_was_seen_is_read_back_and_views_are_not_clones(place: Place) -> None:
    remember(place, seen(1))
    remember(place, seen(2), Metric.CLONES)
    assert read_latest_answers(place, Metric.VIEWS).equals(seen(1))
    assert read_latest_answers(place, Metric.CLONES).equals(seen(2))


def test_others_are_kept_and_the_latest_look_wins_whatever_the_order(place: Place) -> None:
    remember(place, seen(1, body="new"))
    remember(place, seen(2))
    remember(place, seen(1, days_ago=1, body="old"))
    found = read_latest_answers(place, Metric.VIEWS)
    assert found["repo_id"].to_list() == [1, 2]
    assert found["body"].to_list() == ["new", "{}"]


def test_repositories_not_looked_at_for_two_months_are_forgotten(place: Place) -> None:
    remember(place, seen(1, days_ago=61))
    remember(place, seen(2, days_ago=60))
    assert read_latest_answers(place, Metric.VIEWS)["repo_id"].to_list() == [2]


@pytest.mark.parametrize("content", [b"", b"no parquet", b"PAR1 cut off"])
def test_what_cannot_be_understood_counts_as_nothing_and_is_replaced(
    place: Place, content: bytes
) -> None:
    remember(place, seen(1))
    (Path(place.uri) / "views.parquet").write_bytes(content)
    assert read_latest_answers(place, Metric.VIEWS).is_empty()
    remember(place, seen(2))
    assert read_latest_answers(place, Metric.VIEWS).equals(seen(2))


def test_other_columns_than_ours_count_as_nothing(place: Place) -> None:
    remember(place, seen(1))
    pl.DataFrame({"a": [1]}).write_parquet(Path(place.uri) / "views.parquet")
    assert read_latest_answers(place, Metric.VIEWS).is_empty()


def test_storage_that_cannot_be_read_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "memory").write_text("a file in the folder's place")
    with pytest.raises(StoreError, match="memory"):
        read_latest_answers(Place(str(tmp_path / "memory")), Metric.VIEWS)


def test_the_looks_alone_are_those_of_the_answers(place: Place) -> None:
    assert read_latest_looks(place, Metric.VIEWS).schema.names() == ["repo_id", "observed_at"]
    remember(place, pl.concat([seen(1), seen(2, days_ago=3)]))
    looks = read_latest_looks(place, Metric.VIEWS)
    assert looks.equals(read_latest_answers(place, Metric.VIEWS).select("repo_id", "observed_at"))
    assert looks.height == 2
