"""A schema with our tables and views on a Spark session, asked as an analyst asks."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from github_traffic_dagster.databricks.sql_library import views

TABLES = ("repos", "golden_views", "golden_clones")


@dataclass(frozen=True)
class Warehouse:
    """A session in whose schema the tables are external ones.

    Attributes:
        spark: the session.
        store: the folder of the tables.
    """

    spark: Any
    store: Path

    def register(self, source: str = "DELTA") -> None:
        """Make the tables and the views, as publishing does."""
        for name in TABLES:
            self.spark.sql(
                f"CREATE TABLE IF NOT EXISTS {name} USING {source} LOCATION '{self.store / name}'"
            )
        for view in views():
            self.spark.sql(view.text)

    def frame(self, sql: str) -> pl.DataFrame:
        """The rows of a query."""
        found = pl.from_arrow(self.spark.sql(sql).toArrow())
        assert isinstance(found, pl.DataFrame)
        return found

    def view(self, name: str) -> pl.DataFrame:
        """All rows of a view."""
        return self.frame(f"SELECT * FROM {name}")
