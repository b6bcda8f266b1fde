"""Half-written files on a local disk, which no Delta tool sees.

object_store writes a file under its name with `#` and a number, then renames it; its listing
leaves such names out, so that a vacuum can't find what a killed writer left behind
(https://docs.rs/object_store/latest/object_store/local/struct.LocalFileSystem.html). On object
stores an upload that was not completed is no object.
"""

import re
from datetime import datetime
from typing import Final

from github_traffic_dagster.store.place import Place

STAGED: Final = re.compile(r".*#\d+")
"""A file that is being written, or whose writer died."""


def remove_leftovers(place: Place, *, before: datetime) -> int:
    """Delete half-written files that nobody has touched since `before`; returns how many."""
    path = place.local_path
    if path is None:
        return 0
    staged = [
        file
        for file in path.rglob("*#*")
        if STAGED.fullmatch(file.name) and file.stat().st_mtime < before.timestamp()
    ]
    for file in staged:
        file.unlink(missing_ok=True)
    return len(staged)
