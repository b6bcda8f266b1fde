"""Badges: a small JSON file for each repository and metric, as badge services ask for it.

The form is that of https://shields.io/badges/endpoint-badge: `schemaVersion` is always 1, unknown
keys are refused, a `cacheSeconds` below 300 counts as 300. Numbers are rounded down and end with a
plus where they are known to be too small: a day is lost, or should have settled and has not.
"""

import json
import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

import polars as pl

from github_traffic_dagster.report.files import File
from github_traffic_dagster.traffic.answers import Metric

FOLDER: Final = "badges"
OURS: Final = re.compile(rf"{FOLDER}/[^/]+/[^/]+/({'|'.join(Metric)})\.json")
"""The badges of repositories: those that are not written any more are removed."""

AT_LEAST: Final = "+"
_CACHE_SECONDS: Final = 3600
_KNOWN, _UNKNOWN = "blue", "lightgrey"
_UNITS: Final = ((10**9, "G"), (10**6, "M"), (10**3, "k"))
_DIGITS_AFTER_POINT_BELOW: Final = 10


def badges(repositories: pl.DataFrame) -> Iterator[File]:
    """The badges of each repository, and of all of them together.

    Args:
        repositories: rows of `Figures.repositories`; only those that everybody may know of.
    """
    # A repository made anew has the name of the one before.
    named = repositories.sort("last_day", descending=True).unique(
        pl.col("full_name").str.to_lowercase(), keep="first", maintain_order=True
    )
    for metric in Metric:
        count, short = repositories[metric.value], repositories[f"{metric}_short"]
        known_days = repositories[f"{metric}_known"]
        yield _file(
            f"{FOLDER}/{metric}.json",
            metric,
            int(count.sum()),
            known=bool(known_days.sum()),
            short=bool(short.sum()),
        )
        columns = ("full_name", metric.value, f"{metric}_short", f"{metric}_known")
        for name, number, missing, known in named.select(columns).iter_rows():
            path = f"{FOLDER}/{_safe(name)}/{metric}.json"
            yield _file(path, metric, number, known=bool(known), short=bool(missing))


def message(count: int, *, short: bool) -> str:
    """A number as a badge shows it: 999, 1.2k, 12k, 1.2M, with a plus when it is a lower bound."""
    return f"{_rounded_down(count)}{AT_LEAST if short else ''}"


def _rounded_down(count: int) -> str:
    for size, unit in _UNITS:
        if count >= size:
            whole, tenths = count // size, count * 10 // size % 10
            shown = f".{tenths}" if whole < _DIGITS_AFTER_POINT_BELOW and tenths else ""
            return f"{whole}{shown}{unit}"
    return str(count)


def _file(path: str, metric: Metric, count: int, *, known: bool, short: bool) -> File:
    badge = {
        "schemaVersion": 1,
        "label": metric.value,
        "message": message(count, short=short) if known else "unknown",
        "color": _KNOWN if known else _UNKNOWN,
        "cacheSeconds": _CACHE_SECONDS,
    }
    return File(path, json.dumps(badge).encode(), "application/json")


def _safe(full_name: str) -> str:
    """A name as two parts of a path: GitHub's own characters stay, no part means a folder above."""
    parts = (quote(part, safe="") for part in full_name.split("/", 1))
    return "/".join(re.sub(r"^\.+$", lambda dots: "%2E" * len(dots[0]), part) for part in parts)
