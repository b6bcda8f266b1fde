"""Whose numbers they are: GitHub's ids for the names that other tools kept.

The store knows a repository by every name that it was ever listed or observed under. What it does
not know, GitHub is asked for, if it can be. A name that several repositories had is nobody's.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from github_traffic_dagster.errors import TableMissingError
from github_traffic_dagster.github_api.identities import Asked, Identity
from github_traffic_dagster.history.told import Told, is_full_name
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.store.reading import collect, scan
from github_traffic_dagster.traffic.newest_names import newest_names
from github_traffic_dagster.traffic.tables import RAW, REPOS

Ask = Callable[[Sequence[Asked]], Mapping[Asked, Identity | str]]
"""Asks GitHub: for each repository who it is, or in words why that is not known."""

Key = tuple[str | None, int | None]
"""What a file calls a repository: a name, an id, or both."""

NOT_ASKED: Final = "the store does not know it; set GITHUB_TOKEN to ask GitHub, or collect it once"


@dataclass(frozen=True)
class Known:
    """Repositories of a store.

    Attributes:
        names: the newest name of each id.
        ids: the ids that ever had a name, by the name in lower case.
    """

    names: Mapping[int, str]
    ids: Mapping[str, Collection[int]]

    def bearers(self, name: str) -> list[int]:
        """The ids that ever had a name; GitHub does not tell upper from lower case."""
        name = name.lower()
        if is_full_name(name):
            return sorted(self.ids.get(name, ()))
        found = {one for full, ids in self.ids.items() if full.endswith(f"/{name}") for one in ids}
        return sorted(found)


@dataclass(frozen=True)
class Identified:
    """What came of it: who is who, and why the others are not known."""

    found: Mapping[Key, Identity]
    unknown: Mapping[Key, str]


@dataclass
class _Search:
    known: Known
    owner: str | None
    found: dict[Key, Identity] = field(default_factory=dict)
    unknown: dict[Key, str] = field(default_factory=dict)
    to_ask: dict[Key, Asked] = field(default_factory=dict)


def known_repositories(places: Mapping[str, Place]) -> Known:
    """All repositories of a store by all of their names.

    Raises:
        StoreError: a table can't be read.
    """
    seen = pl.concat(list(_sightings(places))) if places else _SIGHTING.to_frame()
    newest = newest_names(seen.lazy(), "observed_at").collect()
    ids: dict[str, set[int]] = {}
    for repo_id, name in seen.select("repo_id", "full_name").iter_rows():
        ids.setdefault(name.lower(), set()).add(repo_id)
    return Known(dict(newest.select("repo_id", "full_name").iter_rows()), ids)


def identify(
    told: Iterable[Told], known: Known, *, owner: str | None = None, ask: Ask | None = None
) -> Identified:
    """Find the repository of every row.

    Args:
        told: rows of foreign files.
        known: the store's repositories.
        owner: the account of repositories that are named without one.
        ask: asks GitHub for what the store does not know; None where that can't be done.
    """
    search = _Search(known, owner)
    for key in sorted({(one.repository, one.repo_id) for one in told}, key=str):
        _look_up(search, key)
    asked = sorted(set(search.to_ask.values()), key=str)
    answers = ask(asked) if ask and asked else {}
    for key, one in search.to_ask.items():
        answer = answers.get(one, NOT_ASKED)
        if isinstance(answer, Identity):
            search.found[key] = Identity(
                answer.repo_id, known.names.get(answer.repo_id, answer.full_name)
            )
        else:
            search.unknown[key] = answer
    return Identified(search.found, search.unknown)


def _look_up(search: _Search, key: Key) -> None:
    name, repo_id = key
    if name and not is_full_name(name) and search.owner:
        name = f"{search.owner}/{name}"
    if repo_id is not None:
        full_name = search.known.names.get(repo_id) or (
            name if name and is_full_name(name) else None
        )
        if full_name:
            search.found[key] = Identity(repo_id, full_name)
        else:
            search.to_ask[key] = repo_id
        return
    bearers = search.known.bearers(name or "")
    if len(bearers) == 1:
        search.found[key] = Identity(bearers[0], search.known.names[bearers[0]])
    elif bearers:
        search.unknown[key] = _ambiguous(name or "", bearers, search.known)
    elif name and is_full_name(name):
        search.to_ask[key] = name
    else:
        search.unknown[key] = "its owner is not named: --owner LOGIN says whose it is"


def _ambiguous(name: str, bearers: list[int], known: Known) -> str:
    who = ", ".join(f"{known.names[one]} ({one})" for one in bearers)
    how = "give repo_id in a CSV file" if is_full_name(name) else "--owner LOGIN says which"
    return f"it is the name of several repositories, {who}: {how}"


_SIGHTING: Final = pl.Schema(
    {name: REPOS.schema[name] for name in ("repo_id", "full_name", "observed_at")}
)


def _sightings(places: Mapping[str, Place]) -> Iterator[pl.DataFrame]:
    """Each name of each repository with the last time that it was seen under it."""
    for table in (REPOS, *RAW.values()):
        place = places[table.name]
        try:
            rows = scan(place, table)
        except TableMissingError:
            yield _SIGHTING.to_frame()
            continue
        names = rows.group_by("repo_id", "full_name").agg(pl.col("observed_at").max())
        yield collect(place, names).select(_SIGHTING.names())
