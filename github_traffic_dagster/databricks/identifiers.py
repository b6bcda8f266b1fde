"""Names and texts inside SQL statements: what they hold is never read as SQL.

https://docs.databricks.com/sql/language-manual/sql-ref-identifiers.html,
https://docs.databricks.com/sql/language-manual/data-types/string-type.html
"""

import re
from typing import Final

_NAME: Final = re.compile(r"[a-z0-9_][a-z0-9_-]{0,254}")
_ESCAPED: Final = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\0": "\\0"}


def object_name(text: str) -> str:
    """A catalog's or schema's name, in small letters as Unity Catalog keeps it.

    Narrower than what Unity Catalog allows, so that it needs no escaping in an API's address.

    Raises:
        ValueError: it is none.
    """
    name = text.lower() if text.isascii() else text
    if not _NAME.fullmatch(name):
        raise ValueError("not 1 to 255 letters, digits, _ and -")
    return name


def quoted(*names: str) -> str:
    """Names joined by dots, each in backticks."""
    return ".".join(f"`{name.replace('`', '``')}`" for name in names)


def literal(text: str) -> str:
    """A string literal."""
    return f"'{''.join(_ESCAPED.get(letter, letter) for letter in text)}'"
