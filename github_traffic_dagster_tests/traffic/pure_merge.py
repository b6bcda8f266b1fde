"""A table's merge rule, executed in memory by polars' SQL: what the Delta merge is to do."""

import polars as pl

from github_traffic_dagster.traffic.tables import Table


def merge_by_rule(table: Table, stored: pl.DataFrame, incoming: pl.DataFrame) -> pl.DataFrame:
    """Bring `incoming` into `stored` by the words of the rule itself, sorted by key."""
    assert table.merge is not None
    rule, key = table.merge, list(table.key)
    columns = [
        f"CASE WHEN {rule.when} THEN {rule.updates[name]} ELSE t.{name} END AS {name}"
        if name in rule.updates
        else f"t.{name} AS {name}"
        for name in table.schema.names()
    ]
    same = " AND ".join(f"t.{column} = s.{column}" for column in key)
    with pl.SQLContext(t=stored, s=incoming) as context:
        matched = context.execute(f"SELECT {', '.join(columns)} FROM t JOIN s ON {same}")
        rows = pl.concat(
            [
                matched.collect(),
                stored.join(incoming, on=key, how="anti"),
                incoming.join(stored, on=key, how="anti"),
            ]
        )
    return rows.sort(key)


def fold(table: Table, frames: list[pl.DataFrame]) -> pl.DataFrame:
    """All `frames` merged one after the other into an empty table."""
    stored = pl.DataFrame(schema=table.schema)
    for frame in frames:
        stored = merge_by_rule(table, stored, frame)
    return stored
