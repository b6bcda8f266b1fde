"""Keep tokens out of every text that comes from outside.

GitHub, a proxy or an exception may repeat what was sent. What they say is shown to users, logged
and stored in Dagster's events, so tokens are replaced before anything is done with the text.
"""

import base64
import re
import threading
from urllib.parse import quote

from pydantic import SecretStr

REPLACEMENT = "[token removed]"

_LONGEST = 300
_SHORTEST_SECRET = 16
# A token that GitHub has just made is known to nobody when the answer goes wrong half-way.
# https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
_LOOKS_LIKE_A_TOKEN = re.compile(
    r"\b(gh[a-z]_[\w.-]{16,}|github_pat_\w{16,}|eyJ[\w-]+\.[\w-]+\.[\w-]+)"
)


class Redaction:
    """Replaces secrets, in each form that a server or a library might repeat them.

    Thread-safe: tokens that are made while a run goes on are added to it.
    """

    def __init__(self, *secrets: SecretStr) -> None:
        self._lock = threading.Lock()
        self._forms: tuple[str, ...] = ()
        self._forms_in_data: tuple[str, ...] = ()
        for secret in secrets:
            self.add(secret.get_secret_value())

    def add(self, secret: str) -> None:
        """Replace this one as well from now on."""
        basic = base64.b64encode(secret.encode()).decode()
        forms = {secret, quote(secret, safe=""), basic}
        with self._lock:
            # The longest first: a form that contains another one must go as a whole.
            self._forms = tuple(sorted({*self._forms, *forms}, key=len, reverse=True))
            if len(secret) >= _SHORTEST_SECRET:
                in_data = {*self._forms_in_data, *forms}
                self._forms_in_data = tuple(sorted(in_data, key=len, reverse=True))

    def __call__(self, text: str) -> str:
        """The text without secrets, and without what looks like a token of anybody's."""
        return _LOOKS_LIKE_A_TOKEN.sub(REPLACEMENT, _without(self._forms, text))

    def in_data(self, text: str) -> str:
        """The text of an answer that will be used, without secrets.

        A word as short as no token of GitHub's (they have 40 characters) may well be part of a
        repository's name: data stays as it is then.
        """
        return _without(self._forms_in_data, text)

    def brief(self, text: str) -> str:
        """The text without secrets, on one line, at most about 300 characters."""
        # Redacted before it is cut: half a token is still half a secret.
        line = " ".join(self(text).split())
        return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def _without(forms: tuple[str, ...], text: str) -> str:
    for form in forms:
        text = text.replace(form, REPLACEMENT)
    return text
