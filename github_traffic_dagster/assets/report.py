"""`report`: the page and the badges, written anew after every run."""

from collections.abc import Iterable
from datetime import UTC, datetime

import dagster as dg

from github_traffic_dagster.assets.ui_metadata import OWNERS, table_value
from github_traffic_dagster.io_manager import TrafficStore, storage_place, table_places
from github_traffic_dagster.release import RELEASE
from github_traffic_dagster.report.events import read_events
from github_traffic_dagster.report.reading import Scope
from github_traffic_dagster.report.writing import INDEX, make_report, write_badges, write_page
from github_traffic_dagster.step_failures import clear_failures
from github_traffic_dagster.traffic.answers import Snapshot
from github_traffic_dagster.traffic.tables import GOLDEN, REPOS, SNAPSHOTS, WINDOW_TOTALS

REPORT = "report"
_COLUMNS = ("full_name", "views", "clones", "stargazers", "first_day", "last_day")


def report_asset(
    folder: str, scope: Scope, events: str = "", *, kinds: Iterable[Snapshot] = ()
) -> dg.AssetsDefinition:
    """The asset `report`. It has no partitions: each time the whole history is told.

    Args:
        folder: a folder or a place in an object store.
        scope: what the report is about.
        events: place of a file of events; empty for none.
        kinds: the snapshots that are taken.
    """
    read = [*GOLDEN.values(), REPOS, WINDOW_TOTALS, *(SNAPSHOTS[kind] for kind in kinds)]

    @dg.asset(
        name=REPORT,
        deps=[table.name for table in read],
        description=(
            f"One HTML page of everything that is stored ({INDEX}) and badges for public "
            "repositories (badges/OWNER/NAME/views.json and clones.json), in the place of "
            "GITHUB_TRAFFIC_REPORT. The last ones stay until new ones are whole."
        ),
        group_name="report",
        kinds={"html"},
        owners=OWNERS,
    )
    def report(store: TrafficStore) -> dg.MaterializeResult[None]:
        target = storage_place(folder)
        with clear_failures():
            made = make_report(
                table_places(store.root_uri),
                scope,
                events=read_events(storage_place(events)) if events else (),
                now=datetime.now(UTC),
                release=RELEASE,
            )
            write_page(made, target)
            badges = write_badges(made, target)
        repositories = made.figures.repositories
        return dg.MaterializeResult(
            metadata={
                "page": dg.MetadataValue.path(f"{folder}/{INDEX}"),
                "bytes": len(made.page),
                "repositories": repositories.height,
                "badges": badges,
                "events_of_unknown_repositories": ", ".join(made.strangers),
                "preview": table_value(repositories.select(_COLUMNS).head(10)),
            }
        )

    return report
