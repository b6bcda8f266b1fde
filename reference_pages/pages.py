"""Which pages there are, and where they lie."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from reference_pages.commands import commands_page
from reference_pages.settings import settings_page
from reference_pages.tables import tables_page

FOLDER: Final = Path(__file__).parents[1] / "docs" / "reference"

PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "commands.md": commands_page,
    "settings.md": settings_page,
    "tables.md": tables_page,
}
