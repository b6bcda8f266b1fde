"""What is left of a repository's clones without those of its own workflows: an estimate.

Golden stays as it is. The estimate is a range: from the clones less as many checkouts as there can
have been, to the clones less those that were surely made (`workflow_checkouts`). It rests on one
checkout being counted as one clone; where GitHub counted fewer clones than there surely were
checkouts, that did not hold (`contradicted`).

Unique cloners are left alone. All checkouts with a run's own token seem to be one unique cloner of
the day, and those with other tokens further ones, which nobody can tell from people.
"""

import polars as pl

from github_traffic_dagster.traffic.automation_tables import CLONES_LESS_AUTOMATION
from github_traffic_dagster.traffic.golden import COMPLETE
from github_traffic_dagster.traffic.workflow_checkouts import SETTLED_AFTER


def clones_less_automation(golden: pl.LazyFrame, looks: pl.LazyFrame) -> pl.LazyFrame:
    """The estimate of each day of which clones are known.

    Of several looks at a day's workflow runs the greatest bounds count: what was seen to run did
    run, and a later look may miss runs that were deleted. A look before the day's end limits
    nothing from above.

    Args:
        golden: rows of `golden_clones`.
        looks: rows of `raw_workflow_checkouts` for the same days.

    Returns:
        The columns of `clones_less_automation`, sorted by repository and day. Both estimates are
        null where nobody looked; the lower one is 0 where there is no upper limit of checkouts.
    """
    clones, low, high = pl.col("count"), pl.col("checkouts_low"), pl.col("checkouts_high")
    others = pl.max_horizontal(clones - high.fill_null(clones), 0)
    return (
        golden.join(_bounds(looks), on=["repo_id", "day"], how="left")
        .with_columns(
            pl.when(low.is_not_null()).then(others).alias("estimate_low"),
            pl.when(low.is_not_null())
            .then(pl.max_horizontal(clones - low, 0))
            .alias("estimate_high"),
            clones.alias("clones"),
        )
        .select(CLONES_LESS_AUTOMATION.schema.names())
        .sort("repo_id", "day")
    )


def contradicted(estimates: pl.LazyFrame) -> pl.LazyFrame:
    """Settled days on which GitHub counted fewer clones than there surely were checkouts."""
    return estimates.filter(
        pl.col("status") == COMPLETE, pl.col("checkouts_low") > pl.col("clones")
    )


def totals_by_repository(estimates: pl.LazyFrame) -> pl.DataFrame:
    """The days that have an estimate, added up.

    Returns:
        `full_name, days, clones, estimate_low, estimate_high`; most clones first.
    """
    known = estimates.filter(pl.col("estimate_high").is_not_null())
    sums = [pl.col(name).sum() for name in ("clones", "estimate_low", "estimate_high")]
    return (
        known.sort("day")
        .group_by("repo_id")
        .agg(pl.col("full_name").last(), pl.len().alias("days"), *sums)
        .sort(["clones", "full_name"], descending=[True, False])
        .drop("repo_id")
        .collect(engine="streaming")
    )


def _bounds(looks: pl.LazyFrame) -> pl.LazyFrame:
    end = pl.col("day").cast(pl.Datetime("us")).dt.replace_time_zone("UTC") + pl.duration(days=1)
    final = pl.col("observed_at") >= end + SETTLED_AFTER
    return looks.group_by("repo_id", "day").agg(
        pl.col("checkouts_low").max(),
        pl.col("checkouts_high").filter(final).max(),
        pl.col("observed_at").max().alias("checkouts_observed_at"),
    )
