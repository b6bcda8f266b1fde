"""The summary of a collection: what came, how sure it is, what is missing and where it lies."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from github_traffic_dagster.assets.days import DayRange
from github_traffic_dagster.assets.repos import EXPIRY
from github_traffic_dagster.cli.figures import CERTAINTIES, WindowFigures
from github_traffic_dagster.run_results import Finding, Missed, RunResults
from github_traffic_dagster.traffic.tables import GOLDEN

TOP: Final = 10
_NAMED: Final = 5
"""Repositories named for each reason; the UI lists the others."""

_COLOURS: Final = dict(zip(CERTAINTIES, ("green", "yellow", "cyan", "red"), strict=True))


@dataclass(frozen=True, slots=True)
class Summary:
    """Everything that is told at the end of a run.

    Attributes:
        tables_uri: the folder that holds the tables.
        open_ui: the command that opens the UI.
        notice: said first, of invented data.
    """

    days: DayRange
    results: RunResults
    figures: WindowFigures
    tables_uri: str
    open_ui: str
    notice: str = ""

    def print_to(self, console: Console) -> None:
        """Print it."""
        console.print()
        for part in self._parts():
            # Paths and reasons are copied and searched for: they are not broken into lines.
            console.print(part, soft_wrap=isinstance(part, Text))

    def _parts(self) -> Iterator[RenderableType]:
        if self.notice:
            yield Text(self.notice, style="magenta")
        yield Text(self._headline(), style="bold")
        yield from self._missed()
        yield _indented(self._totals())
        yield Text("  (the last columns count repository-days by how sure their numbers are)\n")
        if self.figures.top:
            yield _indented(self._top())
            yield Text()
        yield from self._findings()
        yield from self._places()

    def _headline(self) -> str:
        collected = self.results.collected
        what = (
            "The run did not finish"
            if collected is None
            else f"{collected:,} of {repositories(self.results.to_collect)} collected"
        )
        number = len(list(self.days))
        return f"{what}, {number} {'day' if number == 1 else 'days'}: {self.days} (UTC)"

    def _missed(self) -> Iterator[Text]:
        yield from grouped("not collected", self.results.missed, "red")
        yield from grouped("left out", self.results.left_out, "dim")

    def _totals(self) -> Table:
        table = Table("", box=None, pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column("in total", justify="right")
        for certainty in CERTAINTIES:
            table.add_column(certainty, justify="right", style=_COLOURS[certainty])
        for metric, figures in self.figures.metrics.items():
            days = (f"{figures.repository_days[name]:,}" for name in CERTAINTIES)
            table.add_row(metric.value, Text(f"{figures.count:,}", style="bold"), *days)
        return table

    def _top(self) -> Table:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        others = self.figures.repositories - len(self.figures.top)
        table.add_column("repository", overflow="fold")
        for title in ("views", "clones", "days partial"):
            table.add_column(title, justify="right")
        for row in self.figures.top:
            table.add_row(row.full_name, f"{row.views:,}", f"{row.clones:,}", f"{row.partial_days}")
        if others:
            table.add_row(Text(f"and {repositories(others)} more", style="dim"))
        return table

    def _findings(self) -> Iterator[Text]:
        if self.results.token_expiry:
            yield Text(f"Warning: {self.results.token_expiry}", style="bold yellow")
        for (severity, check, text), assets in _merged(self.results.findings).items():
            word, style = ("Failed", "red") if severity == "ERROR" else ("Warning", "yellow")
            yield Text(f"{word}: {check} ({', '.join(assets)}). {text}", style=style)

    def _places(self) -> Iterator[Text]:
        stored = self.results.rows_stored()
        grown = (
            f"{table.name} {stored[table.name][0]:,} new rows, {stored[table.name][1]:,} changed"
            for table in GOLDEN.values()
            if table.name in stored
        )
        lines = {
            "stored": "; ".join(grown) or "nothing in the golden tables",
            "tables": self.tables_uri,
            "GitHub": f"{self.results.calls_made:,} calls made{self._free()}{self._budget()}",
            "see it": self.open_ui,
        }
        if self.results.dashboard:
            lines["shared"] = self.results.dashboard
        for name, line in lines.items():
            yield Text(f"{name:<8}{line}")

    def _free(self) -> str:
        unchanged = self.results.calls_made - self.results.calls_spent
        return f", {unchanged:,} of them free as nothing had changed" if unchanged else ""

    def _budget(self) -> str:
        left, by_account = self.results.budget_left, self.results.budgets
        if left is None:
            return ""
        if len(by_account) in range(2, _NAMED + 1):
            each = ", ".join(f"{name} {number:,}" for name, number in by_account.items())
            return f"; left in this hour: {each}"
        return f", {left:,} left in this hour"


def _indented(table: Table) -> Padding:
    return Padding(table, (0, 0, 0, 2), expand=False)


def _merged(findings: Iterable[Finding]) -> dict[tuple[str, str, str], list[str]]:
    """The assets of each finding: views and clones often have the same one."""
    merged: dict[tuple[str, str, str], list[str]] = {}
    for finding in findings:
        if finding.check != EXPIRY:  # said first, from the listing itself
            key = (finding.severity, finding.check, finding.text)
            merged.setdefault(key, []).append(finding.asset)
    return merged


def grouped(title: str, repositories: Iterable[Missed], style: str) -> Iterator[Text]:
    """A line for each reason, with its repositories and, where there is one, each one's detail."""
    by_reason: dict[str, list[Missed]] = {}
    for missed in repositories:
        by_reason.setdefault(missed.reason, []).append(missed)
    for reason, group in by_reason.items():
        names = len({missed.repository for missed in group})
        yield Text(f"  {names} {title}: {reason}", style=style)
        for missed in group[:_NAMED]:
            yield Text(f"      {_described(missed)}")
        if len(group) > _NAMED:
            yield Text(f"      and {len(group) - _NAMED} more: the run's page in the UI lists them")


def _described(missed: Missed) -> str:
    # Usually it is both or none of the metrics; one of them alone is worth saying.
    what = f" ({missed.metrics[0]} only)" if len(missed.metrics) == 1 else ""
    return f"{missed.repository}{what}{f': {missed.detail}' if missed.detail else ''}"


def repositories(number: int) -> str:
    """A number of repositories, in words."""
    return f"{number:,} {'repository' if number == 1 else 'repositories'}"
