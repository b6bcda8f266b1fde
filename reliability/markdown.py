"""`python -m reliability.markdown`: the results as the tables of docs/reliability.md."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

RESULTS: Final = Path(__file__).parent / "results"

Row = Mapping[str, Any]


def main() -> None:
    """Print what there are results of."""
    parts = {path.stem: json.loads(path.read_text()) for path in sorted(RESULTS.glob("*.json"))}
    for name, part in parts.items():
        trials = sum(row.get("trials", row.get("kills", 0)) for row in _rows(part))
        unsound = sum(len(table["unsound"]) for table in part["tables"])
        print(  # noqa: T201 - it is what this is for
            f"\n{name}: {part['command']}, {part['finished_at']}, {part['seconds']} s, "
            f"{trials} trials, {unsound} not as promised\n"
        )
        if name != "stock":
            print(_table(_of_the_doc(name, parts)))  # noqa: T201
    if "disks" in parts:
        print(f"\nWhole disks\n\n{_table(parts['disks']['tables'][-1]['rows'])}")  # noqa: T201


def _rows(part: Row) -> Sequence[Row]:
    rows: Sequence[Row] = part["tables"][0]["rows"]
    return rows


def _of_the_doc(name: str, parts: Mapping[str, Row]) -> Sequence[Row]:
    rows = _rows(parts[name])
    if name not in {"faults", "azure", "disks"}:
        return rows
    stock = {}
    if name == "faults" and "stock" in parts:
        stock = {(row["fails"], row["fault"]): row for row in _rows(parts["stock"])}
    return [
        {
            "fails": row["fails"],
            "fault": row["fault"],
            "trials": row["trials"],
            "ours": _ended(row),
            "wrong or lost": _wrong(row),
            "next run heals": row["next run heals"],
            **_beside(stock.get((row["fails"], row["fault"])), shown=bool(stock)),
        }
        for row in rows
    ]


def _beside(stock: Row | None, *, shown: bool) -> dict[str, Any]:
    if not shown:
        return {}
    if stock is None:
        return dict.fromkeys(("stock: trials", "stock", "stock: wrong or lost"), "-")
    return {
        "stock: trials": stock["trials"],
        "stock": _ended(stock),
        "stock: wrong or lost": _wrong(stock),
    }


def _ended(row: Row) -> str:
    return f"{row['succeeded']} / {row['failed, before']} / {row['failed, after']}"


def _wrong(row: Row) -> str:
    """Trials with a table in neither state, and rows lost in all."""
    return f"{row['mixed']} / {row['lost rows']}" if row["mixed"] or row["lost rows"] else "0"


def _table(rows: Sequence[Row]) -> str:
    lines: Iterable[Iterable[Any]] = (rows[0], ["---"] * len(rows[0]), *(r.values() for r in rows))
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


if __name__ == "__main__":
    main()
