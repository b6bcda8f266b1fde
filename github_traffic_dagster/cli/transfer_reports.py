"""Exports and imports, and what is told about them."""

from datetime import UTC, date, datetime

from rich.table import Table

from github_traffic_dagster.cli.consoles import results
from github_traffic_dagster.cli.home import command
from github_traffic_dagster.errors import SettingError
from github_traffic_dagster.history_start import move_start
from github_traffic_dagster.io_manager import SCHEMA, storage_place, table_places
from github_traffic_dagster.release import RELEASE
from github_traffic_dagster.settings import Settings
from github_traffic_dagster.store.transfer.exporting import export
from github_traffic_dagster.store.transfer.importing import bring_in, compare
from github_traffic_dagster.store.transfer.manifest import Format
from github_traffic_dagster.store.transfer.opening import open_export
from github_traffic_dagster.traffic.tables import TABLES


def export_store(settings: Settings, target: str, form: str, tables: str | None) -> None:
    """Export, and print what was written.

    Args:
        settings: which store.
        target: a folder or a place in an object store.
        form: parquet or csv.
        tables: their names, comma-separated; None for all.

    Raises:
        SettingError: a name is none of a table.
        StoreError: there is nothing to export, the target is taken, or the storage failed.
    """
    manifest = export(
        table_places(settings.root),
        storage_place(target),
        form=Format(form),
        names=_names(tables),
        now=datetime.now(UTC),
        release=RELEASE,
    )
    console = results()
    table = _figures("table", "rows", "files", "bytes")
    for name, exported in manifest.tables.items():
        size = sum(file.size for file in exported.files)
        table.add_row(name, *(f"{n:,}" for n in (exported.rows, len(exported.files), size)))
    console.print(table)
    console.print(f"\nExported {settings.root}/{SCHEMA} to {target}", soft_wrap=True)


def import_into_store(settings: Settings, source: str, *, apply: bool) -> None:
    """Import, or say what would be imported.

    Args:
        settings: which store.
        source: where the export lies.
        apply: do it.

    Raises:
        StoreError: the export is damaged, foreign, contradicts the store, or the storage failed.
    """
    places = table_places(settings.root)
    export = open_export(storage_place(source))
    compared = compare(export, places)
    console = results()
    manifest = export.manifest
    console.print(
        f"Export of {manifest.exported_at:%Y-%m-%d %H:%M} UTC by {manifest.exported_by}: "
        "whole and undamaged",
        soft_wrap=True,
    )
    if not apply:
        table = _figures("table", "rows in the export", "not in the store")
        for name, found in compared.items():
            table.add_row(name, f"{found.rows:,}", f"{found.missing:,}")
        console.print(table)
        console.print(
            f"\nNothing was changed in {settings.root}/{SCHEMA}. Rows that are there already are "
            "merged by their table's rule, and golden is built anew from raw. To do it: "
            f"{command('import', source, '--apply')}",
            soft_wrap=True,
        )
        return
    done = bring_in(export, places)
    table = _figures("table", "rows in the export", "added", "changed")
    for name, result in done.items():
        rows = compared[name].rows if name in compared else 0
        table.add_row(name, *(f"{n:,}" for n in (rows, result.added, result.changed)))
    console.print(table)
    console.print(f"\nImported {source} into {settings.root}/{SCHEMA}", soft_wrap=True)
    days = [found.first_day for found in compared.values() if found.first_day]
    if days and (said := begin_history_at(settings, min(days))):
        console.print(said, soft_wrap=True)


def begin_history_at(settings: Settings, first_day: date) -> str:
    """Let Dagster's partitions begin at the oldest imported day; what there is to say about it."""
    if settings.start_date:
        if settings.start_date <= first_day:
            return ""
        return (
            f"GITHUB_TRAFFIC_START_DATE is {settings.start_date}: set it to {first_day} to see the "
            "imported days before as partitions in Dagster."
        )
    before = move_start(settings, first_day)
    if before is None:
        return ""
    return (
        f"The history begins at {first_day} now (before: {before}): Dagster shows the earlier days "
        "as partitions once it has loaded its code again (reload, or start it anew)."
    )


def _names(tables: str | None) -> list[str]:
    names = [name.strip() for name in tables.split(",") if name.strip()] if tables else [*TABLES]
    unknown = [name for name in names if name not in TABLES]
    if unknown:
        raise SettingError(
            f"--tables names {', '.join(unknown)}: expected some of {', '.join(TABLES)}"
        )
    return list(dict.fromkeys(names))


def _figures(first: str, *others: str) -> Table:
    table = Table(first, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in others:
        table.add_column(heading, justify="right")
    return table
