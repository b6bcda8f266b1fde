"""`coverage` tells zero from unknown, and unknown for now from unknown for ever."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl

from github_traffic_dagster.cli.coverage_report import covered_days, gaps
from github_traffic_dagster.io_manager import TrafficStore, table_places, write
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.tables import GOLDEN
from github_traffic_dagster_tests.cli.program import Program, today

NAME = "octo/alpha"


def store_views(root: str, rows: list[tuple[date, int, str]]) -> None:
    """Put (day, count, status) of one repository into golden_views."""
    table = GOLDEN[Metric.VIEWS]
    frame = pl.DataFrame(
        {
            "repo_id": [7] * len(rows),
            "full_name": [NAME] * len(rows),
            "day": [day for day, _, _ in rows],
            "count": [count for _, count, _ in rows],
            "uniques": [min(count, 1) for _, count, _ in rows],
            "status": [status for _, _, status in rows],
            "first_observed_at": [datetime.now(UTC)] * len(rows),
            "last_observed_at": [datetime.now(UTC)] * len(rows),
            "observations": [1] * len(rows),
        },
        schema=table.schema,
    )
    write(table_places(root)[table.name], table, frame, run_id="by-hand")


def history() -> list[tuple[date, int, str]]:
    """Sixty days with two days lost, one partial for ever, three that can still be collected."""
    ages = set(range(60)) - {40, 39, 9, 7, 6}
    return [
        (
            today() - timedelta(days=age),
            0 if age == 50 else 5,
            "partial" if age in {30, 1, 0} else "complete",
        )
        for age in sorted(ages)
    ]


def test_gaps_are_listed_by_repository_and_days_with_what_can_be_done(program: Program) -> None:
    store_views(str(program.root / "store"), history())
    now = today()

    answer = program.run("coverage")

    assert answer.returncode == 0, answer.stderr
    lines = [" ".join(line.split()) for line in answer.stdout.splitlines()]
    assert "measured 54 0" in lines
    assert "zero proven by a window 1 0" in lines
    assert "not yet known 3 0" in lines
    assert "lost 2 0" in lines
    assert "of these partial for ever 1 0" in lines

    def day(age: int) -> date:
        return now - timedelta(days=age)

    assert f"{NAME}: {day(40)}...{day(39)}" in lines
    assert f"{NAME}: {day(30)}" in lines
    assert f"{NAME}: {day(9)}, {day(7)}...{day(6)}" in lines
    assert "clones: no gaps" in lines


def test_days_that_have_not_settled_are_no_gaps(tmp_path: Path) -> None:
    root = str(tmp_path)
    store_views(root, [(today() - timedelta(days=age), 5, "partial") for age in (5, 4, 3, 0)])

    covered = covered_days(TrafficStore(root_uri=root), Metric.VIEWS, today())

    assert covered["coverage"].to_list().count("not yet known") == 2
    assert gaps(covered, today=today()).is_empty()


def test_before_anything_was_collected_it_says_how_to_begin(program: Program) -> None:
    answer = program.run("coverage")

    assert answer.returncode == 0
    assert "Nothing was collected" in answer.stdout
    assert "collect" in answer.stdout
    assert program.written() == []


def test_a_table_that_is_none_is_refused_in_one_line(program: Program) -> None:
    place = program.root / "store" / "github_traffic" / "golden_views"
    place.mkdir(parents=True)
    (place / "somebody-elses.txt").write_text("mine")

    answer = program.run("coverage")

    assert answer.returncode == 1
    assert len(answer.stderr.splitlines()) == 1
    assert "golden_views" in answer.stderr
    assert "Traceback" not in answer.stderr
