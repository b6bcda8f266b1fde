-- How much traffic has there been in all, and how sure is that?
-- One row. A total is exact when no day is partial or missing, else it is at least that much.
-- Days are counted per repository: a day missing of two repositories counts twice.
SELECT
  count(*) AS repositories,
  min(first_day) AS first_day,
  max(last_day) AS last_day,
  sum(views) AS views,
  sum(views_known_days) AS views_known_days,
  sum(views_partial_days) AS views_partial_days,
  sum(views_missing_days) AS views_missing_days,
  sum(clones) AS clones,
  sum(clones_known_days) AS clones_known_days,
  sum(clones_partial_days) AS clones_partial_days,
  sum(clones_missing_days) AS clones_missing_days
FROM repository_totals
