"""Names and texts inside SQL statements: what they hold is never read as SQL.

https://docs.databricks.com/sql/language-manual/sql-ref-identifiers.html,
https://docs.databricks.com/sql/language-manual/data-types/string-type.html
"""

import re
from dataclasses import dataclass
from typing import Final

from github_traffic_dagster.errors import SettingError

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


@dataclass(frozen=True, slots=True)
class Namespace:
    """A schema in a catalog of Unity Catalog.

    Raises:
        SettingError: one of them is no name.
    """

    catalog: str
    schema: str

    def __post_init__(self) -> None:
        """Refuse what is no name, and keep it in small letters."""
        for part in ("catalog", "schema"):
            try:
                object.__setattr__(self, part, object_name(getattr(self, part)))
            except ValueError as error:
                raise SettingError(
                    f"{getattr(self, part)!r} is no name of a {part} in Unity Catalog: {error}. "
                    f"Set GITHUB_TRAFFIC_{part.upper()} to another one."
                ) from None

    def __str__(self) -> str:
        """As people write it, and as the Unity Catalog API takes it."""
        return f"{self.catalog}.{self.schema}"

    @property
    def sql(self) -> str:
        """The schema in a statement."""
        return quoted(self.catalog, self.schema)

    def object(self, name: str) -> str:
        """A table or view of the schema in a statement."""
        return quoted(self.catalog, self.schema, name)
