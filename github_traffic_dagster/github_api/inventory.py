"""Which repositories there are: one listing a credential, no call per repository.

Sources:
https://docs.github.com/en/rest/repos/repos#list-repositories-for-the-authenticated-user
https://docs.github.com/en/rest/apps/installations#list-repositories-accessible-to-the-app-installation
"""

from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from github_traffic_dagster.errors import (
    BadTokenError,
    GitHubTrafficError,
    GitHubUnavailableError,
)
from github_traffic_dagster.github_api.conversation import Conversation
from github_traffic_dagster.github_api.crew import Crew
from github_traffic_dagster.github_api.lines import AccountTrouble, Line
from github_traffic_dagster.github_api.outcomes import Outcome, Reason
from github_traffic_dagster.github_api.pages import field_of, read_pages
from github_traffic_dagster.github_api.selection import Selection
from github_traffic_dagster.github_api.troubles import BadAnswerError, TroubleError
from github_traffic_dagster.traffic.answers import Repository

# By creation, so that a repository made during the listing lands on the last page and shifts none.
_QUERY = "affiliation=owner,collaborator,organization_member&sort=created&direction=asc"
_LISTINGS_AT_ONCE = 16

Listing = list[Repository] | GitHubTrafficError


@dataclass(frozen=True)
class Inventory:
    """A listing; complete but for the accounts in `troubles`.

    Attributes:
        repositories: those the user wants, also those whose traffic nobody here may read.
        skipped: an outcome for each that won't be collected: left out on purpose, or without
            access to its traffic.
        troubles: accounts that could not be listed, or whose traffic can't be read.
    """

    repositories: tuple[Repository, ...]
    skipped: tuple[Outcome, ...]
    troubles: tuple[AccountTrouble, ...] = ()


def list_repositories(conversation: Conversation, selection: Selection) -> Inventory:
    """List what the token's user owns, works on, or sees through an organisation, and what the
    App's installations may see; each repository once.

    Raises:
        GitHubUnavailableError: nothing could be listed. An account's list is whole or not there.
        BadTokenError: GitHub refuses the token, or every credential.
    """  # noqa: D205 - two kinds of lists
    lines = [line for line in conversation.lines if _wanted(line, selection)]
    listings = dict(zip(lines, _listings(lines), strict=True))
    failures = [found for found in listings.values() if isinstance(found, GitHubTrafficError)]
    if failures and len(failures) == len(listings):
        raise failures[0]
    troubles = [
        trouble
        for trouble in conversation.troubles
        if not trouble.login or selection.wants_account(trouble.login)
    ]
    wanted: list[Repository] = []
    skipped: list[Outcome] = []
    for repository in _merged(listings):
        reason, detail = selection.verdict(repository), ""
        if reason is None:
            wanted.append(repository)
            if not repository.traffic_access:
                reason, detail = _denied(repository, troubles)
        if reason is not None:
            skipped.append(Outcome(repository.repo_id, repository.full_name, reason, detail))
    for line, found in listings.items():
        if isinstance(found, GitHubTrafficError):
            troubles.append(_unlisted(line, found))
    return Inventory(tuple(wanted), tuple(skipped), tuple(troubles))


def _wanted(line: Line, selection: Selection) -> bool:
    return line.installation is None or selection.wants_account(line.installation.login)


def _listings(lines: list[Line]) -> list[Listing]:
    """Each line's list, or why there is none; all at once, for some may have to wait."""
    with closing(Crew(_listing, lines, _LISTINGS_AT_ONCE).results()) as results:
        found = dict(results)
    return [found[position] for position in range(len(lines))]


def _listing(line: Line) -> Listing:
    try:
        return list(_read_all(line).values())
    except BadTokenError as error:
        return error
    except TroubleError as trouble:
        return GitHubUnavailableError(
            f"The list of repositories could not be read from {line.session.access.host}:"
            f" {trouble}. Nothing was collected; run again later."
        )


def _read_all(line: Line) -> dict[int, Repository]:
    """Each repository once, also when the pages shifted under the listing."""
    if line.installation is None:
        pages = read_pages(line.session, "/user/repos", _QUERY)
    else:
        pages = read_pages(line.session, "/installation/repositories", entries="repositories")
    found: dict[int, Repository] = {}
    for item, observed_at in pages:
        repository = _repository(item, observed_at, line)
        found[repository.repo_id] = repository
    return found


def _merged(listings: dict[Line, Listing]) -> list[Repository]:
    """Each repository once; its traffic can be read if any of those who see it may."""
    found: dict[int, Repository] = {}
    for listing in listings.values():
        if isinstance(listing, GitHubTrafficError):
            continue
        for repository in listing:
            known = found.get(repository.repo_id)
            access = repository.traffic_access or (known is not None and known.traffic_access)
            found[repository.repo_id] = replace(repository, traffic_access=access)
    return list(found.values())


def _denied(repository: Repository, troubles: list[AccountTrouble]) -> tuple[Reason, str]:
    for trouble in troubles:
        if trouble.login.lower() == repository.owner.lower():
            return trouble.reason, trouble.text
    return Reason.NO_PUSH_ACCESS, ""


def _unlisted(line: Line, error: GitHubTrafficError) -> AccountTrouble:
    lasting = isinstance(error, BadTokenError)
    reason = Reason.NO_CREDENTIAL if lasting else Reason.SERVER_ERROR
    login = line.installation.login if line.installation else ""
    text = str(error).replace("Nothing was collected; run again later.", "Run again later.")
    return AccountTrouble(login, reason, text)


def _repository(item: Any, observed_at: datetime, line: Line) -> Repository:
    return Repository(
        repo_id=field_of(item, "id", int),
        full_name=field_of(item, "full_name", str),
        private=field_of(item, "private", bool),
        fork=field_of(item, "fork", bool),
        archived=field_of(item, "archived", bool),
        traffic_access=_traffic_access(item, line),
        created_at=_moment(field_of(item, "created_at", str)),
        stargazers=field_of(item, "stargazers_count", int),
        forks=field_of(item, "forks_count", int),
        open_issues=field_of(item, "open_issues_count", int),
        observed_at=observed_at,
    )


def _traffic_access(item: dict[str, Any], line: Line) -> bool:
    if line.installation is not None:
        # GitHub tells an installation that it may push nowhere: that is about users.
        return line.installation.reads_traffic
    permissions = item.get("permissions")
    return isinstance(permissions, dict) and permissions.get("push") is True


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadAnswerError('an entry whose "created_at" is no timestamp') from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
