"""Files as the other tools write them: their tables, columns, names and habits."""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import polars as pl
from deltalake import write_deltalake

NOTEBOOK = pl.Schema(
    {
        "repo": pl.String(),
        "uniques": pl.Int32(),
        "count": pl.Int32(),
        "timestamp": pl.Datetime("us", "UTC"),
    }
)


@dataclass(frozen=True)
class Day:
    """What a tool kept of one metric of a repository's day."""

    repository: str
    day: date
    count: int
    uniques: int
    metric: str = "views"
    repo_id: int = 7


def notebook_tables(folder: Path, runs: Iterable[Sequence[Day]]) -> Path:
    """The notebook: each run appends its window to `views` and `clones`, by bare names."""
    for run in runs:
        for metric in ("views", "clones"):
            rows = [
                {
                    "repo": one.repository.rpartition("/")[2],
                    "uniques": one.uniques,
                    "count": one.count,
                    "timestamp": datetime.combine(one.day, time.min, tzinfo=UTC),
                }
                for one in run
                if one.metric == metric
            ]
            frame = pl.DataFrame(rows, schema=NOTEBOOK)
            write_deltalake(str(folder / metric), frame, mode="append")
    return folder


def repo_stats_csv(path: Path, days: Iterable[Day]) -> Path:
    """As pandas joins views and clones by day; with a hole in a column, its numbers are floats."""
    table: dict[date, dict[str, int]] = {}
    for one in days:
        row = table.setdefault(one.day, {})
        row |= {f"{one.metric}_total": one.count, f"{one.metric}_unique": one.uniques}
    columns = ["clones_total", "clones_unique", "views_total", "views_unique"]
    holes = {name for name in columns for row in table.values() if name not in row}
    lines = [",".join(["time_iso8601", *columns])]
    for day, row in sorted(table.items()):
        figures = [
            "" if name not in row else f"{row[name]}.0" if name in holes else str(row[name])
            for name in columns
        ]
        lines.append(",".join([f"{day} 00:00:00+00:00", *figures]))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")
    return path


def repo_stats_aggregate(root: Path, repository: str, days: Iterable[Day]) -> Path:
    """In a checkout of the data branch."""
    return repo_stats_csv(root / repository / "ghrs-data" / "views_clones_aggregate.csv", days)


def repo_stats_snapshot(root: Path, repository: str, at: datetime, days: Iterable[Day]) -> Path:
    name = f"{at:%Y-%m-%d_%H%M%S}_views_clones_series_fragment.csv"
    return repo_stats_csv(root / repository / "ghrs-data" / "snapshots" / name, days)


def tracker_entry(day: date, **facts: Any) -> dict[str, Any]:
    """An entry of dailyHistory."""
    return {"date": f"{day}T00:00:00Z", "stars": 3, "forks": 0, "downloads": 0, **facts}


def tracker_json(path: Path, entries: Iterable[Mapping[str, Any]], **facts: Any) -> Path:
    """state.json, or with `repo` an archive."""
    content = {"schemaVersion": 3, "totalClones": 99, "dailyHistory": list(entries), **facts}
    path.write_text(json.dumps(content, indent=2))
    return path


def ghstats_db(path: Path, days: Iterable[Day], stars: Iterable[tuple[int, date]] = ()) -> Path:
    """A row for all of a day; whatever is not known of it is 0."""
    figures = ("stars", "forks", "clones_count", "clones_uniques", "views_count", "views_uniques")
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            "CREATE TABLE repos (id INTEGER PRIMARY KEY, name TEXT NOT NULL, description TEXT,"
            " archived BOOLEAN DEFAULT FALSE, fork BOOLEAN DEFAULT FALSE,"
            " hidden BOOLEAN DEFAULT FALSE)"
        )
        columns = ", ".join(f"{name} INTEGER NOT NULL DEFAULT 0" for name in figures)
        database.execute(
            f"CREATE TABLE repo_stats (repo_id INTEGER NOT NULL, date TEXT NOT NULL, {columns},"
            " PRIMARY KEY (repo_id, date))"
        )
        for one in days:
            database.execute(
                "INSERT OR REPLACE INTO repos (id, name) VALUES (?, ?)",
                (one.repo_id, one.repository),
            )
            count, uniques = f"{one.metric}_count", f"{one.metric}_uniques"
            database.execute(
                f"INSERT INTO repo_stats (repo_id, date, {count}, {uniques}) VALUES (?, ?, ?, ?)"
                f" ON CONFLICT (repo_id, date) DO UPDATE SET {count} = excluded.{count},"
                f" {uniques} = excluded.{uniques}",
                (one.repo_id, f"{one.day}T00:00:00Z", one.count, one.uniques),
            )
        for repo_id, day in stars:
            database.execute(
                "INSERT INTO repo_stats (repo_id, date, stars) VALUES (?, ?, 1)",
                (repo_id, f"{day}T00:00:00Z"),
            )
    return path


def gghstats_db(path: Path, days: Iterable[Day]) -> Path:
    """A table for each metric, by the name under which GitHub was asked."""
    with closing(sqlite3.connect(path)) as database, database:
        for metric in ("views", "clones"):
            database.execute(
                f"CREATE TABLE {metric} (repo TEXT NOT NULL, date TEXT NOT NULL,"
                " count INTEGER NOT NULL, uniques INTEGER NOT NULL, PRIMARY KEY (repo, date))"
            )
        database.execute("CREATE TABLE repos (name TEXT PRIMARY KEY, stars INTEGER NOT NULL)")
        for one in days:
            database.execute(
                f"INSERT INTO {one.metric} VALUES (?, ?, ?, ?)",
                (one.repository, str(one.day), one.count, one.uniques),
            )
    return path


def plain_csv(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n")
    return path
