"""Names of catalogs and schemas, as users set them.

https://docs.databricks.com/sql/language-manual/sql-ref-names.html
"""

import re
from typing import Final

_NAME: Final = re.compile(r"[a-z0-9_][a-z0-9_-]{0,254}")


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
