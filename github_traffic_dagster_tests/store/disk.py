"""What lies on the disk, byte for byte."""

import hashlib
from pathlib import Path

from deltalake import DeltaTable

from github_traffic_dagster.store.place import Place


def fingerprint(folder: Path) -> dict[str, str]:
    """Every file below a folder (or the file itself) with a hash of its bytes; folders too."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        if path.is_file()
        else "folder"
        for path in (folder, *sorted(folder.rglob("*")))
    }


def version(place: Place) -> int:
    """The table's newest version."""
    return DeltaTable(place.uri).version()


def break_period(place: Place, first_day: str) -> None:
    """Overwrite the data files of a period (as 2026-01-01) with what is no Parquet."""
    files = list((Path(place.uri) / f"period={first_day}").glob("*.parquet"))
    assert files
    for file in files:
        file.write_bytes(b"this is no parquet" * 20)
