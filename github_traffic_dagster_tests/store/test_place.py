from pathlib import Path

from github_traffic_dagster.store.place import RETRY_LIMITS, Place


def test_a_folder_and_a_file_uri_lie_on_this_machine() -> None:
    assert Place("/data/table").local_path == Path("/data/table")
    assert Place("file:///data/table").local_path == Path("/data/table")
    assert Place("/data/table").delta_options == {}
    assert Place("/data/table").polars_options is None


def test_an_object_store_gets_its_options_with_the_retries_capped() -> None:
    place = Place("s3://bucket/table", {"region": "eu-west-1"})
    assert place.local_path is None
    assert place.delta_options == {**RETRY_LIMITS, "region": "eu-west-1"}


def test_a_cap_that_was_given_is_kept() -> None:
    assert Place("gs://bucket/table", {"timeout": "60s"}).delta_options["timeout"] == "60s"


def test_polars_gets_its_retries_capped_in_numbers_and_refuses_nothing_else() -> None:
    options = Place("s3://bucket/table", {"timeout": "10s"}).polars_options
    assert options is not None
    assert options["max_retries"] == int(RETRY_LIMITS["max_retries"])
    assert all(isinstance(value, int) for value in options.values())


def test_options_may_hold_secrets_and_are_not_shown() -> None:
    assert "hidden" not in repr(Place("s3://bucket/table", {"secret": "hidden"}))
