"""The import of other tools' history: what is found, what it would do, and what it did."""

import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from github_traffic_dagster.cli.consoles import messages
from github_traffic_dagster.cli.history_tables import HistoryReport, Nameless
from github_traffic_dagster.cli.home import command
from github_traffic_dagster.cli.transfer_reports import begin_history_at
from github_traffic_dagster.errors import BadTokenError, GitHubUnavailableError
from github_traffic_dagster.github_api.access import Access
from github_traffic_dagster.github_api.conversation import Conversation
from github_traffic_dagster.github_api.identities import Asked, Identity
from github_traffic_dagster.github_api.identities import identify as ask_github
from github_traffic_dagster.history.bringing_in import bring_in
from github_traffic_dagster.history.formats import Format, format_of, read
from github_traffic_dagster.history.identities import (
    Ask,
    Identified,
    identify,
    known_repositories,
)
from github_traffic_dagster.history.observations import imported_frames, together
from github_traffic_dagster.history.planning import plan
from github_traffic_dagster.history.told import Given, Told
from github_traffic_dagster.io_manager import SCHEMA, storage_place, table_places
from github_traffic_dagster.settings import Settings

DONE = 0
NOTHING_DONE = 1


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be imported.

    Attributes:
        sources: files and folders.
        form: their format; None to find out.
        repository: whose numbers they are, where the files don't say.
        owner: of repositories that are named without one.
        demo: into the demo's data.
    """

    sources: tuple[str, ...]
    form: str | None = None
    repository: str | None = None
    owner: str | None = None
    demo: bool = False

    @property
    def command(self) -> str:
        """What to type to do it."""
        given = {"format": self.form, "repository": self.repository, "owner": self.owner}
        options = [part for name, value in given.items() if value for part in (f"--{name}", value)]
        demo = ["--demo"] if self.demo else []
        arguments = [*self.sources, *options, *demo, "--apply"]
        return command("import-history", *map(shlex.quote, arguments))


def import_from(settings: Settings, wanted: Wanted, *, apply: bool, as_json: bool) -> int:
    """Import, or say what would be imported.

    Args:
        settings: which store, and how GitHub can be asked for ids.
        wanted: what.
        apply: do it.
        as_json: print JSON instead of tables.

    Returns:
        The exit code: 0, or 1 where there was something to import and nothing could be.

    Raises:
        HistoryFileError: a file can't be used; nothing was changed.
        SettingError: what GitHub is to be asked with is malformed.
        StoreError: the storage failed.
    """
    places = table_places(settings.root)
    read_files = list(_read(wanted))
    told = [one for _, rows in read_files for one in rows]
    identified = identify(
        told, known_repositories(places), owner=wanted.owner, ask=_asker(settings)
    )
    frames = together(imported_frames(rows, identified, form) for form, rows in read_files)
    planned = plan(frames, places)
    report = HistoryReport(
        sources=wanted.sources,
        command=wanted.command,
        formats=sorted({form.value for form, _ in read_files}),
        tables_uri=f"{settings.root}/{SCHEMA}",
        plan=planned,
        nameless=_nameless(told, identified),
    )
    if apply:
        report.done = bring_in(frames, places)
        if planned.first_day:
            report.about_the_start = begin_history_at(settings, planned.first_day)
    report.print_json() if as_json else report.print_tables()
    return NOTHING_DONE if told and planned.repositories.is_empty() else DONE


def _read(wanted: Wanted) -> Iterator[tuple[Format, list[Told]]]:
    given = Given(datetime.now(UTC).date(), wanted.repository)
    for source in wanted.sources:
        place = storage_place(source)
        form = Format(wanted.form) if wanted.form else format_of(place)
        yield form, list(read(place, form, given))


def _nameless(told: Sequence[Told], identified: Identified) -> list[Nameless]:
    rows = Counter((one.repository, one.repo_id) for one in told)
    return [
        Nameless(name, repo_id, rows[name, repo_id], why)
        for (name, repo_id), why in identified.unknown.items()
    ]


def _asker(settings: Settings) -> Ask | None:
    """Asks GitHub with the settings' credentials; None where there are none."""
    tokens = (settings.github_token, settings.github_app_private_key)
    given = [token for token in tokens if token and token.get_secret_value()]
    if not (given or settings.github_app_id or settings.github_app_private_key_file):
        return None
    token, app = settings.credentials()
    access = Access(
        token=token,
        app=app,
        api_url=settings.github_api_url,
        workers=settings.workers,
        timeout=settings.timeout,
        max_wait=settings.max_wait,
    )

    def ask(asked: Sequence[Asked]) -> dict[Asked, Identity | str]:
        try:
            with Conversation.open(access, on_wait=_tell_wait) as conversation:
                found = ask_github(conversation, asked)
        except (BadTokenError, GitHubUnavailableError) as error:
            # The others can be imported all the same.
            return dict.fromkeys(asked, str(error))
        return {
            one: answer
            if isinstance(answer, Identity)
            else ": ".join(filter(None, (answer.reason.value, answer.detail)))
            for one, answer in found.items()
        }

    return ask


def _tell_wait(until: datetime, why: str) -> None:
    messages().print(f"Waiting for GitHub until {until:%H:%M:%S} UTC: {why}", soft_wrap=True)
