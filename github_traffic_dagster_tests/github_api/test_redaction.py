import base64
from urllib.parse import quote

import pytest
from pydantic import SecretStr

from github_traffic_dagster.github_api.redaction import REPLACEMENT, Redaction

TOKEN = "ghp_a/b+c=d"


@pytest.mark.parametrize(
    "form", [TOKEN, quote(TOKEN, safe=""), base64.b64encode(TOKEN.encode()).decode()]
)
def test_each_form_of_the_token_is_replaced(form: str) -> None:
    assert Redaction(SecretStr(TOKEN))(f"a {form} b") == f"a {REPLACEMENT} b"


def test_a_text_without_the_token_stays_as_it_is() -> None:
    assert Redaction(SecretStr(TOKEN))("nothing  to\nhide") == "nothing  to\nhide"


def test_a_word_too_short_for_a_token_is_left_in_data_and_taken_out_of_messages() -> None:
    redaction = Redaction(SecretStr("octo"))
    assert redaction.in_data('{"full_name": "octo/hello"}') == '{"full_name": "octo/hello"}'
    assert redaction.brief("no octo") == f"no {REPLACEMENT}"
    long = "ghp_0123456789abcdef"
    assert Redaction(SecretStr(long)).in_data(f'{{"echo": "{long}"}}') == (
        f'{{"echo": "{REPLACEMENT}"}}'
    )


def test_cutting_a_long_text_never_leaves_half_a_token() -> None:
    redaction = Redaction(SecretStr(TOKEN))
    for length in range(280, 310):
        assert TOKEN[:6] not in redaction.brief("x" * length + TOKEN)
