"""What every benchmark writes down beside its figures: machine, versions, command."""

import json
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import click

RESULTS: Final = Path(__file__).parent / "results"
_PACKAGES: Final = ("dagster", "deltalake", "polars", "PyGithub")


def tell(name: str, figures: dict[str, Any]) -> None:
    """Print figures as JSON and keep them in `benchmarks/results/NAME.json`."""
    document = {
        "command": f"python {Path(sys.argv[0]).parent.name}/{Path(sys.argv[0]).name} "
        + " ".join(sys.argv[1:]),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "versions": {package: version(package) for package in _PACKAGES},
        **figures,
    }
    text = json.dumps(document, indent=2)
    click.echo(text)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")
