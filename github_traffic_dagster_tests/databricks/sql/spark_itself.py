"""Apache Spark in a process of its own: the statements over the same rows.

It knows no Delta without jars that are not on PyPI, so it is given the rows as Parquet. Run as
`python -m`, it makes the views over the Parquet files in a folder and leaves their rows there.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import polars as pl

from github_traffic_dagster.databricks.sql_library import VIEW_NAMES, queries, views
from github_traffic_dagster_tests.databricks.sql.warehouse import TABLES, Warehouse

ELSEWHERE = READ_ELSEWHERE, MADE_ELSEWHERE = ("read_in_auckland", "made_in_auckland")
"""The view `coverage`, read and also made in a time zone that is half a day from UTC."""

_COLUMNS = "columns.json"
_SHORT_LIVED = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""Compiling well what runs once takes three times as long as running it."""


def rows_of_spark(
    store: Path, folder: Path
) -> tuple[dict[str, pl.DataFrame], dict[str, list[str]]]:
    """What Spark makes of the library.

    Args:
        store: the folder of the Delta tables.
        folder: an empty one.

    Returns:
        The rows of each view and of `ELSEWHERE`; the columns that each query would have.
    """
    for name in TABLES:
        (folder / name).mkdir()
        pl.read_delta(str(store / name)).write_parquet(folder / name / "rows.parquet")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", __name__, str(folder)],
        env={**os.environ, "SPARK_LOCAL_IP": "127.0.0.1", "JAVA_TOOL_OPTIONS": _SHORT_LIVED},
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr
    rows = {name: pl.read_parquet(folder / f"{name}.parquet") for name in (*VIEW_NAMES, *ELSEWHERE)}
    return rows, json.loads((folder / _COLUMNS).read_text())


def main(folder: Path) -> None:
    """Read the views over the Parquet files in a folder, and analyse the queries."""
    from pyspark.sql import SparkSession  # noqa: PLC0415 - slow

    settings: dict[str, bool | float | int | str | None] = {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.adaptive.enabled": "false",
        # As a SQL warehouse: wrong types and overflows are errors.
        "spark.sql.ansi.enabled": "true",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
    }
    spark = SparkSession.builder.master("local[1]").config(map=settings).getOrCreate()
    warehouse = Warehouse(spark, folder)
    warehouse.register("PARQUET")
    columns = {query.name: spark.sql(query.text).columns for query in queries()}
    (folder / _COLUMNS).write_text(json.dumps(columns))

    def keep(view: str, name: str) -> None:
        warehouse.view(view).write_parquet(folder / f"{name}.parquet")

    for name in VIEW_NAMES:
        keep(name, name)
    spark.conf.set("spark.sql.session.timeZone", "Pacific/Auckland")
    keep("coverage", READ_ELSEWHERE)
    # Spark keeps with a view the zone it was made in.
    (made,) = (view for view in views() if view.name == "coverage")
    spark.sql(made.text)
    keep("coverage", MADE_ELSEWHERE)
    spark.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
