"""This program's name and version, as it signs what it writes."""

from importlib.metadata import version
from typing import Final

_PACKAGE: Final = "github-traffic-dagster"

RELEASE: Final = f"{_PACKAGE} {version(_PACKAGE)}"
