"""What is told at the end of a run that looked at something besides traffic."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import dagster as dg
from rich.console import Console
from rich.text import Text

from github_traffic_dagster.assets.days import today
from github_traffic_dagster.cli.demo import NOTICE
from github_traffic_dagster.cli.home import command
from github_traffic_dagster.cli.summary import grouped, repositories
from github_traffic_dagster.io_manager import SCHEMA
from github_traffic_dagster.run_results import RunResults
from github_traffic_dagster.settings import Settings


@dataclass(frozen=True, slots=True)
class LookSummary:
    """Everything that is told at the end of a run.

    Attributes:
        figures: what the run found, in lines.
    """

    results: RunResults
    figures: Sequence[str]
    tables_uri: str
    open_ui: str
    notice: str

    def print_to(self, console: Console) -> None:
        """Print it."""
        console.print()
        for part in self._parts():
            # Paths and reasons are copied and searched for: they are not broken into lines.
            console.print(part, soft_wrap=True)

    def _parts(self) -> Iterator[Text]:
        if self.notice:
            yield Text(self.notice, style="magenta")
        collected = self.results.collected
        what = (
            "The run did not finish"
            if collected is None
            else f"{collected:,} of {repositories(self.results.to_collect)} looked at"
        )
        yield Text(f"{what}, {today()} (UTC)", style="bold")
        yield from grouped("not looked at", self.results.missed, "red")
        yield from grouped("left out", self.results.left_out, "dim")
        yield from map(Text, self.figures)
        for finding in self.results.findings:
            grave = finding.severity == dg.AssetCheckSeverity.ERROR.value
            word, style = ("Failed", "red") if grave else ("Warning", "yellow")
            yield Text(f"{word}: {finding.check} ({finding.asset}). {finding.text}", style=style)
        yield Text(f"tables  {self.tables_uri}")
        yield Text(f"GitHub  {self.results.calls_made:,} calls made")
        yield Text(f"see it  {self.open_ui}")


def summary_of_looks(
    settings: Settings, outcome: RunResults, figures: Sequence[str], *, demo: bool
) -> LookSummary:
    """The summary of a run on the store of the settings.

    Args:
        settings: with the store.
        outcome: of the run.
        figures: what it found, in lines.
        demo: the data are invented.
    """
    return LookSummary(
        outcome,
        figures=figures,
        tables_uri=f"{settings.root}/{SCHEMA}",
        open_ui=command("ui", "--demo") if demo else command("ui"),
        notice=NOTICE if demo else "",
    )
