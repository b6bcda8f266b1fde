"""The findings as a table, and what was done about them."""

from collections.abc import Sequence
from typing import Final

from rich.table import Table
from rich.text import Text

from github_traffic_dagster.cli.consoles import messages, results
from github_traffic_dagster.cli.home import command
from github_traffic_dagster.io_manager import SCHEMA, table_places
from github_traffic_dagster.store.doctor.examination import examine_store
from github_traffic_dagster.store.doctor.findings import Finding, Severity
from github_traffic_dagster.store.doctor.repairing import repair_store

HEALTHY: Final = 0
DAMAGED: Final = 1

_STYLES: Final = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "dim"}


def report_health(root: str, *, repair: bool) -> int:
    """Examine the store, repair it if asked to, and print what was found and done.

    Args:
        root: the store's root.
        repair: do what is offered.

    Returns:
        The exit code: 0 the store is healthy (notes do no harm), 1 something is wrong with it.

    Raises:
        StoreError: the storage failed during a repair.
    """
    places, console = table_places(root), results()
    console.print(f"The tables below {root}/{SCHEMA}", soft_wrap=True)
    findings = examine_store(places)
    _print_findings(findings)
    if repair and any(finding.repair for finding in findings):
        repaired = repair_store(places, findings)
        for step in repaired.done:
            console.print(f"- {step}", soft_wrap=True)
        console.print("\nAfter the repair:")
        findings = repaired.findings
        _print_findings(findings)
    unhealthy = [finding for finding in findings if finding.severity > Severity.NOTE]
    if not unhealthy:
        return HEALTHY
    if not repair and any(finding.repair for finding in unhealthy):
        messages().print(f"To do what is offered: {command('doctor', '--repair')}", soft_wrap=True)
    return DAMAGED


def _print_findings(findings: Sequence[Finding]) -> None:
    console = results()
    if not any(finding.severity > Severity.NOTE for finding in findings):
        console.print("Nothing is wrong with them.", style="green")
    if not findings:
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 1, 0))
    table.add_column("table", no_wrap=True)
    table.add_column("damage", no_wrap=True)
    table.add_column("what and why", overflow="fold", ratio=1)
    table.add_column("repair", overflow="fold", ratio=1)
    for finding in sorted(findings, key=lambda one: -one.severity):
        table.add_row(
            finding.table,
            Text(finding.damage.value, style=_STYLES[finding.severity]),
            f"{finding.what}: {finding.text}",
            finding.repair.value if finding.repair else _no_repair(finding),
        )
    console.print(table)


def _no_repair(finding: Finding) -> str:
    return "-" if finding.severity is Severity.NOTE else "none: see docs/reliability.md"
