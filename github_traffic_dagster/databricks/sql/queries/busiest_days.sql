-- Which was the busiest day of each repository, and how many people were that?
-- The first of several days with as many views.
WITH ranked AS (
  SELECT
    *,
    row_number() OVER (PARTITION BY repo_id ORDER BY views DESC NULLS LAST, day) AS place
  FROM daily_traffic
)
SELECT full_name, day, views, unique_visitors, views_status, clones, unique_cloners, clones_status
FROM ranked
WHERE place = 1 AND views > 0
ORDER BY views DESC, full_name
