"""Apache Spark in a process of its own: the statements over the same rows.

It knows no Delta without jars that are not on PyPI, so it is given the rows as Parquet. Run as
`python -m`, it makes the views over the Parquet files in a folder and leaves each answer there.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from github_traffic_dagster_tests.databricks.sql.warehouse import TABLES, Warehouse

ELSEWHERE = READ_ELSEWHERE, MADE_ELSEWHERE = ("read_in_auckland", "made_in_auckland")
"""The view `coverage`, read and also made in a time zone that is half a day from UTC."""

_SHORT_LIVED = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""Compiling well what runs once takes three times as long as running it."""


def answers_of_spark(
    store: Path, folder: Path, questions: Mapping[str, str]
) -> dict[str, pl.DataFrame]:
    """The rows that Spark gives for each question, and `ELSEWHERE`.

    Args:
        store: the folder of the Delta tables.
        folder: an empty one.
        questions: a name and a query for each.
    """
    for name in TABLES:
        (folder / name).mkdir()
        pl.read_delta(str(store / name)).write_parquet(folder / name / "rows.parquet")
    (folder / "questions.json").write_text(json.dumps(dict(questions)))
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", __name__, str(folder)],
        env={**os.environ, "SPARK_LOCAL_IP": "127.0.0.1", "JAVA_TOOL_OPTIONS": _SHORT_LIVED},
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr
    return {name: pl.read_parquet(folder / f"{name}.parquet") for name in (*questions, *ELSEWHERE)}


def main(folder: Path) -> None:
    """Answer the questions in a folder."""
    from pyspark.sql import SparkSession  # noqa: PLC0415 - slow

    settings = {
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
    for name, sql in json.loads((folder / "questions.json").read_text()).items():
        warehouse.frame(sql).write_parquet(folder / f"{name}.parquet")
    spark.conf.set("spark.sql.session.timeZone", "Pacific/Auckland")
    warehouse.view("coverage").write_parquet(folder / f"{READ_ELSEWHERE}.parquet")
    # Spark keeps with a view the zone it was made in.
    (made,) = (view for view in views() if view.name == "coverage")
    spark.sql(made.text)
    warehouse.view("coverage").write_parquet(folder / f"{MADE_ELSEWHERE}.parquet")
    spark.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
