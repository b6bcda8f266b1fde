"""What an import of history would do, or did, as tables or as JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import click
from rich.console import Console
from rich.table import Table

from github_traffic_dagster.cli.consoles import results
from github_traffic_dagster.history.planning import NEW, RISES, SAME, STAYS, Plan
from github_traffic_dagster.store.transfer.importing import Imported

_CONFLICTS_SHOWN: Final = 10
_PADDING: Final = (0, 2, 0, 0)


@dataclass(frozen=True, slots=True)
class Nameless:
    """Rows that can't be imported: nobody knows which repository they are of."""

    repository: str | None
    repo_id: int | None
    rows: int
    why: str

    @property
    def name(self) -> str:
        """What the file calls it."""
        return self.repository or f"repository {self.repo_id}"


@dataclass
class HistoryReport:
    """All there is to say.

    Attributes:
        sources: what was read.
        command: what to type to do it.
        formats: of which tools.
        tables_uri: where the tables lie.
        plan: what the import does.
        nameless: what is left out.
        done: by table, what was done; None in a dry run.
        about_the_start: what to know about Dagster's partitions.
    """

    sources: Sequence[str]
    command: str
    formats: Sequence[str]
    tables_uri: str
    plan: Plan
    nameless: Sequence[Nameless]
    done: Mapping[str, Imported] | None = None
    about_the_start: str = field(default="")

    def print_tables(self) -> None:
        """For people."""
        console = results()
        console.print(f"History of {', '.join(self.formats)}", soft_wrap=True)
        if self.plan.repositories.is_empty():
            console.print("There is nothing that can be imported.")
        else:
            console.print(self._repositories())
            self._print_conflicts(console)
        self._print_nameless(console)
        console.print(f"\n{self._outcome()}", soft_wrap=True)
        if self.about_the_start:
            console.print(self.about_the_start, soft_wrap=True)

    def print_json(self) -> None:
        """For programs: the same, with every conflict."""
        first_day = self.plan.first_day
        content = {
            "applied": self.done is not None,
            "sources": list(self.sources),
            "formats": list(self.formats),
            "first_day": first_day,
            "repositories": self.plan.repositories.to_dicts(),
            "conflicts": self.plan.conflicts.to_dicts(),
            "without_id": [
                {
                    "repository": one.repository,
                    "repo_id": one.repo_id,
                    "rows": one.rows,
                    "reason": one.why,
                }
                for one in self.nameless
            ],
            "tables": {
                name: {"added": result.added, "changed": result.changed}
                for name, result in (self.done or {}).items()
            },
            "about_the_start": self.about_the_start,
        }
        click.echo(json.dumps(content, indent=2, default=str, ensure_ascii=False))

    def _repositories(self) -> Table:
        table = Table("repository", "metric", box=None, pad_edge=False, padding=_PADDING)
        table.add_column("first day", no_wrap=True)
        table.add_column("last day", no_wrap=True)
        for heading in ("days", "new", "rise", "stay", "same", "not in raw"):
            table.add_column(heading, justify="right")
        for row in self.plan.repositories.to_dicts():
            numbers = (row[name] for name in ("days", NEW, RISES, STAYS, SAME, "observations"))
            table.add_row(
                row["full_name"],
                row["metric"],
                str(row["first_day"]),
                str(row["last_day"]),
                *(f"{number:,}" for number in numbers),
            )
        return table

    def _print_conflicts(self, console: Console) -> None:
        conflicts = self.plan.conflicts
        if conflicts.is_empty():
            return
        console.print("\nDays on which golden says something else (the greatest number wins):")
        for row in conflicts.head(_CONFLICTS_SHOWN).to_dicts():
            console.print(f"  {_conflict(row)}", soft_wrap=True)
        if conflicts.height > _CONFLICTS_SHOWN:
            console.print(f"  and {conflicts.height - _CONFLICTS_SHOWN:,} more: --json lists all")

    def _print_nameless(self, console: Console) -> None:
        if not self.nameless:
            return
        console.print("\nLeft out, for they have no id yet:")
        for one in self.nameless:
            console.print(f"  {one.name} ({one.rows:,} rows): {one.why}", soft_wrap=True)

    def _outcome(self) -> str:
        if self.done is None or self.plan.repositories.is_empty():
            to_do = "" if self.plan.repositories.is_empty() else f" To do it: {self.command}"
            return f"Nothing was changed in {self.tables_uri}.{to_do}"
        did = [
            f"{name}: {result.added:,} rows added, {result.changed:,} changed"
            for name, result in self.done.items()
        ]
        return "\n".join([*did, f"Imported into {self.tables_uri}"])


def _conflict(row: Mapping[str, Any]) -> str:
    imported = _said(row["count"], row["uniques"])
    golden = _said(row["golden_count"], row["golden_uniques"])
    after = _said(
        max(row["count"], row["golden_count"]),
        max(
            (row[one] for one in ("uniques", "golden_uniques") if row[one] is not None),
            default=None,
        ),
    )
    effect = f"rises to {after}" if row["effect"] == RISES else "stays"
    return (
        f"{row['full_name']} {row['metric']} {row['day']}: imported {imported}, "
        f"golden {golden}: {effect}"
    )


def _said(count: int, uniques: int | None) -> str:
    return f"{count:,} ({'?' if uniques is None else f'{uniques:,}'} unique)"
