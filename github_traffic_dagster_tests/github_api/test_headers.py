from datetime import UTC, datetime

import pytest

from github_traffic_dagster.github_api.headers import (
    EXPIRY_HEADER,
    Budget,
    read_budget,
    read_date,
    read_expiry,
    read_retry_after,
)

NOW = datetime(2026, 7, 15, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-12-01 10:00:00 UTC", datetime(2026, 12, 1, 10, tzinfo=UTC)),
        ("2026-12-01 10:00:00 +0200", datetime(2026, 12, 1, 8, tzinfo=UTC)),
        ("2026-12-01 10:00:00 -0730", datetime(2026, 12, 1, 17, 30, tzinfo=UTC)),
        ("soon", None),
        ("", None),
    ],
)
def test_the_expiry_is_read_in_utc_and_with_an_offset(text: str, expected: datetime | None) -> None:
    assert read_expiry({EXPIRY_HEADER: text}) == expected


def test_no_expiry_header_means_no_expiry() -> None:
    assert read_expiry({}) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [("7", 7.0), ("Wed, 15 Jul 2026 12:00:09 GMT", 9.0), ("whenever", None), ("-4", None)],
)
def test_retry_after_is_a_number_or_a_date(text: str, expected: float | None) -> None:
    assert read_retry_after({"retry-after": text}, NOW) == expected


def test_a_retry_after_in_the_past_is_no_wait() -> None:
    assert read_retry_after({"retry-after": "Wed, 15 Jul 2026 11:00:00 GMT"}, NOW) == 0


def test_the_budget_needs_both_of_its_headers() -> None:
    full = {"x-ratelimit-remaining": "12", "x-ratelimit-reset": "1784000000.0"}
    assert read_budget(full) == Budget(12, 1784000000, limit=12)
    assert read_budget({"x-ratelimit-remaining": "12"}) is None
    assert read_budget({}) is None


def test_the_budget_of_an_hour_to_come_is_told_too() -> None:
    told = {"x-ratelimit-remaining": "12", "x-ratelimit-reset": "9", "x-ratelimit-limit": "5000"}
    assert read_budget(told) == Budget(12, 9, limit=5000)


def test_the_budget_of_the_search_api_is_not_ours() -> None:
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1784000000"}
    assert read_budget({**headers, "x-ratelimit-resource": "search"}) is None


def test_the_date_is_githubs_clock() -> None:
    assert read_date({"date": "Wed, 15 Jul 2026 12:00:00 GMT"}) == NOW
    assert read_date({"date": "yesterday"}) is None
    assert read_date({}) is None
