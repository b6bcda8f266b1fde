"""Write the report, and tell where it lies."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from github_traffic_dagster.cli.consoles import messages, results
from github_traffic_dagster.cli.home import command
from github_traffic_dagster.errors import RequestError
from github_traffic_dagster.io_manager import SCHEMA, storage_place, table_places
from github_traffic_dagster.release import RELEASE
from github_traffic_dagster.report.events import read_events
from github_traffic_dagster.report.files import parent_and_name
from github_traffic_dagster.report.reading import Scope
from github_traffic_dagster.report.writing import (
    INDEX,
    Report,
    make_report,
    write_badges,
    write_page,
)
from github_traffic_dagster.store.place import Place

_FILE: Final = "github-traffic.html"


def report_on_store(
    root: str, scope: Scope, *, output: str | None, events: str, badges: str | None
) -> None:
    """Write the page and, where wanted, the badges.

    Args:
        root: the store's root.
        scope: what the report is about.
        output: the page's place: a file ending with .html or .htm, else a folder; None for a file
            in the working folder.
        events: place of a file of events; empty for none.
        badges: the folder that badges go into; None for none.

    Raises:
        SettingError: the file of events can't be used.
        RequestError: there is nothing to report.
        StoreError: a table could not be read, or a file not be written.
    """
    report = make_report(
        table_places(root),
        scope,
        events=read_events(storage_place(events)) if events else (),
        now=datetime.now(UTC),
        release=RELEASE,
    )
    if report.figures.repositories.is_empty():
        raise RequestError(
            f"There is nothing to report: {root}/{SCHEMA} holds nothing of these days. Begin with: "
            f"{command('collect')}"
        )
    folder, name = _page_place(output or str(Path.cwd() / _FILE))
    write_page(report, folder, name)
    console = results()
    console.print(_told(report, f"{folder.uri}/{name}"), soft_wrap=True)
    if badges:
        number = write_badges(report, storage_place(badges))
        console.print(f"{number:,} badges in {badges}/badges", soft_wrap=True)
    if report.strangers:
        messages().print(
            f"Events name repositories that the report does not have: "
            f"{', '.join(report.strangers)}",
            soft_wrap=True,
        )


def _page_place(output: str) -> tuple[Place, str]:
    place = storage_place(output)
    if output.lower().endswith((".html", ".htm")):
        return parent_and_name(place)
    return place, INDEX


def _told(report: Report, where: str) -> str:
    figures = report.figures
    number = figures.repositories.height
    return (
        f"Report of {number:,} {'repository' if number == 1 else 'repositories'}, "
        f"{figures.first_day}...{figures.last_day} (UTC): {where} "
        f"({len(report.page) / 1e6:.1f} MB)"
    )
