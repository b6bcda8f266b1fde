"""Names and texts inside SQL statements: what they hold is never read as SQL.

https://docs.databricks.com/sql/language-manual/sql-ref-identifiers.html,
https://docs.databricks.com/sql/language-manual/data-types/string-type.html
"""

from typing import Final

_ESCAPED: Final = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\0": "\\0"}


def quoted(*names: str) -> str:
    """Names joined by dots, each in backticks."""
    return ".".join(f"`{name.replace('`', '``')}`" for name in names)


def literal(text: str) -> str:
    """A string literal."""
    return f"'{''.join(_ESCAPED.get(letter, letter) for letter in text)}'"
