"""Draw docs/performance.svg from the figures in benchmarks/results.

pip install -c constraints.txt '.[benchmarks]' && python benchmarks/plot.py
"""

import json
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from results_file import RESULTS

TARGET: Final = Path(__file__).parents[1] / "docs" / "performance.svg"
_OTHERS: Final = "#b0b0b0"
_OURS: Final = "#2b6cb0"
mpl.rcParams.update(
    {
        "font.size": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "svg.hashsalt": "performance",
        "svg.fonttype": "none",
    }
)


def figures(name: str) -> dict[str, Any]:
    """The latest results of a benchmark."""
    found: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    return found


def bars(axes: Axes, title: str, unit: str, values: dict[str, float], others: int = 1) -> None:
    """Horizontal bars with their values; the first `others` are not ours."""
    colours = [_OTHERS if number < others else _OURS for number in range(len(values))]
    found = axes.barh(list(values), list(values.values()), color=colours)
    axes.bar_label(found, fmt=lambda value: f" {value:,.3g} {unit}")
    axes.set_title(title, loc="left", fontweight="bold")
    axes.invert_yaxis()
    axes.set_xlim(0, max(values.values()) * 1.3)
    axes.xaxis.set_visible(False)
    axes.spines["bottom"].set_visible(False)


def main() -> None:
    """Draw and save."""
    figure, axes = plt.subplots(4, 1, figsize=(7.5, 8.5), layout="constrained")
    collecting = figures("collecting")
    best = min(collecting["ours_s"].values())
    bars(
        axes[0],
        f"{collecting['repositories']} repositories, an answer takes {collecting['latency_s']} s",
        "s",
        {
            "the notebook": collecting["notebook_s"],
            "github-traffic": best,
            "latency alone": collecting["wall_s"],
        },
    )
    second = figures("second_run")
    bars(
        axes[1],
        f"Requests charged, {second['repositories']} repositories",
        "",
        {"first run": second["first"]["charged"], "second, same day": second["second"]["charged"]},
    )
    peaks = figures("memory")["peak_mb"]
    bars(
        axes[2],
        "Memory of a collection",
        "MB",
        {
            f"{int(number):,} repositories": max(
                value for name, value in found.items() if name not in {"rows", "seconds"}
            )
            for number, found in peaks.items()
        },
        others=0,
    )
    queries = figures("golden_at_scale")["queries"]
    bars(
        axes[3],
        "50,000 repositories x 5 years: times faster than a folder a day",
        "x",
        {query["question"]: query["ratio"] for query in queries},
        others=0,
    )
    figure.savefig(TARGET, metadata={"Date": None})


if __name__ == "__main__":
    main()
