"""Keep the token out of every text that comes from outside.

GitHub, a proxy or an exception may repeat what was sent. What they say is shown to users, logged
and stored in Dagster's events, so the token is replaced before anything is done with the text.
"""

import base64
from urllib.parse import quote

from pydantic import SecretStr

REPLACEMENT = "[token removed]"

_LONGEST = 300
_SHORTEST_SECRET = 16


class Redaction:
    """Replaces one token, in each form that a server or a library might repeat it."""

    def __init__(self, token: SecretStr) -> None:
        plain = token.get_secret_value()
        basic = base64.b64encode(plain.encode()).decode()
        self._is_a_secret = len(plain) >= _SHORTEST_SECRET
        # The longest first: a form that contains another one must go as a whole.
        self._forms = sorted({plain, quote(plain, safe=""), basic}, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """The text without the token; unchanged when it doesn't hold it."""
        for form in self._forms:
            text = text.replace(form, REPLACEMENT)
        return text

    def in_data(self, text: str) -> str:
        """The text of an answer that will be used, without the token.

        A word as short as no token of GitHub's (they have 40 characters) may well be part of a
        repository's name: data stays as it is then.
        """
        return self(text) if self._is_a_secret else text

    def brief(self, text: str) -> str:
        """The text without the token, on one line, at most about 300 characters."""
        # Redacted before it is cut: half a token is still half a secret.
        line = " ".join(self(text).split())
        return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
