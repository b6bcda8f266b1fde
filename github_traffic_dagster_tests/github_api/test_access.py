from typing import Any

import pytest
from pydantic import SecretStr

from github_traffic_dagster.errors import SettingError
from github_traffic_dagster.github_api.access import Access


def access(**settings: Any) -> Access:
    return Access(**{"token": SecretStr("ghp_x"), **settings})


@pytest.mark.parametrize("token", ["", " ", "\n"])
def test_an_empty_token_is_named_as_such(token: str) -> None:
    with pytest.raises(SettingError, match="GITHUB_TOKEN"):
        access(token=SecretStr(token))


@pytest.mark.parametrize("token", ["ghp_a\n", "ghp a", "ghp_ü", "\tghp"])
def test_a_token_that_no_header_can_carry_is_refused_without_quoting_it(token: str) -> None:
    with pytest.raises(SettingError) as refused:
        access(token=SecretStr(token))
    assert token.strip() not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    ["", "github.com", "ftp://host", "https://", "https://a:b@host", "https://h?x=1", "http://h:x"],
)
def test_an_address_that_cannot_be_an_api_names_the_setting(url: str) -> None:
    with pytest.raises(SettingError, match="GITHUB_API_URL"):
        access(api_url=url)


@pytest.mark.parametrize(
    "settings",
    [
        {"workers": 0},
        {"workers": 101},
        {"points_per_minute": 901},
        {"points_per_minute": 0},
        {"attempts": 0},
        {"timeout": 0},
        {"max_wait": -1},
    ],
)
def test_no_setting_goes_beyond_what_github_allows(settings: dict[str, int]) -> None:
    with pytest.raises(SettingError, match=next(iter(settings))):
        access(**settings)


def test_printing_an_access_does_not_show_the_token() -> None:
    assert "ghp_x" not in repr(access())


def test_the_host_has_its_port_and_no_path() -> None:
    assert access(api_url="https://ghe.example:8443/api/v3").host == "ghe.example:8443"
    assert access(api_url="http://[::1]:8080").host == "[::1]:8080"
    assert access().host == "api.github.com"
